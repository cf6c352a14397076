/// Which messages an account's server has, and how many more it takes.
public struct ServerMailQuestion: Sendable, Hashable {
  /// Where the account is to go.
  public var target: ServerSettings
  /// The POP server that it has. Asked only where the other cannot be reached.
  public var present: ServerSettings

  public init(target: ServerSettings, present: ServerSettings) {
    self.target = target
    self.present = present
  }
}

public enum ServerMailAnswer: Sendable, Hashable {
  case mail(ServerMail)
  /// The server was not reached, or did not let anybody in.
  case unanswered(Refusal)
}

/// The messages that a server has, by the names by which the same ones are known here.
public struct ServerMail: Sendable, Hashable {
  /// How the server was asked.
  public var kind: IncomingProtocol
  /// Values of Message-ID without angle brackets.
  public var messageIDs: Set<[UInt8]>
  /// POP3's names (UIDL).
  public var uniqueIDs: Set<[UInt8]>
  public var messages: Int
  /// Nothing was passed over.
  public var isComplete: Bool
  public var room: MailRoom

  public init(
    by kind: IncomingProtocol, messageIDs: Set<[UInt8]> = [], uniqueIDs: Set<[UInt8]> = [],
    messages: Int,
    isComplete: Bool = true, room: MailRoom = .unknown
  ) {
    self.kind = kind
    self.messageIDs = messageIDs
    self.uniqueIDs = uniqueIDs
    self.messages = messages
    self.isComplete = isComplete
    self.room = room
  }
}

/// Asks servers, and changes nothing there. As with ``MailboxCheck``, whoever configures the engine
/// says who asks, and with which credential.
public protocol ServerMailCheck: Sendable {
  /// Waits for the answer, within bounds of its own.
  func answer(_ question: ServerMailQuestion) -> ServerMailAnswer
}
