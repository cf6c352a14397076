/// What the bytes of a file are, as readers see it that know UTF-8 only.
enum LintEncoding {
  /// The offset of the first byte that is not UTF-8, in text or markup: nobody looks at what stands
  /// in comments, instructions and CDATA sections.
  static func firstInvalid(in bytes: [UInt8]) -> Int? {
    guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
    var place = 0
    while place < bytes.count {
      if let skipped = skipped.first(where: { bytes[place...].starts(with: $0.start) }) {
        place += skipped.start.count
        while place < bytes.count, !bytes[place...].starts(with: skipped.end) { place += 1 }
        place += skipped.end.count
        continue
      }
      if bytes[place] < 0x80 {
        place += 1
        continue
      }
      // The longest UTF-8 character has four bytes.
      let length = (2...4).first {
        place + $0 <= bytes.count
          && String(validating: bytes[place..<place + $0], as: UTF8.self) != nil
      }
      guard let length else { return place }
      place += length
    }
    return nil
  }

  private static let skipped: [(start: [UInt8], end: [UInt8])] = [
    ("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }
}
