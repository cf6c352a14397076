/// A document as a row of code units, each of one or two bytes, in which markup can be looked for
/// without decoding.
struct XMLUnits {
  let bytes: [UInt8]
  let kind: XMLEncoding.Kind
  /// The offset of the first unit, behind a byte order mark.
  let start: Int
  let width: Int
  let count: Int

  init(_ bytes: [UInt8], kind: XMLEncoding.Kind, start: Int) {
    self.bytes = bytes
    self.kind = kind
    self.start = start
    if case .utf16 = kind { width = 2 } else { width = 1 }
    count = max(0, bytes.count - start) / width
  }

  init(_ bytes: [UInt8], _ encoding: XMLEncoding) {
    self.init(bytes, kind: encoding.kind, start: encoding.markLength)
  }

  subscript(index: Int) -> UInt16 {
    let place = start + index * width
    guard case .utf16(let bigEndian) = kind else { return UInt16(bytes[place]) }
    let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
    return bigEndian ? first << 8 | second : second << 8 | first
  }

  func offset(_ index: Int) -> Int { start + index * width }

  func range(_ units: Range<Int>) -> Range<Int> {
    offset(units.lowerBound)..<offset(units.upperBound)
  }

  /// How many units the character at `index` has, as far as its first unit tells.
  func length(at index: Int) -> Int {
    let unit = self[index]
    let length =
      switch kind {
      case .singleByte: 1
      case .utf8: unit < 0xC0 ? 1 : unit < 0xE0 ? 2 : unit < 0xF0 ? 3 : 4
      case .utf16: unit & 0xFC00 == 0xD800 ? 2 : 1
      case .shiftJIS: (0x81...0x9F).contains(unit) || (0xE0...0xFC).contains(unit) ? 2 : 1
      case .eucJP: unit == 0x8F ? 3 : unit == 0x8E || unit >= 0xA1 ? 2 : 1
      }
    return min(length, count - index)
  }

  func isBlank(_ index: Int) -> Bool {
    let unit = self[index]
    return unit == 0x20 || unit == 0x09 || unit == 0x0A || unit == 0x0D
  }

  /// Whether the ASCII `text` stands at `index`.
  func has(_ text: StaticString, at index: Int) -> Bool {
    guard index + text.utf8CodeUnitCount <= count else { return false }
    return text.withUTF8Buffer { buffer in
      buffer.indices.allSatisfy { self[index + $0] == UInt16(buffer[$0]) }
    }
  }

  /// The ASCII units of a range as text.
  func ascii(_ range: Range<Int>) -> String {
    String(decoding: range.map { self[$0] }, as: UTF16.self)
  }

  /// The encoding that the XML declaration names, and the offset where it does.
  var declaredEncoding: (name: String, offset: Int)? {
    guard has("<?xml", at: 0), count > 5, isBlank(5) else { return nil }
    // A declaration is short; what is longer is none that libxml2 takes.
    var place = 5
    let limit = min(count, 512)
    while place < limit, !has("?>", at: place) {
      if has("encoding", at: place), isBlank(place - 1), let value = quoted(behind: place + 8) {
        return (ascii(value), offset(value.lowerBound))
      }
      place += 1
    }
    return nil
  }

  /// The range within quotes that follow an equals sign at `index`, with or without blanks.
  private func quoted(behind index: Int) -> Range<Int>? {
    var place = index
    while place < count, isBlank(place) { place += 1 }
    guard place < count, self[place] == 0x3D else { return nil }
    place += 1
    while place < count, isBlank(place) { place += 1 }
    guard place < count, self[place] == 0x22 || self[place] == 0x27 else { return nil }
    let quote = self[place]
    let start = place + 1
    place = start
    while place < count, place - start < 64 {
      if self[place] == quote { return start..<place }
      place += 1
    }
    return nil
  }
}
