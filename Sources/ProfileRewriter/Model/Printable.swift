/// Strings from profiles are hostile data: what could steer a terminal or turn text around is
/// escaped wherever they are shown.
public enum Printable {
  /// `bytes` as one line of printable text: invalid UTF-8 as `\xHH`, control, bidirectional and
  /// line-breaking characters as `\u{HEX}`.
  public static func text(_ bytes: some Collection<UInt8>) -> String {
    var result = ""
    var decoder = UTF8()
    var rest = bytes[...]
    while !rest.isEmpty {
      var iterator = rest.makeIterator()
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar):
        let width = UTF8.width(scalar)
        if needsEscape(scalar) {
          result += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
          result.unicodeScalars.append(scalar)
        }
        rest = rest.dropFirst(width)
      default:
        let digits = String(rest[rest.startIndex], radix: 16)
        result += "\\x" + (digits.count == 1 ? "0" : "") + digits
        rest = rest.dropFirst()
      }
      decoder = UTF8()
    }
    return result
  }

  public static func text(_ string: String) -> String { text(Array(string.utf8)) }

  private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0x2028...0x2029: true
    case 0x061c, 0x200b...0x200f, 0x202a...0x202e, 0x2060...0x2069, 0xfeff, 0xfff9...0xfffb: true
    case 0xe0000...0xe007f: true
    default: false
    }
  }
}
