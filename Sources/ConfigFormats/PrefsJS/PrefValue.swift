/// The value of a Thunderbird preference: one of the three types that the client's preference
/// store knows (modules/libpref).
public enum PrefValue: Sendable, Equatable, Hashable {
  /// Bytes, which are UTF-8 in all but old or odd profiles.
  case string([UInt8])
  case int(Int32)
  case bool(Bool)

  /// A string value from text.
  public static func string(_ text: String) -> PrefValue { .string(Array(text.utf8)) }

  /// The value as Thunderbird itself writes it: a string in double quotes with only `\"`, `\\`,
  /// `\n` and `\r` escaped and all else raw, a decimal integer, `true` or `false`.
  public var canonicalBytes: [UInt8] {
    switch self {
    case .string(let bytes): PrefSpelling.quoted(bytes)
    case .int(let number): Array(String(number).utf8)
    case .bool(let flag): Array((flag ? "true" : "false").utf8)
    }
  }

  /// The value that `spelling` names in the grammar of prefs.js, canonical or not, with nothing
  /// before or after it; nil if it is no value.
  public init?(spelling: [UInt8]) {
    let found: PrefValue? = spelling.withUnsafeBufferPointer { buffer in
      guard buffer.count <= PrefsLexer.sizeLimit, var lexer = PrefsLexer(buffer) else { return nil }
      guard case .value(let kind, let range, let escaped) = lexer.readValue(),
        range.lowerBound == 0, range.upperBound == buffer.count
      else { return nil }
      return PrefSpelling.value(of: kind, token: range, needsDecoding: escaped, in: buffer)
    }
    guard let found else { return nil }
    self = found
  }

  /// The string's bytes, or nil for another type.
  public var stringBytes: [UInt8]? {
    if case .string(let bytes) = self { bytes } else { nil }
  }

  /// The string, or nil for another type or bytes that are not UTF-8.
  public var text: String? {
    guard case .string(let bytes) = self else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  func isSameType(as other: PrefValue) -> Bool {
    switch (self, other) {
    case (.string, .string), (.int, .int), (.bool, .bool): true
    default: false
    }
  }

  /// Whether prefs.js can hold the value: a NUL ends the file for Thunderbird, and has no escape.
  var isExpressible: Bool {
    if case .string(let bytes) = self { !bytes.contains(0) } else { true }
  }
}

/// How bytes are spelled inside prefs.js, and read back.
enum PrefSpelling {
  /// `bytes` in double quotes, as Thunderbird's StrEscape writes them.
  static func quoted(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + 2)
    result.append(.quote)
    for byte in bytes {
      switch byte {
      case .quote, .backslash: result += [.backslash, byte]
      case .lineFeed: result += [.backslash, UInt8(ascii: "n")]
      case .carriageReturn: result += [.backslash, UInt8(ascii: "r")]
      default: result.append(byte)
      }
    }
    result.append(.quote)
    return result
  }

  static func value(
    of kind: PrefsStatement.ValueKind, token: Range<Int>, needsDecoding: Bool,
    in buffer: UnsafeBufferPointer<UInt8>
  ) -> PrefValue? {
    switch kind {
    case .true: return .bool(true)
    case .false: return .bool(false)
    case .string:
      let content = token.lowerBound + 1..<token.upperBound - 1
      return .string(needsDecoding ? unescaping(buffer[content]) : Array(buffer[content]))
    case .int:
      // The lexer has checked the range; blanks and comments may stand after a sign, so only what
      // follows the last of them is the number.
      var digits = token.upperBound
      while digits > token.lowerBound, (0x30...0x39).contains(buffer[digits - 1]) { digits -= 1 }
      var number: Int64 = 0
      for byte in buffer[digits..<token.upperBound] {
        number = number &* 10 &+ Int64(byte &- 0x30)
      }
      if buffer[token.lowerBound] == UInt8(ascii: "-") { number = -number }
      return Int32(exactly: number).map(PrefValue.int)
    }
  }

  /// The bytes that the inside of a string literal stands for. The lexer has accepted it: what it
  /// would have refused is passed through.
  static func unescaping(_ content: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(content.count)
    var place = content.startIndex
    let end = content.endIndex

    func hexadecimal(_ digits: Int) -> UInt32? {
      guard end - place >= digits else { return nil }
      var value: UInt32 = 0
      for byte in content[place..<place + digits] {
        guard let digit = byte.hexDigitValue else { return nil }
        value = value << 4 | digit
      }
      place += digits
      return value
    }

    while place < end {
      let byte = content[place]
      place += 1
      guard byte == .backslash, place < end else {
        result.append(byte)
        continue
      }
      let escape = content[place]
      place += 1
      switch escape {
      case UInt8(ascii: "n"): result.append(.lineFeed)
      case UInt8(ascii: "r"): result.append(.carriageReturn)
      case UInt8(ascii: "x"):
        // A raw byte, not a code point: `\xe9` makes a string that is not UTF-8.
        if let value = hexadecimal(2) { result.append(UInt8(truncatingIfNeeded: value)) }
      case UInt8(ascii: "u"):
        guard var value = hexadecimal(4) else { continue }
        if value & 0xFC00 == 0xD800, end - place >= 6 {
          place += 2
          guard let low = hexadecimal(4) else { continue }
          value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
        }
        if let scalar = Unicode.Scalar(value) { result += Array(UTF8.encode(scalar) ?? .init()) }
      default: result.append(escape)
      }
    }
    return result
  }
}
