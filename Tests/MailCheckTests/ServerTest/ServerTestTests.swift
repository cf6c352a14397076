import Foundation
import ProfileRewriter
import Testing

@testable import MailCheck

/// Tests of servers that work, by the library.
@Suite struct ServerTestTests {
  private let house: MailHouse

  init() throws { house = try MailHouse.shared() }

  private func settings(_ change: (inout ServerTestSettings) -> Void = { _ in })
    -> ServerTestSettings
  {
    var settings = ServerTestSettings(
      connection: ConnectionSettings(
        trust: .laboratory, limits: ConnectionLimits(connecting: 20, answer: 20, total: 100)))
    // A machine with other things to do is no slow server.
    settings.slow = 60_000
    change(&settings)
    return settings
  }

  private func item(_ services: [TestService], password: String = MailHouse.password) -> TestItem {
    TestItem(services: services, credential: .password(Secret(copying: password.utf8)))
  }

  private func stages(_ report: ServiceReport) -> [String] {
    report.rows.map { "\($0.stage.rawValue) \($0.status.rawValue)" }
  }

  private func fact(_ name: String, _ stage: TestStage, _ report: ServiceReport) -> TestFact.Value?
  {
    report.rows.first { $0.stage == stage }?.facts.first { $0.name == name }?.value
  }

  // MARK: Stage by stage

  @Test func `an IMAP server`() throws {
    let report = try #require(ServerTest(settings()).run(item([house.service()])).first)
    let expected = [
      "dns", "tcp", "tls", "greeting", "capability", "login", "namespace", "folders", "inbox",
      "quota",
    ]
    #expect(stages(report) == expected.map { "\($0) ok" })
    #expect(fact("messages", .inbox, report) == .number(3))
    #expect(fact("special_use_sent", .folders, report) == .text("Sent"))
    #expect(fact("storage_limit", .quota, report) == .number(100 << 10))
    #expect(fact("path_prefix", .namespace, report) == .text(nil))
    #expect(fact("names", .tls, report) == .texts(["127.0.0.1", "localhost"]))
  }

  @Test func `a POP3 server, and nothing is fetched`() throws {
    for security in [TransportSecurity.tls, .starttls] {
      let report = try #require(
        ServerTest(settings()).run(item([house.service(.pop3, security)])).first)
      #expect(!report.hasFailed && !report.hasWarnings, "\(report)")
      #expect(fact("messages", .messages, report) == .number(3))
      #expect(fact("unique_ids", .messages, report) == .number(3))
    }
    #expect(
      awaited(2) { house.log.split(separator: "\n").count { $0.contains("retr=0/0, del=0/") } } >= 2
    )
    #expect(!house.log.contains(/retr=[1-9]|del=[1-9]/))
  }

  @Test func `outgoing servers`() throws {
    for security in [TransportSecurity.tls, .starttls] {
      let report = try #require(
        ServerTest(settings()).run(item([house.service(.smtp, security)])).first)
      #expect(!report.hasFailed && !report.hasWarnings, "\(report)")
      #expect(fact("auth", .capability, report) == .texts(["PLAIN", "LOGIN"]))
      #expect(fact("method", .login, report) == .text("PLAIN"))
    }
  }

  @Test func `below a prefix`() throws {
    let plain = try #require(
      ServerTest(settings()).run(item([house.service(user: "prefix")])).first)
    #expect(fact("path_prefix", .namespace, plain) == .text("INBOX"))
    for prefix in ["INBOX", "INBOX."] {
      let report = try #require(
        ServerTest(settings()).run(item([house.service(user: "prefix", pathPrefix: prefix)])).first)
      #expect(!report.hasFailed && !report.hasWarnings, "\(report)")
    }
  }

  @Test func `without a login`() throws {
    var item = item([house.service()])
    item.credential = .unwanted
    let report = try #require(ServerTest(settings()).run(item).first)
    #expect(report.rows.last?.stage == .capability && !report.hasFailed)
    item.credential = .missing("nobody knows it")
    let missing = try #require(ServerTest(settings()).run(item).first)
    #expect(missing.rows.last?.code == "no-password" && missing.hasFailed)
  }

  /// A challenge without TLS, OAuth2 and others: no password is sent in their place.
  @Test func `ways to sign in that are not tried`() throws {
    for auth in [AuthMethod.oauth2, .gssapi, .ntlm, .tlsClientCertificate, .passwordEncrypted] {
      var service = house.service(.imap, .none)
      service.settings.auth = auth
      let report = try #require(ServerTest(settings()).run(item([service])).first)
      #expect(report.rows.last?.code == "method-not-tested" && report.rows.last?.status == .skipped)
    }
  }

  // MARK: One attempt

  @Test func `a wrong password is tried once, over all protocols`() throws {
    let services = [
      house.service(.imap, user: "once"), house.service(.pop3, user: "once"),
      house.service(.smtp, .starttls, user: "once"),
    ]
    let test = ServerTest(settings())
    let reports = test.run(item(services, password: "wrong"))
    #expect(
      reports.map { $0.rows.last?.code } == ["login-refused", "already-tried", "already-tried"])
    // The same account in another profile.
    let again = test.run(item([house.service(.imap, .starttls, user: "once")], password: "wrong"))
    #expect(again[0].rows.last?.code == "already-tried")
    #expect(awaited(1) { house.wrongPasswords("once") } == 1)
  }

  /// Eight accounts at the same time that are one user: the others wait for the first one's outcome.
  @Test func `also at the same time`() throws {
    let ways: [(TestService.Kind, TransportSecurity)] = [
      (.imap, .tls), (.imap, .starttls), (.imap, .none), (.pop3, .tls), (.pop3, .starttls),
      (.pop3, .none), (.smtp, .tls), (.smtp, .starttls),
    ]
    let items = ways.map { item([house.service($0.0, $0.1, user: "twice")], password: "wrong") }
    var codes: [String?] = []
    ServerTest(settings { $0.perHost = 8 }).run(items) { index, reports in
      #expect(index == codes.count, "in their order")
      codes.append(reports[0].rows.last?.code)
    }
    #expect(
      codes.count { $0 == "login-refused" } == 1 && codes.count { $0 == "already-tried" } == 7)
    #expect(awaited(1) { house.wrongPasswords("twice") } == 1)
  }

  // MARK: Hosts

  @Test func `few connections to one host at the same time`() throws {
    let counter = Counter()
    let server = try LocalServer { peer in
      counter.come()
      usleep(150_000)
      counter.go()
      peer.say("* BYE later\r\n")
    }
    var items: [TestItem] = []
    for number in 0..<6 {
      items.append(
        item([house.service(.imap, .none, user: "u\(number)", at: "127.0.0.1", port: server.port)]))
    }
    var seen = 0
    ServerTest(settings { $0.perHost = 2 }).run(items) { _, reports in
      #expect(reports[0].rows.last?.code == "rejected")
      seen += 1
    }
    #expect(seen == 6 && counter.most == 2)
  }

  /// A thousand accounts of a dead server are one time-out.
  @Test func `a server that nobody reaches is waited for once`() throws {
    let counter = Counter()
    let server = try LocalServer { peer in
      counter.come()
      peer.stayQuiet()
    }
    var items: [TestItem] = []
    for number in 0..<40 {
      items.append(item([house.service(user: "u\(number)", at: "127.0.0.1", port: server.port)]))
    }
    var codes: [String?] = []
    let settings = settings {
      $0.connection.limits.connecting = 1
      $0.perHost = 2
    }
    ServerTest(settings).run(items) { _, reports in codes.append(reports[0].rows.last?.code) }
    #expect(codes == [String?](repeating: "timed-out", count: 40))
    #expect(counter.came <= 2)
  }

  // MARK: A folder, a message

  @Test(arguments: [("deep", TransportSecurity.tls), ("prefix", .starttls)])
  func `a folder made and removed`(_ user: String, _ security: TransportSecurity) throws {
    _ = ServerTest(settings()).run(item([house.service(.imap, security, user: user)]))
    let before = house.folders(of: user)
    let report = try #require(
      ServerTest(settings { $0.isDeep = true }).run(
        item([house.service(.imap, security, user: user)])
      )
      .first)
    let expected = ["create", "second-connection", "append", "new-mail", "read-back", "delete"]
    #expect(stages(report).suffix(6) == expected.map { "\($0) ok" }, "\(report)")
    #expect(fact("method", .newMail, report) == .text("IDLE"))
    #expect(house.folders(of: user) == before)
  }

  /// A full mailbox takes no message; the folder goes all the same.
  @Test func `where nothing can be put there`() throws {
    let report = try #require(
      ServerTest(settings { $0.isDeep = true }).run(item([house.service(user: "full")])).first)
    let append = try #require(report.rows.first { $0.stage == .append })
    #expect(append.status == .failed && append.code == "command-refused", "\(report)")
    #expect(report.rows.last?.stage == .delete && report.rows.last?.status == .ok, "\(report)")
    #expect(!house.folders(of: "full").contains { $0.contains("profile-rewriter") })
  }

  /// The server throws everybody out in between: a third connection removes what the first has made.
  @Test func `where the connections break`() throws {
    let house = house
    let watcher = Thread {
      let end = Date() + 30
      while Date() < end {
        if house.folders(of: "stopped").contains(where: { $0.contains("profile-rewriter") }) {
          try? house.kick("stopped")
          return
        }
        usleep(1000)
      }
    }
    watcher.start()
    let report = try #require(
      ServerTest(settings { $0.isDeep = true }).run(item([house.service(user: "stopped")])).first)
    #expect(report.rows.last?.stage == .delete && report.rows.last?.status == .ok, "\(report)")
    #expect(!house.folders(of: "stopped").contains { $0.contains("profile-rewriter") })
  }

  @Test func `a message that arrives`() throws {
    let services = [
      house.service(user: "sender"), house.service(.smtp, .starttls, user: "sender"),
    ]
    // Everything is slow, and nobody waits for mail.
    let settings = settings {
      $0.sendTo = "sender@\(MailHouse.domain)"
      $0.slow = 0
    }
    let reports = ServerTest(settings).run(item(services))
    #expect(stages(reports[1]).suffix(2) == ["send warning", "arrive ok"], "\(reports)")
  }

  @Test(arguments: [
    "alice@house.test", "sender@elsewhere.test", "sender@house.test>\r\nRCPT TO:<alice@house.test",
  ]) func `to nobody else`(_ address: String) throws {
    let services = [house.service(.smtp, .starttls, user: "sender")]
    let reports = ServerTest(settings { $0.sendTo = address }).run(item(services))
    #expect(reports[0].rows.last?.code == "not-own-address", "\(reports)")
  }
}
