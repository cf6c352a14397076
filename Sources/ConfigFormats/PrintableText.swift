/// Text from files, made fit for a terminal or a log.
///
/// What stands in a profile was written by others: a control character may drive the terminal, a
/// bidirectional mark may make a line read as something else. Both are spelled out.
public enum PrintableText {
  /// `bytes` as text in which nothing acts on whoever shows it.
  ///
  /// Control, bidirectional, other invisible and unassigned scalars become `\u{…}` (tab, line feed
  /// and carriage return `\t`, `\n`, `\r`), bytes that are not UTF-8 become `\xHH`. A backslash
  /// stays as it is: the result is to be read, not to be parsed.
  public static func escaping(_ bytes: some Collection<UInt8>) -> String {
    // Nearly all text there is.
    if bytes.allSatisfy(isPlain) { return String(decoding: bytes, as: UTF8.self) }
    var text = ""
    UTF8Scalars.forEach(in: bytes) { text += spelling(of: $0) }
    return text
  }

  static func escaping(bytes: [UInt8]) -> String { escaping(bytes) }

  public static func escaping(_ text: String) -> String {
    text.utf8.allSatisfy(isPlain) ? text : escaping(text.utf8)
  }

  /// Whether a byte is a character that shows as itself.
  private static func isPlain(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) }

  static func spelling(of element: UTF8Scalars.Element) -> String {
    switch element {
    case .scalar(let scalar) where (0x20...0x7E).contains(scalar.value):
      return String(Character(scalar))
    case .invalid(let byte):
      return "\\x" + hexadecimal(UInt32(byte), digits: 2)
    case .scalar(let scalar):
      switch scalar {
      case "\t": return "\\t"
      case "\n": return "\\n"
      case "\r": return "\\r"
      default: break
      }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
        .unassigned:
        return "\\u{" + hexadecimal(scalar.value, digits: 4) + "}"
      default:
        return String(Character(scalar))
      }
    }
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let plain = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - plain.count)) + plain
  }
}

extension Collection<UInt8> {
  /// ``PrintableText/escaping(_:)`` of these bytes.
  public var printable: String { PrintableText.escaping(self) }
}

extension [UInt8] {
  /// The same, known to the compiler for what most text is kept as.
  public var printable: String { PrintableText.escaping(bytes: self) }
}

extension String {
  /// ``PrintableText/escaping(_:)`` of this text.
  public var printable: String { PrintableText.escaping(self) }
}

/// UTF-8 read scalar by scalar, every undecodable byte by itself.
enum UTF8Scalars {
  enum Element: Equatable {
    case scalar(Unicode.Scalar)
    case invalid(UInt8)
  }

  static func forEach(in bytes: some Collection<UInt8>, _ body: (Element) -> Void) {
    var place = bytes.startIndex
    while place != bytes.endIndex {
      let (element, next) = decode(bytes, at: place)
      body(element)
      place = next
    }
  }

  static func count(in bytes: some Collection<UInt8>) -> Int {
    var count = 0
    forEach(in: bytes) { _ in count += 1 }
    return count
  }

  /// The scalar at `place` and the place after it, by table 3-7 of the Unicode standard (no
  /// overlong forms, no surrogates, nothing above U+10FFFF).
  static func decode<Bytes: Collection<UInt8>>(
    _ bytes: Bytes, at place: Bytes.Index
  ) -> (Element, Bytes.Index) {
    let first = bytes[place]
    var next = bytes.index(after: place)
    let afterFirst = next
    let length: Int
    var secondRange: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0x00...0x7F: return (.scalar(Unicode.Scalar(first)), next)
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, secondRange) = (3, 0xA0...0xBF)
    case 0xED: (length, secondRange) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, secondRange) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, secondRange) = (4, 0x80...0x8F)
    default: return (.invalid(first), next)
    }
    var value = UInt32(first) & (0xFF >> UInt32(length + 1))
    for position in 1..<length {
      guard next != bytes.endIndex else { return (.invalid(first), afterFirst) }
      let byte = bytes[next]
      guard (position == 1 ? secondRange : 0x80...0xBF).contains(byte) else {
        return (.invalid(first), afterFirst)
      }
      value = value << 6 | UInt32(byte & 0x3F)
      next = bytes.index(after: next)
    }
    guard let scalar = Unicode.Scalar(value) else { return (.invalid(first), afterFirst) }
    return (.scalar(scalar), next)
  }

  /// The offset of the first byte that is not UTF-8, or nil.
  static func firstInvalid(in bytes: [UInt8], _ range: Range<Int>) -> Int? {
    var place = range.lowerBound
    while place < range.upperBound {
      if bytes[place] < 0x80 {
        place += 1
        continue
      }
      let slice = bytes[place..<min(place + 4, range.upperBound)]
      let (element, next) = decode(slice, at: slice.startIndex)
      if case .invalid = element { return place }
      place = next
    }
    return nil
  }
}
