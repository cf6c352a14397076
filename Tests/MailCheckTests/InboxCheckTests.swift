import ProfileRewriter
import Testing

@testable import MailCheck

/// Whether an inbox holds nothing but known messages, asked of a real Dovecot.
@Suite(.serialized) struct InboxCheckTests {
  private let scratch: Scratch
  private let dovecot: Dovecot
  private let settings: ServerSettings
  private let validity: Int64

  init() throws {
    scratch = try Scratch()
    dovecot = try Dovecot(in: scratch)
    for number in 1...3 { try dovecot.deliver("m\(number)") }
    settings = ServerSettings(
      host: "localhost", port: dovecot.imaps, security: .tls, auth: .passwordCleartext,
      username: "alice@lab.test")
    let client = try IMAPClient(
      to: Endpoint(host: "localhost", port: dovecot.imaps, security: .tls), Self.connection)
    try client.login("alice@lab.test", Secret(copying: "lab-pass".utf8))
    validity = Int64(try client.examine("INBOX").validity ?? 0)
    client.logout()
    try #require(logins(1) == 1, "the line of this login is written later")
  }

  private static let connection = ConnectionSettings(trust: .laboratory)

  private func check(_ settings: ServerSettings, _ password: String = "lab-pass") -> InboxCheck {
    InboxCheck(
      passwords: [settings: Secret(copying: password.utf8)], connection: Self.connection)
  }

  private func question(
    _ known: Set<UInt32>, validity: Int64? = nil, _ settings: ServerSettings? = nil
  ) -> MailboxQuestion {
    MailboxQuestion(
      settings: settings ?? self.settings, mailbox: "INBOX", validity: validity ?? self.validity,
      known: known)
  }

  /// How many there are when these many should be.
  private func logins(_ wanted: Int) -> Int { awaited(wanted) { dovecot.lines(with: "Login:") } }
  private func failures(_ wanted: Int) -> Int {
    awaited(wanted) { dovecot.lines(with: "auth failed, 1 attempts") }
  }

  @Test func `yes where every message is known, and others that are gone`() {
    #expect(check(settings).answer(question([1, 2, 3])) == .allKnown)
    #expect(check(settings).answer(question([1, 2, 3, 4, 90])) == .allKnown)
  }

  @Test func `no where one is not, however many there are`() {
    #expect(
      check(settings).answer(question([1, 3, 4]))
        == .not("the server has 1 of 3 messages that the client has not yet"))
    #expect(check(settings).answer(question([])) != .allKnown)
  }

  @Test func `no where the messages are numbered anew`() {
    guard case .not = check(settings).answer(question([1, 2, 3], validity: validity + 1)) else {
      Issue.record("another UIDVALIDITY counts")
      return
    }
  }

  @Test func `a wrong password is tried once in a run`() {
    let check = check(settings, "wrong")
    for _ in 0..<2 {
      guard case .unanswered(let refusal) = check.answer(question([1, 2, 3])) else {
        Issue.record("a wrong password lets in")
        return
      }
      #expect(refusal.reason == .loginRefused)
    }
    #expect(failures(1) == 1)
  }

  /// Who has a password for one account has none for another on the same server.
  @Test func `only the account that the password is for`() {
    var other = settings
    other.host = "127.0.0.1"
    guard case .unanswered(let refusal) = check(settings).answer(question([1, 2, 3], other)) else {
      Issue.record("asked another server")
      return
    }
    #expect(refusal.reason == .notYet && logins(1) == 1 && failures(0) == 0)
  }

  @Test func `only by a password`() {
    for auth in [AuthMethod.oauth2, .gssapi, .ntlm, .tlsClientCertificate, .none] {
      var other = settings
      other.auth = auth
      guard case .unanswered(let refusal) = check(other).answer(question([1, 2, 3], other)) else {
        Issue.record("\(auth)")
        continue
      }
      #expect(refusal.reason == .unsupported)
    }
    var challenge = settings
    challenge.auth = .passwordEncrypted
    #expect(check(challenge).answer(question([1, 2, 3], challenge)) == .allKnown)
    challenge.security = .none
    challenge.port = dovecot.imap
    #expect(check(challenge).answer(question([1, 2, 3], challenge)) != .allKnown)
    #expect(logins(2) == 2)
  }

  @Test func `in clear where the account is`() {
    var plain = settings
    plain.security = .none
    plain.port = dovecot.imap
    #expect(check(plain).answer(question([1, 2, 3], plain)) == .allKnown)
  }

  @Test func `a server that is not there`() throws {
    var other = settings
    other.port = try LocalServer { _ in }.port
    guard case .unanswered(let refusal) = check(other).answer(question([1], other)) else {
      Issue.record("a yes of nobody")
      return
    }
    #expect(refusal.reason == .serverUnreachable)
    #expect(refusal.text.hasPrefix("nothing listens at localhost:"))
  }
}
