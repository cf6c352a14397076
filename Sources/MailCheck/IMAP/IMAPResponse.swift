/// One answer of an IMAP server (RFC 9051, section 7), as far as this program needs to tell them
/// apart.
public enum IMAPResponse: Sendable, Hashable {
  /// "+ …": the server waits for more of a command.
  case continuation(text: [UInt8])
  /// OK, NO, BAD, BYE or PREAUTH; `tag` is nil where it answers to no command.
  case status(tag: [UInt8]?, IMAPStatus)
  case capability([String])
  /// "* SEARCH 1 2 3"
  case search([UInt32])
  /// "* 12 EXISTS"
  case number(UInt32, name: String)
  /// "* 12 FETCH (UID 7 FLAGS ())": names and values in turn.
  case fetch(UInt32, [IMAPValue])
  /// "* STATUS inbox (MESSAGES 3)"; names in upper case.
  case mailboxStatus(mailbox: [UInt8], [String: UInt64])
  /// Every other untagged answer: its name in upper case, and what follows.
  case other(name: String, [IMAPValue])
}

public struct IMAPStatus: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable {
    case ok = "OK"
    case no = "NO"
    case bad = "BAD"
    case bye = "BYE"
    case preauth = "PREAUTH"
  }

  public var kind: Kind
  /// The response code's name in upper case ("UIDVALIDITY"), where there is one.
  public var code: String?
  /// What stands behind the name.
  public var arguments: [IMAPValue]
  /// For people: hostile text.
  public var text: [UInt8]
}

public indirect enum IMAPValue: Sendable, Hashable {
  /// As it was written, NIL and numbers too.
  case atom([UInt8])
  /// What was quoted, or sent as a literal.
  case string([UInt8])
  case list([IMAPValue])

  /// In upper case; nil for what is no atom.
  public var name: String? {
    guard case .atom(let bytes) = self else { return nil }
    return String(decoding: bytes, as: UTF8.self).uppercased()
  }

  public var number: UInt64? {
    guard case .atom(let bytes) = self else { return nil }
    return UInt64(String(decoding: bytes, as: UTF8.self))
  }
}
