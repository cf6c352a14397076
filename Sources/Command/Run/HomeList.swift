import ProfileRewriter

/// Homes that the caller lists in a file: one in a line, or ended by zero bytes as `find -print0`
/// writes them, where a name may hold any byte.
enum HomeList {
  private static let largest = 1 << 26

  /// Absolute paths, each once.
  /// - Parameter file: as given; "-" is standard input.
  static func paths(_ file: BytePath) throws(Fatal) -> ByteStrings {
    let path = file.bytes.elementsEqual("-".utf8) ? nil : try AbsolutePath.from(file.bytes)
    var rest = try InputFile.read(path, largest: largest, kind: "a list of homes")[...]
    let end: UInt8 = rest.contains(0) ? 0 : UInt8(ascii: "\n")
    var homes = ByteStrings()
    homes.reserve(bytes: rest.count)
    while !rest.isEmpty {
      var line = rest.prefix { $0 != end }
      rest = rest[line.endIndex...].dropFirst()
      if end != 0, line.last == UInt8(ascii: "\r") { line.removeLast() }
      if !line.isEmpty { homes.append(try AbsolutePath.from(Array(line))) }
    }
    guard !homes.isEmpty else {
      throw Fatal(code: "usage", "the list of homes names none", status: .usage)
    }
    return homes.withoutRepetitions()
  }
}
