/// One line of a keyfile, as offsets into the file's bytes.
struct KeyFileLine: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    /// An empty line, or nothing but blanks.
    case blank
    case comment
    /// `[name]`. The number is that of the group in ``KeyFileDocument/groupNames``' order.
    case header(name: Range<Int>, group: Int)
    /// `key=value`, the value being what GLib takes for it: without the blanks before it, with
    /// those behind it, and up to a NUL.
    case entry(key: Range<Int>, value: Range<Int>, group: Int)
  }

  var kind: Kind
  /// The line with its end.
  var whole: Range<Int>
}

/// Lines of one group that stand together.
struct KeyFileBlock: Sendable, Equatable {
  var group: Int
  /// The line behind the header.
  var start: Int
}

/// What GLib counts as what (`gkeyfile.c`, `gstrfuncs.c`), byte by byte.
enum KeyFileGrammar {
  /// `g_ascii_isspace`: no vertical tab among them.
  @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool {
    switch byte {
    case .space, .tab, .lineFeed, .carriageReturn, 0x0C: true
    default: false
    }
  }

  /// `g_ascii_iscntrl`.
  static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

  /// The place of the next character by `g_utf8_find_next_char`, which passes over whatever bytes of
  /// the form 10xxxxxx come next, belonging to the character or not.
  static func next(after place: Int, in bytes: [UInt8], end: Int) -> Int {
    var next = place + 1
    while next < end, bytes[next] & 0xC0 == 0x80 { next += 1 }
    return next
  }

  /// The first byte that no group name may hold, or the end of `range`.
  static func endOfGroupName(_ range: Range<Int>, in bytes: [UInt8]) -> Int {
    range.first {
      isControl(bytes[$0]) || bytes[$0] == openingBracket || bytes[$0] == closingBracket
    } ?? range.upperBound
  }

  /// Where in `range` a key's name goes wrong (`g_key_file_is_key_name`), or nil for a good one: no
  /// `[` or `]` but those of a locale at the end, a locale being letters and digits of any script
  /// and `-_.@`, and no space before either end.
  static func faultOfKeyName(_ range: Range<Int>, in bytes: [UInt8]) -> Int? {
    var place = range.lowerBound
    let end = range.upperBound
    while place < end, bytes[place] != openingBracket, bytes[place] != closingBracket {
      place += 1
    }
    guard place > range.lowerBound, bytes[range.lowerBound] != .space else {
      return range.lowerBound
    }
    if bytes[place - 1] == .space { return place - 1 }
    guard place < end else { return nil }
    guard bytes[place] == openingBracket else { return place }
    place += 1
    while place < end, isLocaleCharacter(at: place, in: bytes, end: end) {
      place = next(after: place, in: bytes, end: end)
    }
    guard place < end, bytes[place] == closingBracket else { return place }
    return place + 1 < end ? place + 1 : nil
  }

  private static func isLocaleCharacter(at place: Int, in bytes: [UInt8], end: Int) -> Bool {
    switch bytes[place] {
    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "@"): return true
    default: break
    }
    let slice = bytes[place..<min(end, place + 4)]
    guard case .scalar(let scalar) = UTF8Scalars.decode(slice, at: place).0 else { return false }
    switch scalar.properties.generalCategory {
    case .lowercaseLetter, .titlecaseLetter, .uppercaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber:
      return true
    default: return false
    }
  }

  static let openingBracket = UInt8(ascii: "[")
  static let closingBracket = UInt8(ascii: "]")
  static let equals = UInt8(ascii: "=")
  static let hash = UInt8(ascii: "#")
}
