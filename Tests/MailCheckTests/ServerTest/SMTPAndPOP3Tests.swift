import ProfileRewriter
import Testing

@testable import MailCheck

/// The two clients with servers that no real one would be.
@Suite struct SMTPAndPOP3Tests {
  private func connection(
    _ security: TransportSecurity = .none, _ script: @escaping @Sendable (LocalServer.Peer) -> Void
  ) throws -> LineConnection {
    let server = try LocalServer(script)
    let connection = try LineConnection(
      to: Endpoint(host: "127.0.0.1", port: server.port, security: security),
      ConnectionSettings(
        limits: ConnectionLimits(connecting: 2, answer: 2, total: 6, size: 200_000)))
    try connection.awaitGreeting()
    return connection
  }

  /// Its code; nil where there is none.
  private func failure(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch let error as IMAPFailure {
      return error.code
    } catch {
      return "\(error)"
    }
  }

  private func served(_ greeting: String, _ answers: [String])
    -> @Sendable (LocalServer.Peer) -> Void
  {
    { peer in
      peer.say(greeting)
      for answer in answers {
        _ = peer.hearLine()
        peer.say(answer)
      }
      peer.stayQuiet()
    }
  }

  @Test(
    arguments: [
      ("220 ready\r\n", "250 ok\r\n", nil), ("220-a\r\n220 b\r\n", "250-x\r\n250 y\r\n", nil),
      ("250 ready\r\n", "", "protocol-violation"), ("554 no\r\n", "", "rejected"),
      ("22 ready\r\n", "", "protocol-violation"), ("220_ready\r\n", "", "protocol-violation"),
      ("220-a\r\n221 b\r\n", "", "protocol-violation"), ("920 ready\r\n", "", "protocol-violation"),
      ("220 ready\r\n", "550 no\r\n", "command-refused"), ("220 ready\r\n", "", "timed-out"),
      ("220 ready\r\n", "220 ok\r\n", "protocol-violation"),
    ] as [(String, String, String?)])
  func `SMTP replies`(_ greeting: String, _ answer: String, _ code: String?) throws {
    let found = failure {
      _ = try SMTPClient(on: try connection(.none, served(greeting, [answer])))
    }
    #expect(found == code)
  }

  @Test func `an SMTP reply without end`() throws {
    let connection = try connection { peer in
      let piece = Array(String(repeating: "220-more\r\n", count: 100).utf8)
      while peer.say(piece) {}
    }
    let error = #expect(throws: IMAPFailure.self) { try SMTPClient(on: connection) }
    #expect(error?.code == "too-large")
  }

  @Test(
    arguments: [
      ("+OK ready\r\n", ["+OK\r\nTOP\r\nUIDL\r\n.\r\n"], nil), ("+OK\r\n", ["-ERR what\r\n"], nil),
      ("-ERR busy\r\n", [], "rejected"), ("OK\r\n", [], "protocol-violation"),
      ("+OK\r\n", ["OK\r\n"], "protocol-violation"), ("+OK\r\n", [], "timed-out"),
      ("+OK\r\n", ["+OK\r\nno end\r\n"], "timed-out"),
    ] as [(String, [String], String?)])
  func `POP3 replies`(_ greeting: String, _ answers: [String], _ code: String?) throws {
    let found = failure { _ = try POP3Client(on: try connection(.none, served(greeting, answers))) }
    #expect(found == code)
  }

  @Test(arguments: ["a\r\nDELE 1", "a\nb", "a\0b", ""]) func `what is no line is not sent`(
    _ text: String
  ) throws {
    let answers = ["+OK\r\nUSER\r\n.\r\n", "+OK logged in\r\n", "+OK logged in\r\n"]
    let client = try POP3Client(on: connection(.none, served("+OK\r\n", answers)))
    #expect(throws: IMAPFailure.unusableCredential) {
      try client.login("alice", Secret(copying: text.utf8), allowsCleartext: true)
    }
    #expect(throws: IMAPFailure.unusableCredential) {
      try client.login(text, Secret(copying: "x".utf8), allowsCleartext: true)
    }
  }

  @Test func `no password without TLS where TLS was meant`() throws {
    let pop = try POP3Client(on: connection(.none, served("+OK\r\n", ["+OK\r\nUSER\r\n.\r\n"])))
    #expect(throws: IMAPFailure.passwordNeedsTLS) {
      try pop.login("alice", Secret(copying: "x".utf8))
    }
    let smtp = try SMTPClient(
      on: connection(.none, served("220 x\r\n", ["250-x\r\n250 AUTH PLAIN\r\n"])))
    #expect(throws: IMAPFailure.passwordNeedsTLS) {
      try smtp.login("alice", Secret(copying: "x".utf8))
    }
  }

  @Test func `full stops at the beginning of lines`() {
    let stuffed = SMTPClient.stuffed(Array(".a\r\n..b\r\nc.\r\n.\r\n".utf8))
    #expect(String(decoding: stuffed, as: UTF8.self) == "..a\r\n...b\r\nc.\r\n..\r\n")
  }
}
