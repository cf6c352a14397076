import Glibc
import ProfileRewriter

/// Files that the caller names to be read: lists, reports. Links are followed.
enum InputFile {
  /// - Parameters:
  ///   - path: absolute; nil reads standard input.
  ///   - kind: for people, such as "a plan".
  static func read(_ path: [UInt8]?, largest: Int, kind: String) throws(Fatal) -> [UInt8] {
    guard let path else { return try content(of: STDIN_FILENO, nil, largest, kind) }
    let descriptor = (path + [0]).withUnsafeBytes { raw in
      raw.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map { open($0, O_RDONLY | O_CLOEXEC) } ?? -1
      }
    }
    guard descriptor >= 0 else { throw failed(path) }
    defer { close(descriptor) }
    return try content(of: descriptor, path, largest, kind)
  }

  /// What an open file holds from its place on.
  static func content(
    of descriptor: Int32, _ path: [UInt8]?, _ largest: Int, _ kind: String
  ) throws(Fatal) -> [UInt8] {
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failed(path) }
      if count == 0 { return content }
      content += buffer[..<count]
      guard content.count <= largest else {
        throw Fatal(code: "too-large", "\(shown(path)) is too large for \(kind)")
      }
    }
  }

  private static func failed(_ path: [UInt8]?) -> Fatal {
    Fatal(code: "io", "cannot read \(shown(path)): \(String(cString: strerror(errno)))")
  }

  private static func shown(_ path: [UInt8]?) -> String {
    path.map(Talk.printable) ?? "standard input"
  }
}
