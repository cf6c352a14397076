import ConfigFormats
import Foundation
import ProfileRewriter
import Synchronization

/// Asks accounts' servers which messages they have: the IMAP server that an account is to go to, in all
/// of its folders, or, where that one cannot be reached, the POP server that it has. Mailboxes are opened
/// for reading only.
///
/// A password is tried once for an account, however often that is asked about: servers lock accounts
/// out.
public final class MailCensus: ServerMailCheck {
  private let connection: ConnectionSettings
  private let passwords: [ServerSettings: Secret]
  private let answers = Mutex<[ServerSettings: ServerMailAnswer]>([:])

  /// - Parameter passwords: by the settings that accounts are to have; no other one is asked.
  public init(
    passwords: [ServerSettings: Secret], connection: ConnectionSettings = ConnectionSettings()
  ) {
    var connection = connection
    // A list of many messages takes its time; a server that says nothing is given up as before.
    connection.limits.total = max(connection.limits.total, 900)
    connection.limits.size = max(connection.limits.size, 1 << 30)
    self.connection = connection
    self.passwords = passwords
  }

  /// Asks all servers before their answers are wanted, several at a time and few of one host, and keeps what
  /// they say for ``answer(_:)``.
  /// - Parameters:
  ///   - parallel: accounts at the same time.
  ///   - perHost: of these, of one host.
  ///   - answered: told how many have answered, on the caller's thread.
  public func ask(
    _ questions: [ServerMailQuestion], parallel: Int = 8, perHost: Int = 2,
    shouldStop: @escaping @Sendable () -> Bool = { false }, answered: (Int) -> Void = { _ in }
  ) {
    var seen: Set<ServerSettings> = []
    let questions = questions.filter { seen.insert($0.target).inserted }
    let queue = AnswerQueue<Void>(count: questions.count)
    let gate = Gate<String>(limit: max(perHost, 1))
    for _ in 0..<min(max(parallel, 1), questions.count) {
      Thread.detachNewThread {
        while let index = queue.next() {
          gate.pass(questions[index].target.host.lowercased()) {
            if !shouldStop() { _ = self.answer(questions[index]) }
          }
          queue.put((), at: index)
        }
      }
    }
    for index in questions.indices {
      queue.take(at: index)
      answered(index + 1)
    }
  }

  public func answer(_ question: ServerMailQuestion) -> ServerMailAnswer {
    if let answer = answers.withLock({ $0[question.target] }) { return answer }
    let answer: ServerMailAnswer
    do throws(Refusal) {
      answer = .mail(try ask(question))
    } catch {
      answer = .unanswered(error)
    }
    answers.withLock { $0[question.target] = answer }
    return answer
  }

  private func ask(_ question: ServerMailQuestion) throws(Refusal) -> ServerMail {
    try question.target.requirePassword()
    guard let password = passwords[question.target] else {
      let account = question.target
      throw Refusal(
        .notYet,
        "no password was given for \(account.username.printable) at \(account.host.printable), as "
          + "the account was not yet so when they were asked for; run again")
    }
    let client: IMAPClient
    do throws(IMAPFailure) {
      client = try IMAPClient(to: question.target.endpoint, connection)
    } catch {
      // No password has been sent: the one attempt is left for the other server.
      let failure = error.refusal(at: question.target.endpoint)
      return try askPOP(question.present, password, after: failure)
    }
    do throws(IMAPFailure) {
      return try ask(client, question.target, password)
    } catch {
      throw error.refusal(at: question.target.endpoint)
    }
  }

  // MARK: IMAP

  private func ask(
    _ client: IMAPClient, _ account: ServerSettings, _ password: Secret
  ) throws(IMAPFailure) -> ServerMail {
    // The client itself will send it so, at every start.
    try client.login(account.username, password, allowsCleartext: account.security == .none)
    defer { client.logout() }
    var mail = ServerMail(by: .imap, messages: 0, room: try room(client))
    for folder in try client.folders() where !folder.cannotBeOpened {
      do throws(IMAPFailure) {
        _ = try client.examine(folder.name)
      } catch .commandRefused {
        mail.isComplete = false
        continue
      }
      let found = try client.messageIDs()
      mail.messageIDs.formUnion(found.ids)
      mail.messages += found.messages
    }
    return mail
  }

  private func room(_ client: IMAPClient) throws(IMAPFailure) -> MailRoom {
    let quotas: [IMAPQuota]?
    do throws(IMAPFailure) {
      quotas = try client.quotas(of: "INBOX")
    } catch .commandRefused {
      return .unknown
    }
    guard let quotas else { return .unknown }
    let limits = MailRoom.Limits(
      bytes: Self.tightest("STORAGE", of: quotas, unit: 1024),
      messages: Self.tightest("MESSAGE", of: quotas, unit: 1))
    return limits.bytes == nil && limits.messages == nil ? .unlimited : .limited(limits)
  }

  /// Of several limits the one that leaves least.
  private static func tightest(
    _ name: String, of quotas: [IMAPQuota], unit: Int
  ) -> MailRoom.Limit? {
    quotas.compactMap { $0[name] }.min { $0.left < $1.left }.map { resource in
      MailRoom.Limit(
        limit: bounded(resource.limit, unit), used: bounded(resource.used, unit))
    }
  }

  private static func bounded(_ number: UInt64, _ unit: Int) -> Int {
    let (product, isTooLarge) = Int(clamping: number).multipliedReportingOverflow(by: unit)
    return isTooLarge ? .max : product
  }

  // MARK: POP

  /// - Parameter failure: why the other server was not asked.
  private func askPOP(
    _ account: ServerSettings, _ password: Secret, after failure: Refusal
  ) throws(Refusal) -> ServerMail {
    do throws(Refusal) {
      try account.requirePassword()
    } catch {
      throw failure
    }
    do throws(IMAPFailure) {
      let client = try POP3Client(on: open(account.endpoint))
      try client.login(account.username, password, allowsCleartext: account.security == .none)
      defer { client.quit() }
      guard let ids = try client.uniqueIDs() else {
        throw .commandRefused(command: "UIDL", text: "no unique ids")
      }
      return ServerMail(by: .pop3, uniqueIDs: Set(ids), messages: ids.count)
    } catch {
      throw Refusal(
        error.reason == .loginRefused ? .loginRefused : failure.reason,
        "\(failure.text); nor was POP of use: \(error.text(at: account.endpoint))")
    }
  }

  private func open(_ endpoint: Endpoint) throws(IMAPFailure) -> LineConnection {
    do throws(ConnectionFailure) {
      let opened = try LineConnection(to: endpoint, connection)
      try opened.awaitGreeting()
      return opened
    } catch {
      throw .connection(error)
    }
  }
}

extension IMAPFolder {
  fileprivate var cannotBeOpened: Bool {
    attributes.contains("\\noselect") || attributes.contains("\\nonexistent")
  }
}
