/// What only an account's own server can tell: whether a mailbox holds nothing but messages that the
/// client has already.
public struct MailboxQuestion: Sendable, Hashable {
  /// The account's, as its profile has them now. No other server may be asked.
  public var settings: ServerSettings
  /// As the protocol has it ("INBOX").
  public var mailbox: String
  /// UIDVALIDITY as the client knows it; under another one its UIDs mean nothing.
  public var validity: Int64
  /// The UIDs of the messages that the client has.
  public var known: Set<UInt32>

  public init(settings: ServerSettings, mailbox: String, validity: Int64, known: Set<UInt32>) {
    self.settings = settings
    self.mailbox = mailbox
    self.validity = validity
    self.known = known
  }
}

public enum MailboxAnswer: Sendable, Hashable {
  /// Every message on the server is one that the client has.
  case allKnown
  /// It is not so; one clause that says what is.
  case not(String)
  /// The server was not reached, or did not let anybody in.
  case unanswered(Refusal)
}

/// Asks servers. The engine knows of no protocol and no credential: whoever configures it does.
public protocol MailboxCheck: Sendable {
  /// Waits for the answer, within bounds of its own.
  func answer(_ question: MailboxQuestion) -> MailboxAnswer
}
