/// How strings, lists and booleans are spelled in a keyfile's values, and read back.
public enum KeyFileSpelling {
  /// The value that `g_key_file_set_string` writes for `string`: `\n`, `\r` and `\\` escaped, and
  /// blanks only where the line's reader would drop them, at the beginning.
  public static func value(ofString string: String) -> [UInt8] {
    escaping(Array(string.utf8), isElement: false)
  }

  /// The value that `g_key_file_set_string_list` writes: every element with its `;` behind it.
  public static func value(ofList elements: [String]) -> [UInt8] {
    elements.flatMap { escaping(Array($0.utf8), isElement: true) + [separator] }
  }

  public static func value(ofBool flag: Bool) -> [UInt8] { Array((flag ? "true" : "false").utf8) }

  static let separator = UInt8(ascii: ";")

  private static func escaping(_ bytes: [UInt8], isElement: Bool) -> [UInt8] {
    var result: [UInt8] = []
    var isLeading = true
    for byte in bytes {
      var letter: UInt8?
      switch byte {
      case .space where isLeading: letter = UInt8(ascii: "s")
      case .tab where isLeading: letter = UInt8(ascii: "t")
      case .lineFeed: letter = UInt8(ascii: "n")
      case .carriageReturn: letter = UInt8(ascii: "r")
      case .backslash: letter = .backslash
      case separator where isElement: letter = separator
      default: break
      }
      if let letter { result += [.backslash, letter] } else { result.append(byte) }
      // GLib takes an escaped separator for the beginning of something, too.
      isLeading =
        isLeading && (byte == .space || byte == .tab) || isElement && byte == separator
    }
    return result
  }

  /// What an escape's letter stands for.
  static func meaning(of letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "s"): .space
    case UInt8(ascii: "n"): .lineFeed
    case UInt8(ascii: "t"): .tab
    case UInt8(ascii: "r"): .carriageReturn
    case .backslash: .backslash
    default: nil
    }
  }

  /// The string that a value of valid UTF-8 spells; nil for an unknown escape (`\;` is one outside
  /// of lists) or a backslash at the end.
  static func string(fromValue raw: [UInt8]) -> String? {
    var result: [UInt8] = []
    var place = 0
    while place < raw.count {
      var byte = raw[place]
      if byte == .backslash {
        place += 1
        guard place < raw.count, let meant = meaning(of: raw[place]) else { return nil }
        byte = meant
      }
      result.append(byte)
      place += 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  static func bool(fromValue raw: [UInt8]) -> Bool? {
    var end = raw.count
    while end > 0, KeyFileGrammar.isSpace(raw[end - 1]) { end -= 1 }
    switch String(decoding: raw[..<end], as: UTF8.self) {
    case "true", "1": return true
    case "false", "0": return false
    default: return nil
    }
  }

  /// By C's `strtol`, which skips vertical tabs that GLib's blanks do not include.
  static func int(fromValue raw: [UInt8]) -> Int32? {
    var place = 0
    while place < raw.count, KeyFileGrammar.isSpace(raw[place]) || raw[place] == 0x0B { place += 1 }
    var isNegative = false
    if place < raw.count, raw[place] == UInt8(ascii: "-") || raw[place] == UInt8(ascii: "+") {
      isNegative = raw[place] == UInt8(ascii: "-")
      place += 1
    }
    let firstDigit = place
    var number: Int64 = 0
    while place < raw.count, (0x30...0x39).contains(raw[place]) {
      // Far beyond 32 bits is as bad as farther.
      number = min(number * 10 + Int64(raw[place] - 0x30), 1 << 40)
      place += 1
    }
    guard place > firstDigit, place == raw.count || KeyFileGrammar.isSpace(raw[place]) else {
      return nil
    }
    return Int32(exactly: isNegative ? -number : number)
  }
}

/// A value read as a list.
struct KeyFileList {
  struct Element: Equatable {
    /// Where it stands in the value, without its separator.
    var range: Range<Int>
    /// What it spells.
    var bytes: [UInt8]
  }

  private(set) var elements: [Element] = []

  /// Nil for an unknown escape or a backslash at the end.
  init?(_ raw: [UInt8]) {
    var content: [UInt8] = []
    var start = 0
    var place = 0
    while place < raw.count {
      switch raw[place] {
      case KeyFileSpelling.separator:
        elements.append(Element(range: start..<place, bytes: content))
        content = []
        start = place + 1
      case .backslash:
        place += 1
        guard place < raw.count else { return nil }
        if raw[place] == KeyFileSpelling.separator {
          content.append(raw[place])
        } else {
          guard let meant = KeyFileSpelling.meaning(of: raw[place]) else { return nil }
          content.append(meant)
        }
      default: content.append(raw[place])
      }
      place += 1
    }
    if start < raw.count { elements.append(Element(range: start..<raw.count, bytes: content)) }
  }
}

/// The names under which a translation for a locale may stand.
enum KeyFileLocale {
  /// `locale` and what is left of it without its parts, best first, as `g_get_locale_variants` lists
  /// them: of `language_TERRITORY.codeset@modifier` the codeset goes first, the modifier last.
  static func variants(of locale: String) -> [String] {
    let bytes = Array(locale.utf8)
    func place(of byte: Character, from start: Int) -> Int? {
      bytes[start...].firstIndex(of: byte.asciiValue ?? 0)
    }
    let territory = place(of: "_", from: 0)
    let codeset = place(of: ".", from: territory ?? 0)
    let modifier = place(of: "@", from: codeset ?? territory ?? 0)
    let modifierStart = modifier ?? bytes.count
    let codesetStart = codeset ?? modifierStart
    let territoryStart = territory ?? codesetStart

    let all = (codeset == nil ? 0 : 1) | (territory == nil ? 0 : 2) | (modifier == nil ? 0 : 4)
    return (0...all).reversed().filter { $0 & ~all == 0 }.map { parts in
      var name = bytes[..<territoryStart]
      if parts & 2 != 0 { name += bytes[territoryStart..<codesetStart] }
      if parts & 1 != 0 { name += bytes[codesetStart..<modifierStart] }
      if parts & 4 != 0 { name += bytes[modifierStart...] }
      return String(decoding: name, as: UTF8.self)
    }
  }
}
