/// Reads prefs.js statement by statement, as Thunderbird's own parser does.
///
/// The grammar is that of modules/libpref/parser/src/lib.rs in the client's source: a file of
/// `user_pref|pref|sticky_pref ( string , value ) ;` with blanks and `#`, `//`, `/* */` comments
/// anywhere between tokens. What Thunderbird 153 really accepts was recorded from it (see the
/// conformance test); where this file and that record differ, this file is wrong.
///
/// Nothing is allocated and nothing decoded here. Almost every statement of a real file has the
/// shape that the client itself writes; ``readCanonicalStatement()`` takes those eight bytes at a
/// time, and whatever it does not like is read again, from the statement's start, token by token.
struct PrefsLexer {
  /// Offsets are kept in 32 bits.
  static let sizeLimit = Int(Int32.max)

  private let base: UnsafePointer<UInt8>
  private let count: Int
  /// The next byte to read.
  private(set) var place = 0
  /// Where the token read last begins.
  private var tokenStart = 0
  /// For a string token: whether it holds an escape, and which quote it has.
  private var stringHasEscape = false
  /// Where the token before the last one ends.
  private var previousEnd = 0

  /// Nil for an empty buffer, which holds no statement.
  init?(_ buffer: UnsafeBufferPointer<UInt8>) {
    guard let base = buffer.baseAddress, !buffer.isEmpty else { return nil }
    self.base = base
    self.count = buffer.count
  }

  /// What stands wrong, and where.
  struct Fault {
    var offset: Int
    var problem: Problem
    var wanted: Wanted
  }

  enum Problem: UInt8 {
    case endOfFile, nul, unknownWord, misplacedWord, misplacedString, misplacedNumber
    case misplacedCharacter, loneSlash, openComment, openString, badEscape, badHexEscape
    case nulEscape, badUnicodeEscape, loneSurrogate, numberOverflow, numberRunsIntoWord
    case fileTooLarge, nulInString
  }

  enum Wanted: UInt8 {
    case statement, openingParenthesis, key, commaAfterKey, value, number
    case closingParenthesis, semicolon
  }

  enum Step {
    case statement(PrefsStatement)
    case fault(Fault)
    case end
  }

  enum ValueStep {
    case value(PrefsStatement.ValueKind, Range<Int>, needsDecoding: Bool)
    case fault(Fault)
  }

  private enum Token: Equatable {
    case user, pref, stickyPref, `true`, `false`, otherWord
    case string
    case number(UInt32)
    case character(UInt8)
    case end
    /// A token that is wrong in itself, at this offset.
    case broken(Problem, Int)
  }

  mutating func skipByteOrderMark() {
    if count >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { place = 3 }
  }

  // MARK: Statements

  /// The next statement, the first thing wrong in it, or the end.
  ///
  /// After a fault, ``recover()`` must be called before reading on.
  @inline(__always)
  mutating func next() -> Step {
    if let statement = readCanonicalStatement() { return .statement(statement) }
    return readStatement()
  }

  /// The slow and complete way.
  @inline(never)
  mutating func readStatement() -> Step {
    let kind: PrefsStatement.Kind
    let first = readToken()
    let start = tokenStart
    switch first {
    case .user: kind = .user
    case .pref: kind = .default
    case .stickyPref: kind = .stickyDefault
    case .end: return .end
    default: return .fault(fault(first, wanted: .statement))
    }
    var token = readToken()
    guard token == .character(UInt8(ascii: "(")) else {
      return .fault(fault(token, wanted: .openingParenthesis))
    }
    token = readToken()
    guard token == .string else { return .fault(fault(token, wanted: .key)) }
    let key = tokenStart + 1..<place - 1
    let keyNeedsDecoding = stringHasEscape || base[tokenStart] == .apostrophe
    token = readToken()
    guard token == .character(.comma) else { return .fault(fault(token, wanted: .commaAfterKey)) }

    let valueKind: PrefsStatement.ValueKind
    let value: Range<Int>
    let valueNeedsDecoding: Bool
    switch readValue() {
    case .value(let foundKind, let range, let escaped):
      (valueKind, value, valueNeedsDecoding) = (foundKind, range, escaped)
    case .fault(let fault): return .fault(fault)
    }
    token = readToken()
    guard token == .character(UInt8(ascii: ")")) else {
      return .fault(fault(token, wanted: .closingParenthesis))
    }
    token = readToken()
    guard token == .character(UInt8(ascii: ";")) else {
      return .fault(fault(token, wanted: .semicolon))
    }
    return .statement(
      PrefsStatement(
        start: Int32(truncatingIfNeeded: start),
        keyStart: Int32(truncatingIfNeeded: key.lowerBound),
        keyEnd: Int32(truncatingIfNeeded: key.upperBound),
        valueStart: Int32(truncatingIfNeeded: value.lowerBound),
        valueEnd: Int32(truncatingIfNeeded: value.upperBound),
        end: Int32(truncatingIfNeeded: place), kind: kind, valueKind: valueKind,
        keyNeedsDecoding: keyNeedsDecoding, valueNeedsDecoding: valueNeedsDecoding))
  }

  /// A string, `true`, `false`, or a number with an optional sign (which may stand apart from it).
  mutating func readValue() -> ValueStep {
    let token = readToken()
    let start = tokenStart
    switch token {
    case .true: return .value(.true, start..<place, needsDecoding: false)
    case .false: return .value(.false, start..<place, needsDecoding: false)
    case .string: return .value(.string, start..<place, needsDecoding: stringHasEscape)
    case .number(let number):
      guard number <= UInt32(Int32.max) else {
        return .fault(Fault(offset: start, problem: .numberOverflow, wanted: .value))
      }
      return .value(.int, start..<place, needsDecoding: false)
    case .character(UInt8(ascii: "-")), .character(UInt8(ascii: "+")):
      let limit = UInt32(Int32.max) + (base[start] == UInt8(ascii: "-") ? 1 : 0)
      let magnitude = readToken()
      guard case .number(let number) = magnitude else {
        return .fault(fault(magnitude, wanted: .number))
      }
      guard number <= limit else {
        return .fault(Fault(offset: tokenStart, problem: .numberOverflow, wanted: .value))
      }
      return .value(.int, start..<place, needsDecoding: false)
    default:
      return .fault(fault(token, wanted: .value))
    }
  }

  /// What the client does after an error: tokens are passed over up to the next `;`, strings and
  /// comments being tokens too. The token that was wrong may have been that semicolon.
  mutating func recover() {
    if lastToken == .character(UInt8(ascii: ";")) { return }
    while true {
      let token = readToken()
      if token == .end || token == .character(UInt8(ascii: ";")) { return }
    }
  }

  /// Whether reading stopped at a NUL with bytes after it, which the client never sees.
  var stoppedAtNUL: Bool { place < count }

  private func fault(_ token: Token, wanted: Wanted) -> Fault {
    switch token {
    case .broken(let problem, let offset):
      return Fault(offset: offset, problem: problem, wanted: wanted)
    case .end:
      return Fault(offset: place, problem: place < count ? .nul : .endOfFile, wanted: wanted)
    default: break
    }
    let problem: Problem =
      switch token {
      case .string: .misplacedString
      case .number: .misplacedNumber
      case .character: .misplacedCharacter
      case .otherWord: .unknownWord
      default: .misplacedWord
      }
    // What is missing at the end of a line is missing there, not where the next line begins.
    var offset = tokenStart
    if wanted != .statement {
      var scan = previousEnd
      while scan < tokenStart, !base[scan].isLineBreak { scan += 1 }
      if scan < tokenStart { offset = previousEnd }
    }
    return Fault(offset: offset, problem: problem, wanted: wanted)
  }

  // MARK: Tokens

  private var lastToken: Token = .end

  /// The byte at `place`; 0 at the end, where a NUL in the file stops the client as well.
  @inline(__always)
  private var current: UInt8 { place < count ? base[place] : 0 }

  private mutating func readToken() -> Token {
    previousEnd = place
    let token = readTokenWithoutNote()
    lastToken = token
    return token
  }

  private mutating func readTokenWithoutNote() -> Token {
    while true {
      let byte = current
      tokenStart = place
      switch byte {
      case 0: return .end
      case .space, .lineFeed, .tab, .carriageReturn, 0x0B, 0x0C: place += 1
      case UInt8(ascii: "#"): skipLine()
      case UInt8(ascii: "/"):
        place += 1
        switch current {
        case UInt8(ascii: "/"): skipLine()
        case UInt8(ascii: "*"):
          place += 1
          guard skipBlockComment() else { return .broken(.openComment, tokenStart) }
        default: return .broken(.loneSlash, tokenStart)
        }
      case .quote, .apostrophe: return readString(quote: byte)
      case UInt8(ascii: "0")...UInt8(ascii: "9"): return readNumber()
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "_"):
        return readWord()
      default:
        place += 1
        return .character(byte)
      }
    }
  }

  /// Up to the line's end. A NUL ends the comment too, and for once is passed over: what follows it
  /// on the line is read.
  private mutating func skipLine() {
    while place < count, base[place] != 0, !base[place].isLineBreak { place += 1 }
    if place < count, base[place] == 0 { place += 1 }
  }

  /// False when the comment is never closed.
  private mutating func skipBlockComment() -> Bool {
    while current != 0 {
      if base[place] == UInt8(ascii: "*") {
        place += 1
        if current == UInt8(ascii: "/") {
          place += 1
          return true
        }
      } else {
        place += 1
      }
    }
    // The client reads on behind a NUL, as in a line comment.
    if place < count { place += 1 }
    return false
  }

  @inline(__always)
  private static func isWordByte(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (byte | 0x20) &- UInt8(ascii: "a") < 26
  }

  private mutating func readWord() -> Token {
    while PrefsLexer.isWordByte(current) { place += 1 }
    let word = UnsafeBufferPointer(start: base + tokenStart, count: place - tokenStart)
    func matches(_ keyword: StaticString) -> Bool {
      guard word.count == keyword.utf8CodeUnitCount else { return false }
      for index in 0..<word.count where word[index] != keyword.utf8Start[index] { return false }
      return true
    }
    if matches("user_pref") { return .user }
    if matches("true") { return .true }
    if matches("false") { return .false }
    if matches("pref") { return .pref }
    if matches("sticky_pref") { return .stickyPref }
    return .otherWord
  }

  private mutating func readNumber() -> Token {
    var value: UInt32? = 0
    while true {
      let byte = current
      if byte &- UInt8(ascii: "0") < 10 {
        if let known = value {
          let (tenfold, overflow) = known.multipliedReportingOverflow(by: 10)
          let (sum, carry) = tenfold.addingReportingOverflow(UInt32(byte - UInt8(ascii: "0")))
          value = overflow || carry ? nil : sum
        }
        place += 1
      } else if PrefsLexer.isWordByte(byte) {
        place += 1
        return .broken(.numberRunsIntoWord, tokenStart)
      } else {
        break
      }
    }
    guard let value else { return .broken(.numberOverflow, tokenStart) }
    return .number(value)
  }

  /// The whole string is read even if an escape in it is wrong; its first fault is the token's.
  private mutating func readString(quote: UInt8) -> Token {
    place += 1
    stringHasEscape = false
    var firstFault: (problem: Problem, offset: Int)?
    while true {
      place = placeOfSpecial(from: place, quote: quote)
      switch current {
      case quote:
        place += 1
        if let firstFault { return .broken(firstFault.problem, firstFault.offset) }
        return .string
      case .backslash:
        stringHasEscape = true
        let start = place
        if let problem = skipEscape(), firstFault == nil { firstFault = (problem, start) }
      default:
        // What the client says of a NUL, too, at which it stops.
        return .broken(place < count ? .nulInString : .openString, tokenStart)
      }
    }
  }

  /// Passes over one escape, as much of it as the client takes when it is wrong.
  private mutating func skipEscape() -> Problem? {
    place += 1
    switch current {
    case .quote, .apostrophe, .backslash, UInt8(ascii: "n"), UInt8(ascii: "r"):
      place += 1
      return nil
    case UInt8(ascii: "x"):
      place += 1
      guard let value = readHexadecimal(digits: 2) else { return .badHexEscape }
      return value == 0 ? .nulEscape : nil
    case UInt8(ascii: "u"):
      place += 1
      guard let value = readHexadecimal(digits: 4) else { return .badUnicodeEscape }
      if value == 0 { return .nulEscape }
      if value & 0xFC00 == 0xDC00 { return .loneSurrogate }
      guard value & 0xFC00 == 0xD800 else { return nil }
      guard current == .backslash else { return .loneSurrogate }
      place += 1
      guard current == UInt8(ascii: "u") else { return .loneSurrogate }
      place += 1
      guard let low = readHexadecimal(digits: 4), low & 0xFC00 == 0xDC00 else {
        return .loneSurrogate
      }
      return nil
    default:
      // The character is read again, except a NUL, which the client takes for a character here.
      if place < count, base[place] == 0 { place += 1 }
      return .badEscape
    }
  }

  private mutating func readHexadecimal(digits: Int) -> UInt32? {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let digit = current.hexDigitValue else { return nil }
      value = value << 4 | digit
      place += 1
    }
    return value
  }

  // MARK: The fast way

  /// `user_pref("key", value);` spelled as the client writes it, or nil, nothing being consumed
  /// but blanks.
  @inline(__always)
  private mutating func readCanonicalStatement() -> PrefsStatement? {
    while place < count,
      base[place] == .lineFeed || base[place] == .space
        || base[place] == .carriageReturn
    {
      place += 1
    }
    let start = place
    // The shortest statement is `user_pref("", 0);`: 17 bytes.
    guard count - start >= 17, load(start) == PrefsLexer.word("user_pre"),
      load(start + 3) == PrefsLexer.word("r_pref(\"")
    else { return nil }
    let keyStart = start + 11
    let keyEnd = placeOfSpecial(from: keyStart, quote: .quote)
    // Six more bytes at least: `", 0);`.
    guard count - keyEnd >= 6, base[keyEnd] == .quote, base[keyEnd + 1] == .comma,
      base[keyEnd + 2] == .space
    else { return nil }
    let valueStart = keyEnd + 3
    var valueEnd: Int
    let valueKind: PrefsStatement.ValueKind
    switch base[valueStart] {
    case .quote:
      valueKind = .string
      valueEnd = placeOfSpecial(from: valueStart + 1, quote: .quote)
      guard valueEnd < count, base[valueEnd] == .quote else { return nil }
      valueEnd += 1
    case UInt8(ascii: "t"):
      guard count - valueStart >= 4, load32(valueStart) == PrefsLexer.word32("true") else {
        return nil
      }
      valueKind = .true
      valueEnd = valueStart + 4
    case UInt8(ascii: "f"):
      guard count - valueStart >= 5, load32(valueStart + 1) == PrefsLexer.word32("alse") else {
        return nil
      }
      valueKind = .false
      valueEnd = valueStart + 5
    default:
      valueKind = .int
      valueEnd = valueStart
      if base[valueEnd] == UInt8(ascii: "-") { valueEnd += 1 }
      let digits = valueEnd
      while valueEnd < count, base[valueEnd] &- UInt8(ascii: "0") < 10 { valueEnd += 1 }
      // Nine digits always fit; ten are looked at more closely elsewhere.
      guard valueEnd > digits, valueEnd - digits <= 9 else { return nil }
    }
    guard count - valueEnd >= 2, base[valueEnd] == UInt8(ascii: ")"),
      base[valueEnd + 1] == UInt8(ascii: ";")
    else { return nil }
    place = valueEnd + 2
    return PrefsStatement(
      start: Int32(truncatingIfNeeded: start), keyStart: Int32(truncatingIfNeeded: keyStart),
      keyEnd: Int32(truncatingIfNeeded: keyEnd),
      valueStart: Int32(truncatingIfNeeded: valueStart),
      valueEnd: Int32(truncatingIfNeeded: valueEnd), end: Int32(truncatingIfNeeded: place),
      kind: .user, valueKind: valueKind, keyNeedsDecoding: false, valueNeedsDecoding: false)
  }

  /// Where the next `quote`, backslash or NUL stands; the end if there is none.
  ///
  /// Eight bytes at a time: with x a byte, (x - 1) & ~x has its top bit set exactly if x is zero
  /// (the borrow can mark a later byte wrongly, never an earlier one, so the lowest mark is true).
  @inline(__always)
  private func placeOfSpecial(from start: Int, quote: UInt8) -> Int {
    var at = start
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    let quotes = ones &* UInt64(quote)
    let backslashes = ones &* UInt64(UInt8.backslash)
    while at &+ 8 <= count {
      let word = load(at)
      let a = word ^ quotes
      let b = word ^ backslashes
      let marks =
        ((a &- ones) & ~a | (b &- ones) & ~b | (word &- ones) & ~word) & tops
      if marks != 0 { return at &+ marks.trailingZeroBitCount >> 3 }
      at &+= 8
    }
    while at < count, base[at] != quote, base[at] != .backslash, base[at] != 0 { at &+= 1 }
    return at
  }

  @inline(__always)
  private func load(_ offset: Int) -> UInt64 {
    UInt64(
      littleEndian: UnsafeRawPointer(base).loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  @inline(__always)
  private func load32(_ offset: Int) -> UInt32 {
    UInt32(
      littleEndian: UnsafeRawPointer(base).loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Eight ASCII bytes as ``load(_:)`` returns them; folded to a constant by the optimizer.
  @inline(__always)
  private static func word(_ text: StaticString) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<8 { value |= UInt64(text.utf8Start[index]) << UInt64(index * 8) }
    return value
  }

  @inline(__always)
  private static func word32(_ text: StaticString) -> UInt32 {
    var value: UInt32 = 0
    for index in 0..<4 { value |= UInt32(text.utf8Start[index]) << UInt32(index * 8) }
    return value
  }
}
