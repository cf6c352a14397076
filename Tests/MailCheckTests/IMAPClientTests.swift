import ConfigFormats
import ProfileRewriter
import Testing

@testable import MailCheck

/// The client with a real Dovecot.
@Suite(.serialized) struct IMAPClientTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let user = "alice@lab.test"

  private static func settings(_ trust: TrustSettings = .laboratory) -> ConnectionSettings {
    ConnectionSettings(trust: trust, limits: ConnectionLimits(answer: 6))
  }

  private func connect(
    _ dovecot: Dovecot, _ security: TransportSecurity, _ settings: ConnectionSettings = settings()
  ) throws(IMAPFailure) -> IMAPClient {
    let port = security == .tls ? dovecot.imaps : dovecot.imap
    return try IMAPClient(
      to: Endpoint(host: "localhost", port: port, security: security), settings)
  }

  private func password(_ text: String = "lab-pass") -> Secret { Secret(copying: text.utf8) }

  @Test(arguments: [TransportSecurity.tls, .starttls])
  func `from greeting to goodbye`(_ security: TransportSecurity) throws {
    let dovecot = try Dovecot(in: scratch)
    for number in 1...3 { try dovecot.deliver("m\(number)") }
    let client = try connect(dovecot, security)
    #expect(client.connection.tls?.isTrusted == true)
    #expect(client.greeting.kind == .ok)
    #expect(
      (client.capabilitiesBeforeTLS?.contains("STARTTLS") ?? false) == (security == .starttls))
    #expect(!client.offers("STARTTLS") && client.offers("AUTH=PLAIN"))
    #expect(!client.offers("UIDPLUS"))
    try client.login(Self.user, password())
    #expect(client.offers("UIDPLUS"), "what is offered after the login")
    let mailbox = try client.examine("INBOX")
    #expect(mailbox.messages == 3 && mailbox.nextUID == 4)
    #expect(try client.allUIDs() == [1, 2, 3])
    let status = try client.status(of: "INBOX")
    #expect(status["MESSAGES"] == 3 && status["UIDNEXT"] == 4)
    #expect(status["UIDVALIDITY"] == mailbox.validity.map(UInt64.init))
    client.logout()
    #expect(awaited(1) { dovecot.lines(with: "Login:") } == 1)
    #expect(!dovecot.log.contains("lab-pass"))
  }

  @Test func `an empty inbox`() throws {
    let dovecot = try Dovecot(in: scratch)
    let client = try connect(dovecot, .tls)
    try client.login(Self.user, password())
    #expect(try client.examine("INBOX").messages == 0)
    #expect(try client.allUIDs() == [])
  }

  @Test func `a mailbox that is not there`() throws {
    let dovecot = try Dovecot(in: scratch)
    let client = try connect(dovecot, .tls)
    try client.login(Self.user, password())
    let error = #expect(throws: IMAPFailure.self) { try client.examine("No \"such\" box") }
    #expect(error?.code == "command-refused")
    // And the session goes on.
    #expect(try client.examine("INBOX").messages == 0)
  }

  /// By AUTHENTICATE, and by LOGIN with a quoted string or a literal.
  @Test(arguments: [
    "simple", #"with "quotes" and \"#, "with blank", "pässwörd", "{5}", "(a) %*]",
    String(repeating: "long ", count: 150) + "x",
  ]) func `passwords of all kinds`(_ text: String) throws {
    let dovecot = try Dovecot(in: scratch, user: Dovecot.User(password: text))
    for avoidsAuthenticate in [false, true] {
      let client = try connect(dovecot, .starttls)
      try client.login(
        Self.user, password(text), allowsCleartext: false, avoidsAuthenticate: avoidsAuthenticate)
      #expect(try client.examine("INBOX").messages == 0)
      client.logout()
    }
    #expect(awaited(2) { dovecot.lines(with: "method=PLAIN") } == 2, "\(dovecot.log)")
  }

  @Test(arguments: [false, true])
  func `a wrong password is tried once`(_ avoidsAuthenticate: Bool) throws {
    let dovecot = try Dovecot(in: scratch)
    let client = try connect(dovecot, .tls)
    let error = #expect(throws: IMAPFailure.self) {
      try client.login(
        Self.user, password("wrong"), allowsCleartext: false,
        avoidsAuthenticate: avoidsAuthenticate)
    }
    guard case .loginRefused("AUTHENTICATIONFAILED", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(throws: IMAPFailure.alreadyTried) { try client.login(Self.user, password()) }
    client.logout()
    #expect(awaited(1) { dovecot.lines(with: "auth failed, 1 attempts") } == 1, "\(dovecot.log)")
  }

  @Test(arguments: ["", "a\0b"]) func `what cannot be sent is not`(_ text: String) throws {
    let dovecot = try Dovecot(in: scratch)
    let client = try connect(dovecot, .tls)
    #expect(throws: IMAPFailure.unusableCredential) { try client.login(Self.user, password(text)) }
    #expect(throws: IMAPFailure.unusableCredential) { try client.login(text, password()) }
    try client.login(Self.user, password())
  }

  @Test func `without TLS only where both sides are content with it`() throws {
    let dovecot = try Dovecot(in: scratch)
    let refused = try connect(dovecot, .none)
    #expect(throws: IMAPFailure.passwordNeedsTLS) { try refused.login(Self.user, password()) }
    let allowed = try connect(dovecot, .none)
    try allowed.login(Self.user, password(), allowsCleartext: true)
    #expect(try allowed.examine("INBOX").messages == 0)
    #expect(awaited(1) { dovecot.lines(with: "Login:") } == 1)
  }

  /// Dovecot says so where it has no mechanism that LOGIN could use.
  @Test func `LOGINDISABLED is heeded`() throws {
    let dovecot = try Dovecot(in: scratch, settings: "auth_mechanisms = login")
    let client = try connect(dovecot, .tls)
    #expect(client.offers("LOGINDISABLED"))
    #expect(throws: IMAPFailure.loginDisabled) { try client.login(Self.user, password()) }
    client.logout()
    #expect(awaited(0) { dovecot.lines(with: "auth failed") } == 0)
  }

  @Test func `a server without STARTTLS`() throws {
    let dovecot = try Dovecot(
      in: scratch,
      settings: "ssl = no\nservice imap-login {\n inet_listener imaps {\n ssl = no\n }\n}")
    #expect(throws: IMAPFailure.connection(.startTLSNotOffered)) { try connect(dovecot, .starttls) }
    #expect(throws: IMAPFailure.connection(.plainTextOnTLSPort)) { try connect(dovecot, .tls) }
  }

  @Test func `TLS where plain text was expected`() throws {
    let dovecot = try Dovecot(in: scratch)
    for security in [TransportSecurity.none, .starttls] {
      #expect(throws: IMAPFailure.connection(.tlsOnPlainPort)) {
        try IMAPClient(
          to: Endpoint(host: "localhost", port: dovecot.imaps, security: security),
          ConnectionSettings(trust: .laboratory, limits: ConnectionLimits(answer: 2)))
      }
    }
  }

  @Test(arguments: [TransportSecurity.tls, .starttls])
  func `a certificate for another host`(_ security: TransportSecurity) throws {
    let certificate = try Certificates(in: scratch, names: "DNS:mail.example.net")
    let dovecot = try Dovecot(in: scratch, certificate: certificate)
    let error = #expect(throws: IMAPFailure.self) { try connect(dovecot, security) }
    #expect(error?.code == "certificate-wrong-name")
    let looking = TrustSettings(extraAuthorities: Certificates.authority, policy: .report)
    let client = try connect(dovecot, security, Self.settings(looking))
    #expect(throws: IMAPFailure.passwordNeedsTLS) {
      try client.login(Self.user, password(), allowsCleartext: true)
    }
    #expect(awaited(0) { dovecot.lines(with: "Login:") } == 0)
  }

  // MARK: The probe

  @Test func `a probe shows what is offered, and logs nobody in`() throws {
    let dovecot = try Dovecot(in: scratch)
    let tls = try IMAPProbe(
      Endpoint(host: "localhost", port: dovecot.imaps, security: .tls), Self.settings())
    #expect(tls.greeting.contains("Dovecot") && tls.address.contains("1"))
    #expect(tls.capabilities.contains("AUTH=PLAIN") && tls.capabilitiesBeforeTLS == nil)
    #expect(tls.tls?.isTrusted == true && !tls.isLoginDisabled && !tls.isPreauthenticated)
    let starttls = try IMAPProbe(
      Endpoint(host: "localhost", port: dovecot.imap, security: .starttls),
      Self.settings(TrustSettings()))
    #expect(starttls.capabilitiesBeforeTLS?.contains("STARTTLS") == true)
    #expect(starttls.tls?.certificate?.problems == [.untrusted])
    let plain = try IMAPProbe(
      Endpoint(host: "localhost", port: dovecot.imap, security: .none), Self.settings())
    #expect(plain.tls == nil && plain.capabilities.contains("STARTTLS"))
    #expect(awaited(0) { dovecot.lines(with: "auth failed") + dovecot.lines(with: "Login:") } == 0)
  }
}

/// The client with servers that no real one would be.
@Suite struct IMAPMisbehaviourTests {
  private func connect(
    _ security: TransportSecurity = .none, _ script: @escaping @Sendable (LocalServer.Peer) -> Void
  ) throws -> IMAPClient {
    let server = try LocalServer(script)
    return try IMAPClient(
      to: Endpoint(host: "127.0.0.1", port: server.port, security: security),
      ConnectionSettings(
        limits: ConnectionLimits(connecting: 2, answer: 2, total: 6, size: 200_000)))
  }

  /// Answers each command by its tag.
  private func served(_ answers: [String]) -> @Sendable (LocalServer.Peer) -> Void {
    { peer in
      peer.say("* OK ready\r\n")
      for answer in answers {
        let tag = peer.hearLine().prefix { $0 != " " }
        peer.say(answer.replacing("TAG", with: tag))
      }
      peer.stayQuiet()
    }
  }

  private static let capability = "* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK\r\n"

  @Test(arguments: [
    ("* BYE full\r\n", "rejected"), ("HTTP/1.1 400 Bad Request\r\n", "protocol-violation"),
    ("+OK POP3 ready\r\n", "protocol-violation"), ("220 smtp ready\r\n", "protocol-violation"),
    ("* NO\r\n", "protocol-violation"), ("\r\n", "protocol-violation"), ("", "closed"),
    ("* OK", "closed"), ("a1 OK\r\n", "protocol-violation"),
    ("* CAPABILITY X\r\n", "protocol-violation"),
  ]) func `greetings that are none`(_ greeting: String, _ code: String) throws {
    let error = #expect(throws: IMAPFailure.self) { try connect { $0.say(greeting) } }
    #expect(error?.code == code)
  }

  @Test(arguments: [
    ("TAG OK done\r\n", "protocol-violation"), ("* BYE\r\n", "rejected"), ("", "timed-out"),
    ("a99 OK\r\n", "protocol-violation"), ("+ more\r\n", "protocol-violation"),
    ("* CAPABILITY {999999999}\r\n", "too-large"), ("TAG BAD\r\n", "command-refused"),
  ]) func `answers that are none`(_ answer: String, _ code: String) throws {
    let error = #expect(throws: IMAPFailure.self) { try connect(.none, served([answer])) }
    #expect(error?.code == code)
  }

  @Test func `a no to STARTTLS`() throws {
    #expect(throws: IMAPFailure.connection(.startTLSNotOffered)) {
      try connect(.starttls, served([Self.capability, "TAG NO\r\n"]))
    }
  }

  @Test func `logged in before TLS`() throws {
    #expect(throws: IMAPFailure.connection(.startTLSNotOffered)) {
      try connect(.starttls) { peer in
        peer.say("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n")
        peer.stayQuiet()
      }
    }
  }

  @Test(arguments: [
    "TAG OK go\r\n* OK [CAPABILITY IMAP4rev1] injected\r\n", "TAG OK go\r\na3 OK injected\r\n",
  ]) func `an answer put in after STARTTLS`(_ answer: String) throws {
    #expect(throws: IMAPFailure.connection(.plainTextAfterStartTLS)) {
      try connect(.starttls, served([Self.capability, answer]))
    }
  }

  @Test func `an endless greeting`() throws {
    let error = #expect(throws: IMAPFailure.self) {
      try connect { peer in
        let piece = [UInt8](repeating: 120, count: 16_000)
        while peer.say(piece) {}
      }
    }
    #expect(["too-large", "timed-out"].contains(error?.code))
  }

  @Test func `endless answers`() throws {
    let error = #expect(throws: IMAPFailure.self) {
      try connect { peer in
        peer.say("* OK ready\r\n")
        peer.hear()
        let piece = Array(String(repeating: "* 1 EXISTS\r\n", count: 1000).utf8)
        while peer.say(piece) {}
      }
    }
    #expect(error?.code == "too-large")
  }

  @Test func `no answer to a search is not an empty one`() throws {
    let client = try connect(.none, served([Self.capability, "TAG OK done\r\n"]))
    #expect(throws: IMAPFailure.self) { try client.allUIDs() }
  }

  @Test func `an answer to a search in several lines`() throws {
    let client = try connect(
      .none, served([Self.capability, "* SEARCH 1 2\r\n* SEARCH 7\r\nTAG OK done\r\n"]))
    #expect(try client.allUIDs() == [1, 2, 7])
  }
}
