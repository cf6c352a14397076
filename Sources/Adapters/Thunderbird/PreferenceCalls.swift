import ConfigFormats

/// One call that sets a preference in a script of the client's installation.
struct PreferenceCall: Equatable {
  enum Key: Equatable {
    case literal([UInt8])
    /// Put together at run time.
    case computed
  }

  var function: String
  var key: Key
  /// Where it is a literal.
  var value: PrefValue?
  /// Whether the attribute `locked` is given.
  var isLocked: Bool
}

/// Finds preference calls in default preference files and AutoConfig scripts, without running them.
struct PreferenceCallReader {
  private static let functions: Set<String> = [
    "pref", "user_pref", "sticky_pref", "lockPref", "unlockPref", "defaultPref", "clearPref",
  ]

  private enum Token: Equatable {
    case word(String)
    case string([UInt8])
    case mark(UInt8)
  }

  private let bytes: ArraySlice<UInt8>
  private var place: Int
  private let hashIsComment: Bool

  /// - Parameter hashIsComment: true for preference files; in a script `#` means something else.
  static func calls(in bytes: ArraySlice<UInt8>, hashIsComment: Bool) -> [PreferenceCall] {
    var reader = PreferenceCallReader(
      bytes: bytes, place: bytes.startIndex, hashIsComment: hashIsComment)
    var calls: [PreferenceCall] = []
    while let token = reader.next() {
      guard case .word(let word) = token, functions.contains(word) else { continue }
      if let call = reader.call(word) { calls.append(call) }
    }
    return calls
  }

  /// Reads the arguments; nil for a word that is not called.
  private mutating func call(_ function: String) -> PreferenceCall? {
    let before = place
    guard next() == .mark(UInt8(ascii: "(")) else {
      place = before
      return nil
    }
    var call = PreferenceCall(function: function, key: .computed, isLocked: false)
    var tokens: [Token] = []
    var depth = 1
    while depth > 0, let token = next() {
      if token == .mark(UInt8(ascii: "(")) { depth += 1 }
      if token == .mark(UInt8(ascii: ")")) { depth -= 1 }
      if depth > 0 { tokens.append(token) }
    }
    let comma = Token.mark(UInt8(ascii: ","))
    if case .string(let key)? = tokens.first, tokens.count == 1 || tokens[1] == comma {
      call.key = .literal(key)
    }
    if tokens.count > 2, tokens[1] == comma {
      switch tokens[2] {
      case .string(let text): call.value = .string(text)
      case .word("true"): call.value = .bool(true)
      case .word("false"): call.value = .bool(false)
      case .word(let word): call.value = Int32(word).map(PrefValue.int)
      case .mark: break
      }
    }
    call.isLocked = tokens.contains(.word("locked"))
    return call
  }

  // MARK: Tokens

  private mutating func next() -> Token? {
    skipBlanksAndComments()
    guard place < bytes.endIndex else { return nil }
    let byte = bytes[place]
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
      return .string(string(closedBy: byte))
    }
    if Self.isWordByte(byte) {
      let start = place
      while place < bytes.endIndex, Self.isWordByte(bytes[place]) { place += 1 }
      return .word(bytes[start..<place].shown)
    }
    place += 1
    return .mark(byte)
  }

  private mutating func skipBlanksAndComments() {
    while place < bytes.endIndex {
      let byte = bytes[place]
      if byte <= 0x20 {
        place += 1
      } else if byte == UInt8(ascii: "#"), hashIsComment {
        skip { $0 == 0x0A || $0 == 0x0D }
      } else if bytes[place...].starts(with: "//".utf8) {
        skip { $0 == 0x0A || $0 == 0x0D }
      } else if bytes[place...].starts(with: "/*".utf8) {
        place += 2
        while place < bytes.endIndex, !bytes[place...].starts(with: "*/".utf8) { place += 1 }
        place = min(place + 2, bytes.endIndex)
      } else {
        return
      }
    }
  }

  private mutating func skip(until isEnd: (UInt8) -> Bool) {
    while place < bytes.endIndex, !isEnd(bytes[place]) { place += 1 }
  }

  private mutating func string(closedBy quote: UInt8) -> [UInt8] {
    var result: [UInt8] = []
    place += 1
    while place < bytes.endIndex, bytes[place] != quote {
      if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.endIndex {
        place += 1
        let digits =
          bytes[place] == UInt8(ascii: "x") ? 2 : bytes[place] == UInt8(ascii: "u") ? 4 : 0
        let hex = bytes[(place + 1)...].prefix(digits)
        if digits > 0, hex.count == digits, let value = UInt32(hex.shown, radix: 16),
          let scalar = Unicode.Scalar(value)
        {
          result += Array(String(Character(scalar)).utf8)
          place += digits + 1
          continue
        }
      }
      result.append(bytes[place])
      place += 1
    }
    place = min(place + 1, bytes.endIndex)
    return result
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "$"),
      UInt8(ascii: "."):
      true
    default: byte >= 0x80
    }
  }
}
