import Foundation
import MailCheck
import ProfileRewriter
import Testing

/// Something that is wrong with a server or a setting, and what a test must make of it.
struct Fault: CustomTestStringConvertible, Sendable {
  /// As docs/test.md has it.
  var name: String
  var stage: TestStage
  var code: String
  /// Makes the server, where it is none of the house's; the object lives as long as the test.
  var make: @Sendable (MailHouse) throws -> (service: TestService, server: Any?)
  var change: @Sendable (inout ServerTestSettings) -> Void = { _ in }
  var password = MailHouse.password
  /// Other than by ``password``.
  var credential: TestItem.Credential?
  /// Servers of the account that are tested before it.
  var before: @Sendable (MailHouse) -> [TestService] = { _ in [] }

  var testDescription: String { name }
}

extension Fault {
  /// With a server of the house.
  fileprivate static func house(
    _ name: String, _ stage: TestStage, _ code: String, password: String = MailHouse.password,
    _ change: @escaping @Sendable (inout ServerTestSettings) -> Void = { _ in },
    _ service: @escaping @Sendable (MailHouse) -> TestService
  ) -> Fault {
    Fault(
      name: name, stage: stage, code: code, make: { (service($0), nil) }, change: change,
      password: password)
  }

  /// With one of its own that does as its script says.
  fileprivate static func script(
    _ name: String, _ stage: TestStage, _ code: String, _ kind: TestService.Kind = .imap,
    _ security: TransportSecurity = .none,
    _ change: @escaping @Sendable (inout ServerTestSettings) -> Void = { _ in },
    _ script: @escaping @Sendable (LocalServer.Peer) -> Void
  ) -> Fault {
    Fault(
      name: name, stage: stage, code: code,
      make: { house in
        let server = try LocalServer(script)
        return (house.service(kind, security, at: "127.0.0.1", port: server.port), server)
      }, change: change)
  }

  /// With the house's IMAP server, of whose answers some lines are changed.
  fileprivate static func altered(
    _ name: String, _ stage: TestStage, _ code: String, refuses: String? = nil,
    answers: @escaping @Sendable ([UInt8]) -> [UInt8]? = { $0 },
    change: @escaping @Sendable (inout ServerTestSettings) -> Void = { $0.isDeep = true }
  ) -> Fault {
    Fault(
      name: name, stage: stage, code: code,
      make: { house in
        let proxy = try AlteringProxy(to: house.imap, refuses: refuses, answers: answers)
        return (
          house.service(.imap, .none, user: "faulty", at: "127.0.0.1", port: proxy.port), proxy
        )
      }, change: change)
  }

  /// An IMAP server that takes no login, with these words.
  fileprivate static func refusal(_ name: String, _ code: String, _ words: String) -> Fault {
    script(name, .login, code) { peer in
      peer.say("* OK ready\r\n")
      answer(
        peer,
        ["* CAPABILITY IMAP4rev1\r\nTAG OK\r\n", "TAG NO \(words)\r\n", "* BYE\r\nTAG OK\r\n"])
    }
  }

  /// Likewise an SMTP server.
  fileprivate static func smtpRefusal(_ name: String, _ code: String, _ words: String) -> Fault {
    script(name, .login, code, .smtp) { peer in
      peer.say("220 ready\r\n")
      answer(peer, ["250-hello\r\n250 AUTH PLAIN\r\n", "\(words)\r\n", "221 bye\r\n"])
    }
  }

  /// Each line of the client gets the next answer.
  private static func answer(_ peer: LocalServer.Peer, _ answers: [String]) {
    for answer in answers {
      let tag = peer.hearLine().prefix { $0 != " " }
      peer.say(answer.replacing("TAG", with: tag))
    }
    peer.stayQuiet()
  }

  private static let short: @Sendable (inout ServerTestSettings) -> Void = { settings in
    settings.connection.limits.connecting = 1.5
    settings.connection.limits.answer = 2
  }

  static let all: [Fault] = reaching + securing + speaking + loggingIn + using + trying

  private static let reaching: [Fault] = [
    house("the host name is wrong", .dns, "unknown-host") {
      $0.service(at: "no-such-host.invalid")
    },
    Fault(
      name: "the name service is silent", stage: .dns, code: "resolver-failed",
      make: { ($0.service(at: "imap.house.test"), nil) },
      change: { settings in
        short(&settings)
        settings.route.resolver = silentPort.address
      }),
    Fault(
      name: "nothing listens at the port", stage: .tcp, code: "refused",
      make: { house in (house.service(port: try Ports.free()), nil) }),
    house("the address is nobody's", .tcp, "unreachable") { $0.service(at: "255.255.255.255") },
    Fault(
      name: "a firewall blocks the port", stage: .tcp, code: "timed-out",
      make: { house in
        // Linux leaves a connection unanswered where the queue of those that wait is full.
        let server = try LocalServer(backlog: 0, accepts: false) { _ in }
        let waiting = (0..<4).compactMap { _ in
          try? LineConnection(
            to: Endpoint(host: "127.0.0.1", port: server.port, security: .none),
            ConnectionSettings(limits: ConnectionLimits(connecting: 0.3)))
        }
        return (house.service(at: "127.0.0.1", port: server.port), [server, waiting] as [Any])
      }, change: short),
  ]

  nonisolated(unsafe) private static let silentPort: SilentPort = {
    do { return try SilentPort() } catch { fatalError("\(error)") }
  }()

  private static let securing: [Fault] = [
    house("TLS on a plain port", .tls, "plain-text-on-tls-port") { $0.service(port: $0.imap) },
    house(
      "plain on a TLS port", .greeting, "tls-on-plain-port",
      { $0.connection.limits.answer = 6 }
    ) { $0.service(.imap, .starttls, port: $0.imaps) },
    house("STARTTLS is missing", .tls, "starttls-not-offered") {
      $0.service(.imap, .starttls, at: MailHouse.Place.withoutTLS.rawValue)
    },
    house("STLS is missing (POP3)", .tls, "starttls-not-offered") {
      $0.service(.pop3, .starttls, at: MailHouse.Place.withoutTLS.rawValue)
    },
    script("STARTTLS is missing (SMTP)", .tls, "starttls-not-offered", .smtp, .starttls) { peer in
      peer.say("220 ready\r\n")
      answer(peer, ["250 hello\r\n"])
    },
    script("text put in after STARTTLS", .tls, "plain-text-after-starttls", .imap, .starttls) {
      peer in
      peer.say("* OK ready\r\n")
      answer(
        peer,
        [
          "* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK\r\n",
          "TAG OK go\r\n* OK [CAPABILITY X] put in\r\n",
        ])
    },
    house("the certificate is for another name", .tls, "certificate-wrong-name") {
      $0.service(at: MailHouse.Place.wrongName.rawValue)
    },
    house("the certificate has expired", .tls, "certificate-expired") {
      $0.service(.imap, .starttls, at: MailHouse.Place.expired.rawValue)
    },
    house("the certificate is not valid yet", .tls, "certificate-not-yet-valid") {
      $0.service(at: MailHouse.Place.notYetValid.rawValue)
    },
    house("the certificate is for something else than servers", .tls, "certificate-invalid") {
      $0.service(at: MailHouse.Place.wrongPurpose.rawValue)
    },
    house(
      "the authorities to trust cannot be read", .tls, "trust-store",
      { $0.connection.trust.extraAuthorities = "/nonexistent/ca.pem" }
    ) { $0.service() },
    house("nothing protects the connection", .tls, "no-tls") { $0.service(.imap, .none) },
    house("the certificate expires in some days", .tls, "certificate-expires-soon") {
      $0.service(at: MailHouse.Place.expiresSoon.rawValue)
    },
    house("the certificate is signed by itself", .tls, "self-signed") {
      $0.service(at: MailHouse.Place.selfSigned.rawValue)
    },
    house(
      "the certificate is of an unknown authority", .tls, "certificate-untrusted",
      { $0.connection.trust.extraAuthorities = nil }
    ) { $0.service(.pop3) },
    script("the server's TLS is too old", .tls, "handshake-failed", .imap, .tls) { peer in
      peer.hear()
      // A fatal alert: protocol_version (RFC 8446, section 6).
      peer.say([21, 3, 1, 0, 2, 2, 70])
    },
    script("the TLS handshake gets no answer", .tls, "timed-out", .imap, .tls, short) {
      $0.stayQuiet()
    },
  ]

  private static let speaking: [Fault] = [
    script("the server says nothing", .greeting, "timed-out", .imap, .none, short) {
      $0.stayQuiet()
    },
    script("the greeting comes too slowly", .greeting, "timed-out", .imap, .none, short) { peer in
      for byte in "* OK a very slow server indeed\r\n".utf8 {
        guard peer.say([byte]) else { return }
        usleep(300_000)
      }
    },
    altered("a stage takes long", .greeting, "slow") { line in
      if line.starts(with: "* OK [CAPABILITY".utf8) { usleep(1_200_000) }
      return line
    } change: {
      $0.slow = 1000
    },
    script("garbage instead of a greeting", .greeting, "protocol-violation") { peer in
      peer.say("\u{1}\u{2}\u{3} what is this\r\n")
      peer.stayQuiet()
    },
    script("a line without end", .greeting, "too-large") { peer in
      while peer.say([UInt8](repeating: 120, count: 16_000)) {}
    },
    script("a web server", .greeting, "wrong-protocol") { peer in
      peer.say("HTTP/1.1 400 Bad Request\r\n\r\n")
      peer.stayQuiet()
    },
    house("the port of POP3, set up as IMAP", .greeting, "wrong-protocol") {
      $0.service(.imap, .tls, port: $0.pop3s)
    },
    house("the port of SMTP, set up as IMAP", .greeting, "wrong-protocol") {
      $0.service(.imap, .starttls, port: $0.submission)
    },
    house("the port of IMAP, set up as POP3", .greeting, "wrong-protocol") {
      $0.service(.pop3, .tls, port: $0.imaps)
    },
    script("the server closes at once", .greeting, "closed") { _ in },
    script("the server closes after its greeting", .capability, "closed") { peer in
      peer.say("* OK ready\r\n")
      peer.sayNoMore()
      peer.stayQuiet()
    },
    script("the server turns connections away", .greeting, "rejected") {
      $0.say("* BYE too many connections\r\n")
    },
    script("the server turns connections away (SMTP)", .greeting, "rejected", .smtp) {
      $0.say("421 busy\r\n")
    },
  ]

  private static let loggingIn: [Fault] = [
    house("a wrong password", .login, "login-refused", password: "wrong") { $0.service(.imap) },
    house("a wrong password (POP3)", .login, "login-refused", password: "wrong") {
      $0.service(.pop3, .starttls)
    },
    house("a wrong password (SMTP)", .login, "login-refused", password: "wrong") {
      $0.service(.smtp, .starttls)
    },
    house("no password without TLS", .login, "login-disabled") {
      $0.service(.imap, .none, at: MailHouse.Place.tlsRequired.rawValue)
    },
    script("OAuth2 alone is taken", .login, "oauth2-only") { peer in
      peer.say("* OK ready\r\n")
      answer(
        peer,
        [
          "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2 AUTH=OAUTHBEARER\r\nTAG OK\r\n",
          "* BYE\r\nTAG OK\r\n",
        ])
    },
    house("IMAP is not switched on for the user", .login, "imap-disabled") {
      $0.service(user: "off")
    },
    refusal(
      "the same, in Gmail's words", "imap-disabled",
      "[ALERT] Your account is not enabled for IMAP use. Please visit your settings page."),
    refusal(
      "the same, in Zoho's words", "imap-disabled",
      "[ALERT] You are yet to enable IMAP for your account."),
    refusal(
      "a password for mail programs is wanted", "app-password",
      "[ALERT] Application-specific password required: https://support.example.net"),
    refusal(
      "a login with a web browser is wanted", "web-login",
      "[ALERT] Please log in via your web browser (Failure)"),
    Fault(
      name: "there is no password to be had", stage: .login, code: "no-password",
      make: { ($0.service(), nil) }, credential: .missing("nobody knows it")),
    house("a password that cannot be sent", .login, "unusable-credential", password: "a\0b") {
      $0.service()
    },
    house(
      "a password, and a certificate that was only looked at", .login, "password-needs-tls",
      { $0.connection.trust.policy = .report }
    ) { $0.service(at: MailHouse.Place.wrongName.rawValue) },
    house("another way to sign in", .login, "method-not-tested") { house in
      var service = house.service()
      service.settings.auth = .gssapi
      return service
    },
    house("sending has a password of its own", .login, "other-password") { house in
      TestService(
        sendingBy: house.service(.smtp, .starttls, user: "sender").settings,
        of: house.service().settings, addresses: [])
    },
    script("POP is not switched on for the user", .login, "pop-disabled", .pop3) { peer in
      peer.say("+OK ready\r\n")
      answer(peer, ["-ERR what\r\n", "+OK\r\n", "-ERR POP access is disabled\r\n", "+OK bye\r\n"])
    },
    Fault(
      name: "a signal stops the run", stage: .login, code: "stopped", make: { ($0.service(), nil) },
      change: { settings in
        let looks = Looks()
        // Once before the server is begun with.
        settings.shouldStop = { looks.next() > 1 }
      }),
    refusal("the password has expired", "password-expired", "[EXPIRED] Set a new one"),
    refusal("the account is blocked", "account-blocked", "[CONTACTADMIN] Not you"),
    refusal("the server is busy", "try-later", "[UNAVAILABLE] Temporary failure"),
    smtpRefusal(
      "passwords are off for sending, in Exchange's words", "oauth2-only",
      "535 5.7.139 Authentication unsuccessful, basic authentication is disabled."),
    smtpRefusal(
      "sending with a login is off, in Exchange's words", "smtp-disabled",
      "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
    ),
    house("the outgoing server lets nobody sign in", .login, "no-authentication") {
      $0.service(.smtp, .starttls, port: $0.relay)
    },
  ]

  private static let using: [Fault] = [
    house("the folders lie below a prefix", .namespace, "prefix-missing") {
      $0.service(user: "prefix")
    },
    house("the prefix that was set leads nowhere", .namespace, "prefix-wrong") {
      $0.service(user: "prefix", pathPrefix: "Mail/")
    },
    house("the mailbox is full", .quota, "quota-full") { $0.service(user: "full") },
    house("the mailbox is nearly full", .quota, "quota-nearly-full") { $0.service(user: "nearly") },
    script("POP3 without unique ids", .messages, "no-unique-ids", .pop3) { peer in
      peer.say("+OK ready\r\n")
      answer(
        peer,
        [
          "-ERR what\r\n", "+OK\r\n", "+OK\r\n", "+OK 2 200\r\n", "-ERR what\r\n", "+OK bye\r\n",
        ])
    },
  ]
  private static let trying: [Fault] = [
    altered("the folders' uses are not said", .folders, "no-special-use") { line in
      line.starts(with: "* LIST".utf8)
        ? replacing("\\Sent", "\\X-st", in: replacing("\\Drafts", "\\X-fts", in: line)) : line
    } change: { _ in
    },
    altered("the quota is not told", .quota, "quota-unknown") {
      replacing(" QUOTA", " XUOTA", in: $0)
    } change: { _ in
    },
    altered("another connection does not see a new folder", .secondConnection, "not-seen") { line in
      line.starts(with: "* LIST".utf8) && has("profile-rewriter-test-", line) ? nil : line
    },
    altered("a message comes back changed", .readBack, "read-back-differs") {
      replacing("漢字", "??????", in: $0)
    },
    altered("nothing tells of a new message", .newMail, "no-new-mail") {
      $0.elementsEqual("* 1 EXISTS\r\n".utf8) ? nil : $0
    } change: { settings in
      settings.isDeep = true
      settings.connection.limits.answer = 2
    },
    altered("a folder is not removed", .delete, "not-removed", refuses: "DELETE"),
    altered("a folder cannot be made", .create, "command-refused", refuses: "CREATE"),
    house(
      "a message to somebody else", .send, "not-own-address", { $0.sendTo = "alice@house.test" }
    ) { $0.service(.smtp, .starttls, user: "sender") },
    Fault(
      name: "a message does not arrive", stage: .arrive, code: "not-arrived",
      make: { house in
        let server = try LocalServer { peer in
          peer.say("220 ready\r\n")
          answer(
            peer,
            [
              "250-hello\r\n250 AUTH PLAIN\r\n", "235 ok\r\n", "250 ok\r\n", "250 ok\r\n",
              "354 go\r\n", "250 taken\r\n", "221 bye\r\n",
            ])
        }
        return (
          house.service(.smtp, .none, user: "faulty", at: "127.0.0.1", port: server.port), server
        )
      },
      change: { settings in
        settings.sendTo = "faulty@house.test"
        settings.arrival = 0.3
      }, before: { [$0.service(user: "faulty")] }),
  ]

  private static func has(_ text: String, _ line: [UInt8]) -> Bool {
    String(decoding: line, as: UTF8.self).contains(text)
  }

  /// Both of one length: a literal's size is said before it.
  private static func replacing(_ text: String, _ other: String, in line: [UInt8]) -> [UInt8] {
    has(text, line)
      ? Array(String(decoding: line, as: UTF8.self).replacing(text, with: other).utf8) : line
  }

  /// Counts who looks.
  private final class Looks: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    func next() -> Int {
      lock.withLock {
        count += 1
        return count
      }
    }
  }
}
