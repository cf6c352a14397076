import Glibc

/// What a machine is called.
enum MachineName {
  /// This one, as the system says it; nil where it has no name.
  static let own: String? = {
    var name = [CChar](repeating: 0, count: 257)
    guard gethostname(&name, name.count - 1) == 0 else { return nil }
    let bytes = name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }()
}
