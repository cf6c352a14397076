import Glibc

/// Small helpers for bytes that are mostly text.
enum ByteText {
  /// Lower case: by Unicode where the bytes are UTF-8, of the ASCII letters alone elsewhere.
  static func lowercased(_ bytes: [UInt8]) -> [UInt8] {
    // Nearly all names there are.
    if bytes.allSatisfy({ $0 < 0x80 }) {
      return bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
    if let text = String(validating: bytes, as: UTF8.self) { return Array(text.lowercased().utf8) }
    return bytes.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
  }

  /// Where `needle` first stands in `bytes`.
  static func firstRange(of needle: [UInt8], in bytes: ArraySlice<UInt8>) -> Range<Int>? {
    guard !needle.isEmpty else { return nil }
    return bytes.withUnsafeBytes { text in
      needle.withUnsafeBytes { needle in
        guard let start = text.baseAddress, let wanted = needle.baseAddress else { return nil }
        var place = 0
        while text.count - place >= needle.count,
          let next = memchr(start + place, Int32(needle[0]), text.count - place - needle.count + 1)
        {
          place = UnsafeRawPointer(next) - start
          if memcmp(next, wanted, needle.count) == 0 {
            let found = bytes.startIndex + place
            return found..<found + needle.count
          }
          place += 1
        }
        return nil
      }
    }
  }

  static func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
    firstRange(of: needle, in: bytes[...]) != nil
  }

  static func hasSuffix(_ bytes: [UInt8], _ suffix: [UInt8]) -> Bool {
    bytes.count >= suffix.count && bytes.suffix(suffix.count).elementsEqual(suffix)
  }

  /// What stands behind the last slash of a path.
  static func lastComponent(_ path: [UInt8]) -> ArraySlice<UInt8> {
    path[((path.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)...]
  }

  /// Lines without their ends (LF, CR LF, CR) and without a byte order mark.
  static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    return body.split { $0 == 0x0A || $0 == 0x0D }
  }
}

extension Sequence where Element == UInt8 {
  /// For showing: bytes that are not UTF-8 become U+FFFD.
  var shown: String { String(decoding: Array(self), as: UTF8.self) }
}
