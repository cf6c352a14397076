import MailCheck
import ProfileRewriter

/// A login to the account's server, and what it needs to be asked.
final class UploadSession {
  private(set) var client: IMAPClient
  /// Whether commands can still be sent.
  var isUsable = true
  /// Whether that is so because the connection is gone, and not because of what was said on it.
  private(set) var wasLost = false

  private let account: ServerSettings
  private let password: Secret
  private let connection: ConnectionSettings

  /// Connects and logs in, once.
  init(_ account: ServerSettings, _ password: Secret, _ connection: ConnectionSettings)
    throws(Refusal)
  {
    try account.requirePassword()
    (self.account, self.password, self.connection) = (account, password, connection)
    client = try Self.logIn(account, password, connection)
  }

  /// Connects and logs in again, with the password that has let in before.
  func reconnect() throws(Refusal) {
    client = try Self.logIn(account, password, connection)
    isUsable = true
    wasLost = false
  }

  private static func logIn(
    _ account: ServerSettings, _ password: Secret, _ connection: ConnectionSettings
  ) throws(Refusal) -> IMAPClient {
    let client: IMAPClient
    do throws(IMAPFailure) {
      client = try IMAPClient(to: account.place, connection.forUploads)
      try client.login(account.username, password, allowsCleartext: account.security == .none)
    } catch {
      throw error.refusal(at: account.place)
    }
    // What a run that is killed has not sent must not come in while the next one looks for it.
    client.connection.discardWhenClosed(true)
    // Such a server wants UTF8=ACCEPT enabled, and with it another spelling of names and messages announced
    // otherwise (RFC 6855, 3 to 5). One that merely offers UTF8=ACCEPT is spoken to as ever.
    guard !client.offers("UTF8=ONLY") else {
      client.connection.discardWhenClosed(false)
      client.logout()
      throw Refusal(
        .unsupported,
        "\(account.host.printable) speaks only UTF8=ONLY IMAP (RFC 6855), which upload does not; nothing was "
          + "sent. Copy the mail in a client that does")
    }
    return client
  }

  /// Bytes of the largest message that a mailbox takes; nil where the server does not say. One number for
  /// all, or with a bare APPENDLIMIT one for each (RFC 7889, 3).
  func sizeLimit(of mailbox: [UInt8]) throws(Refusal) -> Int? {
    let general = client.capabilities.lazy.compactMap { capability in
      capability.hasPrefix("APPENDLIMIT=") ? Int(capability.dropFirst(12)) : nil
    }.first
    guard general == nil, client.offers("APPENDLIMIT") else { return general }
    return try ask { client throws(IMAPFailure) in
      do throws(IMAPFailure) {
        return try client.appendLimit(of: mailbox)
      } catch .commandRefused {
        return nil
      }
    }
  }

  func logout() {
    guard isUsable else { return }
    client.connection.discardWhenClosed(false)
    client.logout()
  }

  func ask<Value>(_ body: (IMAPClient) throws(IMAPFailure) -> Value) throws(Refusal) -> Value {
    do throws(IMAPFailure) {
      return try body(client)
    } catch {
      note(error)
      var refusal = error.refusal(at: client.endpoint)
      // It was reached, and said no.
      if case .commandRefused = error { refusal.reason = .serverRefused }
      throw refusal
    }
  }

  private func note(_ failure: IMAPFailure) {
    guard case .connection(let failure) = failure else { return }
    isUsable = false
    switch failure {
    case .closed, .io, .timedOut, .rejected: wasLost = true
    default: break
    }
  }

  /// Whether several messages may go in one command.
  var takesSeveral: Bool { client.offers("MULTIAPPEND") }

  /// Whether commands can be sent before earlier ones are answered: no literal of so many bytes has
  /// to be asked for.
  func sendsUnasked(_ size: Int) -> Bool {
    client.offers("LITERAL+") || (client.offers("LITERAL-") && size <= 4096)
  }

  /// The server's folders.
  func layout() throws(Refusal) -> ServerLayout {
    try ask { client throws(IMAPFailure) in
      ServerLayout(folders: try client.folders(), namespaces: try client.personalNamespaces())
    }
  }

  /// Makes a mailbox and has it shown.
  /// - Throws: `server-refused` with the server's words.
  func create(_ name: [UInt8]) throws(Refusal) {
    let name = String(decoding: name, as: UTF8.self)
    do throws(IMAPFailure) {
      do throws(IMAPFailure) {
        try client.create(mailbox: name)
      } catch .commandRefused where client.lastResponseCode == "ALREADYEXISTS" {
        // Another client was quicker, or it was made with its own subfolder.
      }
      do throws(IMAPFailure) {
        try client.subscribe(mailbox: name)
      } catch .commandRefused {
        // It is there all the same.
      }
    } catch .commandRefused(_, let text) {
      throw Refusal(.serverRefused, "the server does not make the folder (\(text.printable))")
    } catch {
      note(error)
      throw error.refusal(at: client.endpoint)
    }
  }
}

extension ServerSettings {
  fileprivate var place: Endpoint { Endpoint(host: host, port: port, security: security) }
}

extension ConnectionSettings {
  /// An upload takes as long as it takes; only a server that says nothing is given up.
  fileprivate var forUploads: ConnectionSettings {
    var settings = self
    settings.limits.total = 1e9
    settings.limits.answer = max(settings.limits.answer, 300)
    settings.limits.size = Int.max
    return settings
  }
}
