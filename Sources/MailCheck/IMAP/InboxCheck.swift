import ConfigFormats
import ProfileRewriter
import Synchronization

/// Asks an account's own IMAP server whether a mailbox holds nothing but known messages.
///
/// A login that failed is not tried again: servers lock accounts out.
public final class InboxCheck: MailboxCheck {
  private let connection: ConnectionSettings
  private let passwords: [ServerSettings: Secret]
  private let failed = Mutex<[ServerSettings: Refusal]>([:])

  /// - Parameter passwords: by the accounts as they are asked about; no other one is asked.
  public init(
    passwords: [ServerSettings: Secret], connection: ConnectionSettings = ConnectionSettings()
  ) {
    self.connection = connection
    self.passwords = passwords
  }

  public func answer(_ question: MailboxQuestion) -> MailboxAnswer {
    let account = question.settings
    if let refusal = failed.withLock({ $0[account] }) { return .unanswered(refusal) }
    do throws(Refusal) {
      return try ask(question)
    } catch {
      failed.withLock { $0[account] = error }
      return .unanswered(error)
    }
  }

  private func ask(_ question: MailboxQuestion) throws(Refusal) -> MailboxAnswer {
    let account = question.settings
    try account.requirePassword()
    guard let password = passwords[account] else {
      throw Refusal(
        .notYet,
        "no password was given for \(account.username.printable) at \(account.host.printable), as "
          + "the account was not yet so when they were asked for; run again")
    }
    let endpoint = Endpoint(host: account.host, port: account.port, security: account.security)
    do throws(IMAPFailure) {
      let client = try IMAPClient(to: endpoint, connection)
      // The client itself sends it so, at every start.
      try client.login(account.username, password, allowsCleartext: account.security == .none)
      let answer = try Self.compare(question, client)
      client.logout()
      return answer
    } catch {
      throw error.refusal(at: endpoint)
    }
  }

  private static func compare(_ question: MailboxQuestion, _ client: IMAPClient)
    throws(IMAPFailure) -> MailboxAnswer
  {
    let mailbox = try client.examine(question.mailbox)
    guard let validity = mailbox.validity, Int64(validity) == question.validity else {
      return .not("the server has numbered its messages anew since the client looked")
    }
    let uids = try client.allUIDs()
    let unknown = uids.count { !question.known.contains($0) }
    guard unknown == 0 else {
      return .not("the server has \(unknown) of \(uids.count) messages that the client has not yet")
    }
    // Fewer than it counted: an answer that leaves something out proves nothing.
    guard uids.count >= Int(mailbox.messages) else {
      return .not("the server lists \(uids.count) of \(mailbox.messages) messages")
    }
    return .allKnown
  }
}
