/// A setting's value as a script expects it, from its canonical spelling in the client's file.
public enum PlainValue: Equatable {
  case absent
  case text([UInt8])
  case number(Int)
  case flag(Bool)

  /// A quoted spelling is a text without its quotes and escapes; a bare whole number, `true` and
  /// `false` are themselves; every other bare spelling is a text.
  public init(spelling: [UInt8]?) {
    guard let spelling else {
      self = .absent
      return
    }
    if spelling.count >= 2, spelling.first == 0x22, spelling.last == 0x22 {
      self = .text(Self.unquoted(spelling.dropFirst().dropLast()))
      return
    }
    let bare = String(decoding: spelling, as: UTF8.self)
    if bare == "true" || bare == "false" {
      self = .flag(bare == "true")
    } else if let number = Int(bare), String(number) == bare {
      self = .number(number)
    } else {
      self = .text(spelling)
    }
  }

  private static func unquoted(_ body: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var rest = body
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
        result.append(byte)
        continue
      }
      switch escape {
      case UInt8(ascii: "n"): result.append(0x0a)
      case UInt8(ascii: "r"): result.append(0x0d)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0c)
      case UInt8(ascii: "u"): result += character(&rest)
      default: result.append(escape)
      }
    }
    return result
  }

  /// Four hexadecimal digits, and the other half of a surrogate pair where one follows.
  private static func character(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
    var units = [unit(&rest)]
    if units[0] & 0xfc00 == 0xd800, rest.starts(with: [0x5c, 0x75]) {
      rest = rest.dropFirst(2)
      units.append(unit(&rest))
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  private static func unit(_ rest: inout ArraySlice<UInt8>) -> UInt16 {
    let digits = String(decoding: rest.prefix(4), as: UTF8.self)
    rest = rest.dropFirst(4)
    return UInt16(digits, radix: 16) ?? 0xfffd
  }
}

extension JSONObject {
  public mutating func add(_ name: String, _ value: PlainValue) {
    switch value {
    case .absent: null(name)
    case .text(let bytes): add(name, bytes)
    case .number(let number): add(name, number)
    case .flag(let flag): add(name, flag)
    }
  }
}
