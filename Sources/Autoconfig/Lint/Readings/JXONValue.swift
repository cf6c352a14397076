import ConfigFormats

/// What Thunderbird makes of an element or attribute before it looks at it (JXON.sys.mjs): words
/// that look like JavaScript's booleans or numbers become those, and an element with more than text
/// in it is an object.
enum JXONValue {
  case boolean(Bool)
  case number(Double)
  case text(String)
  case object

  /// An empty element is `true`; one with attributes, elements, or comments alone is an object.
  init(_ element: XMLElement) {
    guard !element.children.isEmpty || !element.attributes.isEmpty else {
      self = .boolean(true)
      return
    }
    let text = element.text
    guard element.attributes.isEmpty, element.elements.isEmpty, !text.isEmpty else {
      self = .object
      return
    }
    self.init(parsing: text)
  }

  init(parsing text: String) {
    switch text.lowercased() {
    case "true": self = .boolean(true)
    case "false": self = .boolean(false)
    default:
      let isFinite = JavaScript.number(text).map(\.isFinite) ?? false
      self = isFinite ? .number(JavaScript.parseFloat(text)) : .text(text)
    }
  }

  /// JavaScript's String().
  var string: String {
    switch self {
    case .boolean(let value): value ? "true" : "false"
    case .number(let value): JavaScript.string(value)
    case .text(let text): text
    case .object: "[object Object]"
    }
  }

  /// Whether JavaScript takes it for true.
  var isTruthy: Bool {
    switch self {
    case .boolean(let value): value
    case .number(let value): !value.isNaN && value != 0
    case .text(let text): !text.isEmpty
    case .object: true
    }
  }

  /// InputSanitizer.integer(): the whole part of a number, or a text's leading digits.
  var integer: Int? {
    switch self {
    case .number(let value): value.isNaN ? nil : Int(exactly: value.rounded(.towardZero))
    case .text(let text): JavaScript.parseInt(text)
    case .boolean, .object: nil
    }
  }
}

/// Conversions as ECMAScript has them, as far as texts in files need them.
enum JavaScript {
  static func trimmed(_ text: String) -> Substring {
    var text = text[...]
    while let first = text.unicodeScalars.first, isSpace(first) {
      text.unicodeScalars.removeFirst()
    }
    while let last = text.unicodeScalars.last, isSpace(last) { text.unicodeScalars.removeLast() }
    return text
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar == " " || (9...13).contains(scalar.value) }
    return scalar.properties.generalCategory == .spaceSeparator
      || [0x2028, 0x2029, 0xFEFF].contains(scalar.value)
  }

  /// Number(text); nil for NaN.
  static func number(_ text: String) -> Double? {
    let text = trimmed(text)
    if text.isEmpty { return 0 }
    if text.utf8.first == UInt8(ascii: "0") {
      for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)]
      where text.lowercased().hasPrefix(prefix) {
        let digits = text.dropFirst(2)
        guard digits.first?.isHexDigit ?? false else { return nil }
        return UInt64(digits, radix: radix).map(Double.init)
      }
    }
    let prefix = decimalPrefix(text)
    return prefix.count == text.count ? value(prefix) : nil
  }

  /// parseFloat(text): of the longest prefix that is a number.
  static func parseFloat(_ text: String) -> Double {
    value(decimalPrefix(trimmed(text))) ?? .nan
  }

  /// parseInt(text); nil for NaN. Hexadecimal spellings are numbers before they get here.
  static func parseInt(_ text: String) -> Int? {
    let text = trimmed(text)
    let sign = text.first == "-" || text.first == "+" ? text.prefix(1) : ""
    let digits = text.dropFirst(sign.count).prefix { $0.isASCII && $0.isNumber }
    return Int(sign + digits)
  }

  static func string(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    return "\(value)"
  }

  /// The longest prefix of the form 1, 1.5, .5, 1., with a sign and an exponent if there are.
  private static func decimalPrefix(_ text: Substring) -> Substring {
    var rest = text.unicodeScalars[...]
    func digits() -> Bool {
      let start = rest.count
      while let next = rest.first, (0x30...0x39).contains(next.value) { rest.removeFirst() }
      return rest.count < start
    }
    if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
    let hasWhole = digits()
    var hasFraction = false
    let beforePoint = rest
    if rest.first == "." {
      rest.removeFirst()
      hasFraction = digits()
      if !hasWhole, !hasFraction { rest = beforePoint }
    }
    guard hasWhole || hasFraction else { return text.prefix(0) }
    let beforeExponent = rest
    if rest.first == "e" || rest.first == "E" {
      rest.removeFirst()
      if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
      if !digits() { rest = beforeExponent }
    }
    return text[..<rest.startIndex]
  }

  private static func value(_ decimal: Substring) -> Double? {
    guard !decimal.isEmpty else { return nil }
    // Swift wants digits on both sides of a point.
    guard decimal.utf8.contains(UInt8(ascii: ".")) else { return Double(decimal) }
    let spelled = decimal.hasSuffix(".") ? decimal.dropLast() : decimal
    return Double(spelled.replacing(".e", with: "e").replacing(".E", with: "e"))
  }
}
