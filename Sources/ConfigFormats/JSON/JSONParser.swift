/// Reads RFC 8259 JSON into a flat tree of ranges, with an explicit stack.
struct JSONParser {
  private let bytes: [UInt8]
  private let depthLimit: Int
  private var place: Int
  private(set) var records = ContiguousArray<JSONRecord>()
  /// The containers that are open.
  private var open: [Int32] = []

  struct Fault: Error {
    var offset: Int
    var problem: String
    var expected: String
  }

  init(_ bytes: [UInt8], depthLimit: Int) {
    self.bytes = bytes
    self.depthLimit = depthLimit
    self.place = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
  }

  /// Fifty thousand saved logins. Of each value there is kept more than the two bytes it may be long.
  private static let mostValues = 1_000_000

  mutating func parse() throws(Fault) {
    guard bytes.count <= Int(Int32.max) else {
      throw Fault(
        offset: 0, problem: "a file of more than two gigabytes", expected: "a JSON document")
    }
    if let invalid = UTF8Scalars.firstInvalid(in: bytes, 0..<bytes.count) {
      throw Fault(offset: invalid, problem: "a byte that is not UTF-8", expected: "UTF-8")
    }
    skipBlanks()
    try parseValue(name: nil)
    while let container = open.last { try parseNext(in: container) }
    skipBlanks()
    guard place == bytes.count else {
      throw Fault(
        offset: place, problem: "something behind the value", expected: "the end of the file")
    }
  }

  private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipBlanks() {
    while let byte = current, byte.isJSONBlank { place += 1 }
  }

  private func fault(_ problem: String, _ expected: String) -> Fault {
    Fault(
      offset: place, problem: place < bytes.count ? problem : "the file ends here",
      expected: expected)
  }

  /// The next element or member of the innermost open container, or its end.
  private mutating func parseNext(in container: Int32) throws(Fault) {
    let isArray = records[Int(container)].kind == .array
    let closing = UInt8(ascii: isArray ? "]" : "}")
    skipBlanks()
    let isFirst = records[Int(container)].childCount == 0
    if current == closing {
      place += 1
      records[Int(container)].end = Int32(truncatingIfNeeded: place)
      open.removeLast()
      return
    }
    if !isFirst {
      guard current == .comma else {
        throw fault(
          "something else than the next \(isArray ? "element" : "member")",
          "a comma or \(isArray ? "]" : "}")")
      }
      place += 1
      skipBlanks()
    }
    guard !isArray else { return try parseValue(name: nil) }
    guard current == .quote else {
      throw fault(
        "a member without a name",
        isFirst ? "a name in double quotes or }" : "a name in double quotes")
    }
    let start = place
    try skipString()
    let name = start..<place
    skipBlanks()
    guard current == UInt8(ascii: ":") else {
      throw fault("a name without a value", "a colon")
    }
    place += 1
    skipBlanks()
    try parseValue(name: name)
  }

  private mutating func parseValue(name: Range<Int>?) throws(Fault) {
    let start = place
    let kind: JSONKind
    // A raw NUL is no more a value than the end of the file is.
    switch current ?? 0 {
    case UInt8(ascii: "{"): kind = .object
    case UInt8(ascii: "["): kind = .array
    case UInt8.quote:
      kind = .string
      try skipString()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      kind = .number
      try skipNumber()
    default: kind = try skipWord()
    }
    var record = JSONRecord(kind: kind, start: Int32(truncatingIfNeeded: start))
    record.end = Int32(truncatingIfNeeded: place)
    if let name {
      record.nameStart = Int32(truncatingIfNeeded: name.lowerBound)
      record.nameEnd = Int32(truncatingIfNeeded: name.upperBound)
    }
    guard records.count < Self.mostValues else {
      throw fault("one value too many", "at most \(Self.mostValues) values")
    }
    let index = Int32(truncatingIfNeeded: records.count)
    records.append(record)
    if let parent = open.last {
      let last = records[Int(parent)].lastChild
      if last >= 0 {
        records[Int(last)].nextSibling = index
      } else {
        records[Int(parent)].firstChild = index
      }
      records[Int(parent)].lastChild = index
      records[Int(parent)].childCount += 1
    }
    if kind == .object || kind == .array {
      guard open.count < depthLimit else {
        throw fault("nesting too deep", "at most \(depthLimit) levels")
      }
      place += 1
      open.append(index)
    }
  }

  private mutating func skipWord() throws(Fault) -> JSONKind {
    for (word, kind) in [("true", JSONKind.true), ("false", .false), ("null", .null)]
    where bytes[place...].starts(with: word.utf8) {
      place += word.utf8.count
      return kind
    }
    throw fault("something that is no value", "a JSON value")
  }

  private mutating func skipString() throws(Fault) {
    let start = place
    place += 1
    while let byte = current {
      switch byte {
      case .quote:
        place += 1
        return
      case .backslash:
        try skipEscape()
      case 0..<0x20:
        throw fault("a raw control character in a string", "an escape or a closing quote")
      default: place += 1
      }
    }
    throw Fault(
      offset: start, problem: "a string that is never closed", expected: "a closing quote")
  }

  private mutating func skipEscape() throws(Fault) {
    let escape = place + 1 < bytes.count ? bytes[place + 1] : 0
    switch escape {
    case .quote, .backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      place += 2
    case UInt8(ascii: "u"):
      let digits = bytes[min(place + 2, bytes.count)..<min(place + 6, bytes.count)]
      guard digits.count == 4, digits.allSatisfy({ $0.hexDigitValue != nil }) else {
        throw fault(#"a broken \u escape"#, "four hexadecimal digits")
      }
      place += 6
    default:
      throw fault("an unknown escape", #"one of \" \\ \/ \b \f \n \r \t \uHHHH"#)
    }
  }

  private mutating func skipNumber() throws(Fault) {
    if current == UInt8(ascii: "-") { place += 1 }
    if current == UInt8(ascii: "0") {
      place += 1
    } else {
      try skipDigits(after: "the sign")
    }
    if current == UInt8(ascii: ".") {
      place += 1
      try skipDigits(after: "the point")
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      place += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { place += 1 }
      try skipDigits(after: "the exponent's mark")
    }
  }

  private mutating func skipDigits(after what: String) throws(Fault) {
    let start = place
    while let byte = current, (0x30...0x39).contains(byte) { place += 1 }
    guard place > start else { throw fault("a number that breaks off", "a digit after \(what)") }
  }
}

extension UInt8 {
  var isJSONBlank: Bool {
    self == .space || self == .lineFeed || self == .carriageReturn || self == .tab
  }
}
