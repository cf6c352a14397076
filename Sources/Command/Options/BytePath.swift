import ArgumentParser
import ConfigFormats
import ProfileRewriter

/// A path as the caller's bytes have it. Swift mends arguments that are not UTF-8, so the bytes are
/// taken from the process's own argument list.
struct BytePath: ExpressibleByArgument {
  var bytes: [UInt8]

  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    bytes = Self.original(of: argument)
  }

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// As messages show it.
  var shown: String { bytes.printable }

  private static func original(of argument: String) -> [UInt8] {
    let mended = Array(argument.utf8)
    guard argument.unicodeScalars.contains("\u{fffd}") else { return mended }
    for index in 1..<Int(CommandLine.argc) {
      guard let pointer = CommandLine.unsafeArgv[index] else { continue }
      let raw = AbsolutePath.bytes(pointer)
      if String(decoding: raw, as: UTF8.self).utf8.elementsEqual(mended) { return raw }
      if raw.starts(with: Array("--".utf8)), let equals = raw.firstIndex(of: UInt8(ascii: "=")) {
        let value = Array(raw[(equals + 1)...])
        if String(decoding: value, as: UTF8.self).utf8.elementsEqual(mended) { return value }
      }
    }
    return mended
  }
}
