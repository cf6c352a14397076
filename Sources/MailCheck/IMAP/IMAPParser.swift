/// Reads one IMAP answer: its lines without the last line's end, literals in their place with the
/// CRLF before them.
///
/// It takes what servers send rather than only what RFC 9051's grammar allows, but never more than
/// the bytes it got, and no deeper than ``mostNested``.
public struct IMAPParser {
  public struct Failure: Error, Hashable {
    /// What should have stood there.
    public var expected: String
  }

  /// Lists within lists.
  public static let mostNested = 32

  private let bytes: [UInt8]
  private var place = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  public static func response(_ bytes: [UInt8]) throws(Failure) -> IMAPResponse {
    var parser = IMAPParser(bytes)
    return try parser.response()
  }

  private mutating func response() throws(Failure) -> IMAPResponse {
    if take("+") {
      _ = take(" ")
      return .continuation(text: Array(bytes[place...]))
    }
    let tag = try word("a tag")
    try require(" ")
    if let status = try status() {
      return .status(tag: tag == [UInt8(ascii: "*")] ? nil : tag, status)
    }
    guard tag == [UInt8(ascii: "*")] else { throw Failure(expected: "OK, NO or BAD after a tag") }
    return try untagged()
  }

  // MARK: OK, NO, BAD, BYE, PREAUTH

  private mutating func status() throws(Failure) -> IMAPStatus? {
    let start = place
    guard let kind = IMAPStatus.Kind(rawValue: try upperWord("an answer")) else {
      place = start
      return nil
    }
    var status = IMAPStatus(kind: kind, code: nil, arguments: [], text: [])
    if !isAtEnd { try require(" ") }
    if take("[") {
      status.code = try upperWord("a response code")
      status.arguments = try values(until: UInt8(ascii: "]"), depth: 0)
      _ = take(" ")
    }
    status.text = Array(bytes[place...])
    return status
  }

  // MARK: Untagged answers

  private mutating func untagged() throws(Failure) -> IMAPResponse {
    let name = try upperWord("the name of an answer")
    if let number = UInt32(name) {
      try require(" ")
      let name = try upperWord("the name of an answer")
      guard name == "FETCH" else { return .number(number, name: name) }
      let items = try values(until: nil, depth: 0)
      guard items.count == 1, case .list(let pairs) = items[0] else {
        throw Failure(expected: "a list after FETCH")
      }
      return .fetch(number, pairs)
    }
    switch name {
    case "SEARCH": return .search(try numbers())
    case "CAPABILITY":
      return .capability(try values(until: nil, depth: 0).compactMap(\.name))
    case "STATUS": return try mailboxStatus()
    default: return .other(name: name, try values(until: nil, depth: 0))
    }
  }

  /// Read at once: there may be a million of them. `(MODSEQ …)` may follow (RFC 7162).
  private mutating func numbers() throws(Failure) -> [UInt32] {
    var numbers: [UInt32] = []
    while take(" ") {
      if isAtEnd || bytes[place] == UInt8(ascii: "(") { break }
      numbers.append(try number())
    }
    guard isAtEnd || bytes[place] == UInt8(ascii: "(") else { throw Failure(expected: "a number") }
    return numbers
  }

  private mutating func number() throws(Failure) -> UInt32 {
    let start = place
    var value: UInt64 = 0
    while place < bytes.count, (48...57).contains(bytes[place]), value <= UInt64(UInt32.max) {
      value = value * 10 + UInt64(bytes[place] - 48)
      place += 1
    }
    guard place > start, let number = UInt32(exactly: value) else {
      throw Failure(expected: "a number")
    }
    return number
  }

  private mutating func mailboxStatus() throws(Failure) -> IMAPResponse {
    let values = try values(until: nil, depth: 0)
    guard values.count == 2, case .list(let pairs) = values[1], pairs.count.isMultiple(of: 2) else {
      throw Failure(expected: "a mailbox and its status")
    }
    var status: [String: UInt64] = [:]
    for index in stride(from: 0, to: pairs.count, by: 2) {
      guard let name = pairs[index].name else { throw Failure(expected: "a status item") }
      // OBJECTID's MAILBOXID has a list (RFC 8474).
      if let number = pairs[index + 1].number { status[name] = number }
    }
    switch values[0] {
    case .atom(let mailbox), .string(let mailbox):
      return .mailboxStatus(mailbox: mailbox, status)
    case .list: throw Failure(expected: "a mailbox")
    }
  }

  // MARK: Values

  /// Values with blanks between, up to and with `end`, or to the end of all.
  private mutating func values(until end: UInt8?, depth: Int) throws(Failure) -> [IMAPValue] {
    guard depth <= Self.mostNested else { throw Failure(expected: "fewer lists within lists") }
    var values: [IMAPValue] = []
    while true {
      while take(" ") {}
      if isAtEnd {
        guard end == nil else { throw Failure(expected: "the end of a list") }
        return values
      }
      if let end, bytes[place] == end {
        place += 1
        return values
      }
      values.append(try value(within: end, depth: depth))
    }
  }

  private mutating func value(within end: UInt8?, depth: Int) throws(Failure) -> IMAPValue {
    switch bytes[place] {
    case UInt8(ascii: "("):
      place += 1
      return .list(try values(until: UInt8(ascii: ")"), depth: depth + 1))
    case UInt8(ascii: "\""):
      place += 1
      return .string(try quoted())
    case UInt8(ascii: "{"): return .string(try literal())
    case UInt8(ascii: ")"): throw Failure(expected: "a value, not )")
    default: return .atom(try atom(within: end))
    }
  }

  /// An atom may hold brackets of its own, with blanks and lists in them: `BODY[HEADER (A B)]`.
  private mutating func atom(within end: UInt8?) throws(Failure) -> [UInt8] {
    let start = place
    var open = 0
    while place < bytes.count {
      let byte = bytes[place]
      if open == 0, byte == end || [32, 34, 40, 41, 123].contains(byte) { break }
      if byte == UInt8(ascii: "[") { open += 1 }
      if byte == UInt8(ascii: "]"), open > 0 { open -= 1 }
      guard byte != 13, byte != 10 else { throw Failure(expected: "the end of a line") }
      place += 1
    }
    guard place > start else { throw Failure(expected: "an atom") }
    return Array(bytes[start..<place])
  }

  private mutating func quoted() throws(Failure) -> [UInt8] {
    var text: [UInt8] = []
    while place < bytes.count {
      var byte = bytes[place]
      place += 1
      if byte == UInt8(ascii: "\"") { return text }
      if byte == UInt8(ascii: "\\") {
        guard place < bytes.count else { break }
        byte = bytes[place]
        place += 1
      }
      text.append(byte)
    }
    throw Failure(expected: "the end of a quoted string")
  }

  private mutating func literal() throws(Failure) -> [UInt8] {
    place += 1
    let count = Int(try number())
    _ = take("+")
    for mark in ["}", "\r", "\n"] as [Unicode.Scalar] { try require(mark) }
    guard bytes.count - place >= count else { throw Failure(expected: "the rest of a literal") }
    defer { place += count }
    return Array(bytes[place..<place + count])
  }

  // MARK: Small parts

  private var isAtEnd: Bool { place == bytes.count }

  private mutating func take(_ mark: Unicode.Scalar) -> Bool {
    guard place < bytes.count, bytes[place] == UInt8(ascii: mark) else { return false }
    place += 1
    return true
  }

  private mutating func require(_ mark: Unicode.Scalar) throws(Failure) {
    guard take(mark) else { throw Failure(expected: mark == " " ? "a blank" : "\(mark)") }
  }

  /// Up to a blank or a closing bracket.
  private mutating func word(_ expected: String) throws(Failure) -> [UInt8] {
    let start = place
    while place < bytes.count, bytes[place] > 32, bytes[place] != UInt8(ascii: "]") { place += 1 }
    guard place > start else { throw Failure(expected: expected) }
    return Array(bytes[start..<place])
  }

  private mutating func upperWord(_ expected: String) throws(Failure) -> String {
    String(decoding: try word(expected), as: UTF8.self).uppercased()
  }
}

extension IMAPParser {
  /// How many bytes of a literal follow a line; nil where none does.
  ///
  /// What OK, NO, BAD and BYE say to people may look like one, and is none.
  static func literal(after line: [UInt8], isFirst: Bool) -> Int? {
    guard line.last == UInt8(ascii: "}"), !(isFirst && isText(line)),
      let open = line.lastIndex(of: UInt8(ascii: "{"))
    else { return nil }
    var digits = line[(open + 1)...].dropLast()
    if digits.last == UInt8(ascii: "+") { digits = digits.dropLast() }
    guard !digits.isEmpty, digits.count <= 10, digits.allSatisfy({ (48...57).contains($0) }) else {
      return nil
    }
    return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
  }

  private static func isText(_ line: [UInt8]) -> Bool {
    if line.first == UInt8(ascii: "+") { return true }
    guard let blank = line.firstIndex(of: 32) else { return false }
    let word = line[(blank + 1)...].prefix { $0 != 32 }
    return IMAPStatus.Kind(rawValue: String(decoding: word, as: UTF8.self).uppercased()) != nil
  }
}
