import Foundation
import Glibc
import ProfileRewriter
import Testing

@testable import MailCheck

/// Which messages a server has, asked of a real Dovecot.
@Suite(.serialized) struct MailCensusTests {
  private let house: MailHouse

  init() throws { house = try MailHouse.shared() }

  private static let connection = ConnectionSettings(trust: .laboratory)

  private func settings(_ user: String, _ port: Int) -> ServerSettings {
    ServerSettings(
      host: "localhost", port: port, security: .tls, auth: .passwordCleartext,
      username: "\(user)@\(MailHouse.domain)")
  }

  private func question(
    _ user: String, imap: Int? = nil, pop: Int? = nil
  ) -> ServerMailQuestion {
    ServerMailQuestion(
      target: settings(user, imap ?? house.imaps), present: settings(user, pop ?? house.pop3s))
  }

  private func census(_ question: ServerMailQuestion, _ password: String = MailHouse.password)
    -> MailCensus
  {
    MailCensus(
      passwords: [question.target: Secret(copying: password.utf8)], connection: Self.connection)
  }

  private struct Unanswered: Error { var refusal: Refusal }

  private func mail(_ question: ServerMailQuestion) throws -> ServerMail {
    switch census(question).answer(question) {
    case .mail(let mail): return mail
    case .unanswered(let refusal): throw Unanswered(refusal: refusal)
    }
  }

  private func texts(_ ids: Set<[UInt8]>) -> Set<String> {
    Set(ids.map { String(decoding: $0, as: UTF8.self) })
  }

  @Test func `all folders, however a header is spelled, and nothing changes there`() throws {
    try house.deliver("1", to: "census", header: "Message-ID: <a@lab.test>\n")
    try house.deliver("2", to: "census", header: "message-id:\n <b@lab.test>\n")
    try house.deliver("3", to: "census", header: "X-Message-ID: <no@lab.test>\n")
    try house.deliver("4", to: "census", header: "Message-Id: <c \"{3}@lab.test>\n")
    try house.deliver("5", to: "census", folder: ".Archive", header: "Message-ID: <d@lab.test>\n")
    try house.deliver("6", to: "census", folder: ".Archive.Gr&APw-n", header: "Message-ID: e@lab\n")
    let before = house.messages(of: "census")
    #expect(before.count == 6)
    let mail = try mail(question("census"))
    #expect(
      texts(mail.messageIDs) == [
        "a@lab.test", "b@lab.test", "c \"{3}@lab.test", "d@lab.test", "e@lab",
      ])
    #expect(mail.messages == 6 && mail.isComplete && mail.kind == .imap && mail.uniqueIDs.isEmpty)
    guard case .limited(let limits) = mail.room, let bytes = limits.bytes else {
      Issue.record("\(mail.room)")
      return
    }
    #expect(bytes.limit == 100 << 20 && bytes.left < bytes.limit && limits.messages == nil)
    #expect(house.messages(of: "census") == before, "a message was moved or marked")
  }

  @Test func `more messages than are asked about at a time`() throws {
    for number in 1...1203 {
      try house.deliver("m\(number)", to: "many", header: "Message-ID: <\(number)@lab.test>\n")
    }
    let mail = try mail(question("many"))
    #expect(mail.messages == 1203)
    #expect(texts(mail.messageIDs) == Set((1...1203).map { "\($0)@lab.test" }))
  }

  @Test func `a limit on messages that is passed`() throws {
    let mail = try mail(question("full"))
    #expect(mail.messages == 2 && mail.messageIDs.isEmpty)
    guard case .limited(let limits) = mail.room else {
      Issue.record("\(mail.room)")
      return
    }
    #expect(limits.messages == MailRoom.Limit(limit: 1, used: 2) && limits.messages?.left == 0)
  }

  @Test func `POP's unique ids where IMAP cannot be reached`() throws {
    let closed = try LocalServer { _ in }.port
    let question = question("alice", imap: closed)
    let mail = try mail(question)
    #expect(mail.kind == .pop3 && mail.messageIDs.isEmpty && mail.room == .unknown)
    #expect(mail.messages == 3 && mail.uniqueIDs.count == 3)
  }

  @Test func `neither can be reached`() throws {
    let closed = try LocalServer { _ in }.port
    let question = question("alice", imap: closed, pop: closed)
    guard case .unanswered(let refusal) = census(question).answer(question) else {
      Issue.record("an answer of nobody")
      return
    }
    #expect(refusal.reason == .serverUnreachable)
    #expect(refusal.text.contains("nor was POP of use"), "\(refusal.text)")
  }

  /// Neither twice with IMAP nor with POP after it.
  @Test func `a wrong password is tried once, and a right one logs in once`() throws {
    let wrong = question("counted")
    let check = census(wrong, "wrong")
    for _ in 0..<2 {
      guard case .unanswered(let refusal) = check.answer(wrong) else {
        Issue.record("a wrong password lets in")
        return
      }
      #expect(refusal.reason == .loginRefused)
    }
    #expect(awaited(1) { house.wrongPasswords("counted") } == 1)
    let right = census(wrong)
    #expect(right.answer(wrong) == right.answer(wrong))
    #expect(awaited(1) { house.logins("counted") } == 1)
  }

  /// Each once, few of one host at the same time, however many are asked about; what they said is kept.
  @Test func `many accounts at the same time`() throws {
    let counter = Counter()
    let server = try LocalServer { peer in
      counter.come()
      usleep(100_000)
      counter.go()
      peer.say("* BYE later\r\n")
    }
    let closed = try LocalServer { _ in }.port
    func question(_ number: Int) -> ServerMailQuestion {
      let target = ServerSettings(
        host: "127.0.0.1", port: server.port, security: .none, auth: .passwordCleartext,
        username: "u\(number)")
      var present = target
      present.port = closed
      return ServerMailQuestion(target: target, present: present)
    }
    let questions = (0..<6).map(question)
    let census = MailCensus(
      passwords: Dictionary(
        uniqueKeysWithValues: questions.map { ($0.target, Secret(copying: "x".utf8)) }),
      connection: Self.connection)
    var answered: [Int] = []
    census.ask(
      questions + questions, parallel: 8, perHost: 2, answered: { answered.append($0) })
    #expect(answered == Array(1...6) && counter.came == 6 && counter.most == 2)
    for question in questions {
      guard case .unanswered(let refusal) = census.answer(question) else {
        Issue.record("an answer of nobody")
        return
      }
      #expect(refusal.reason == .serverUnreachable)
    }
    #expect(counter.came == 6, "nobody is asked twice")
    let stopped = MailCensus(passwords: [:], connection: Self.connection)
    stopped.ask(questions, shouldStop: { true })
    #expect(counter.came == 6)
  }

  @Test func `only the account that the password is for, and only by a password`() throws {
    let own = question("untried")
    var other = own
    other.target.host = "127.0.0.1"
    guard case .unanswered(let refusal) = census(own).answer(other) else {
      Issue.record("asked another server")
      return
    }
    #expect(refusal.reason == .notYet)
    for auth in [AuthMethod.oauth2, .gssapi, .none] {
      var question = own
      question.target.auth = auth
      guard case .unanswered(let refusal) = census(question).answer(question) else {
        Issue.record("\(auth)")
        continue
      }
      #expect(refusal.reason == .unsupported)
    }
    #expect(awaited(0) { house.logins("untried") } == 0)
  }
}
