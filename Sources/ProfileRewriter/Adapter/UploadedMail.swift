/// Knows which mail was uploaded to accounts. The engine knows of no server: whoever configures it
/// does.
public protocol UploadedMail: Sendable {
  /// Messages that were put into an account's inbox, which POP would take for new: it sees the inbox
  /// alone, and knows messages by names that the server gave them when they came in.
  /// - Parameter account: as the switch has it, IMAP.
  /// - Throws: where that cannot be told.
  func inboxMessages(of account: ServerSettings) throws(Refusal) -> Int
}
