import MailCheck
import ProfileRewriter

/// One login to the account's server, and what it needs to be asked.
final class UploadSession {
  let client: IMAPClient
  /// Bytes of the largest message that the server takes; nil where it does not say (RFC 7889).
  let sizeLimit: Int?
  /// Whether commands can still be sent.
  var isUsable = true

  /// Connects and logs in, once.
  init(_ account: ServerSettings, _ password: Secret, _ connection: ConnectionSettings)
    throws(Refusal)
  {
    try account.requirePassword()
    let endpoint = Endpoint(host: account.host, port: account.port, security: account.security)
    do throws(IMAPFailure) {
      client = try IMAPClient(to: endpoint, connection.forUploads)
      try client.login(account.username, password, allowsCleartext: account.security == .none)
    } catch {
      throw error.refusal(at: endpoint)
    }
    // What a run that is killed has not sent must not come in while the next one looks for it.
    client.connection.discardWhenClosed(true)
    // UTF8=ONLY servers want another spelling of names, and messages announced otherwise (RFC 6855).
    guard !client.offers("UTF8=ONLY") else {
      throw Refusal(.unsupported, "\(account.host.printable) speaks only UTF8=ONLY IMAP")
    }
    sizeLimit =
      client.capabilities.lazy.compactMap { capability in
        capability.hasPrefix("APPENDLIMIT=") ? Int(capability.dropFirst(12)) : nil
      }.first
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
      if case .connection = error { isUsable = false }
      var refusal = error.refusal(at: client.endpoint)
      // It was reached, and said no.
      if case .commandRefused = error { refusal.reason = .serverRefused }
      throw refusal
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
      isUsable = false
      throw error.refusal(at: client.endpoint)
    }
  }
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
