import ConfigFormats

/// Homes that the caller lists in a file: one in a line, or ended by zero bytes as `find -print0`
/// writes them, where a name may hold any byte.
enum HomeList {
  private static let largest = 1 << 26

  /// Absolute paths, each once.
  /// - Parameter file: as given; "-" is standard input.
  static func paths(_ file: BytePath) throws(Fatal) -> [[UInt8]] {
    let isStandardInput = file.bytes.elementsEqual("-".utf8)
    let listed = try read(isStandardInput ? nil : AbsolutePath.from(file.bytes))
    return try AbsolutePath.all(of: listed.map { BytePath(bytes: $0) })
  }

  /// - Parameter path: absolute; nil reads standard input.
  static func read(_ path: [UInt8]?) throws(Fatal) -> [[UInt8]] {
    let content = try InputFile.read(path, largest: largest, kind: "a list of homes")
    let end: UInt8 = content.contains(0) ? 0 : UInt8(ascii: "\n")
    let homes = content.split(separator: end).map { line in
      end != 0 && line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : Array(line)
    }.filter { !$0.isEmpty }
    guard !homes.isEmpty else {
      throw Fatal(code: "usage", "the list of homes names none", status: .usage)
    }
    return homes
  }
}
