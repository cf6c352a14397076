import Testing

@testable import MailCheck

/// Answers as servers send them, and as they must not.
@Suite struct IMAPParserTests {
  private func parse(_ text: String) throws -> IMAPResponse {
    try IMAPParser.response(Array(text.utf8))
  }

  private func atom(_ text: String) -> IMAPValue { .atom(Array(text.utf8)) }
  private func string(_ text: String) -> IMAPValue { .string(Array(text.utf8)) }

  private func status(
    _ kind: IMAPStatus.Kind, _ text: String, code: String? = nil, _ arguments: [IMAPValue] = []
  ) -> IMAPStatus {
    IMAPStatus(kind: kind, code: code, arguments: arguments, text: Array(text.utf8))
  }

  @Test func `answers to people`() throws {
    #expect(try parse("* OK ready") == .status(tag: nil, status(.ok, "ready")))
    #expect(try parse("* bye") == .status(tag: nil, status(.bye, "")))
    #expect(try parse("* PREAUTH ") == .status(tag: nil, status(.preauth, "")))
    #expect(try parse("a1 no  two") == .status(tag: Array("a1".utf8), status(.no, " two")))
    #expect(
      try parse("a2 NO [AUTHENTICATIONFAILED] Wrong {3}")
        == .status(tag: Array("a2".utf8), status(.no, "Wrong {3}", code: "AUTHENTICATIONFAILED")))
    #expect(
      try parse("* OK [UIDVALIDITY 17] x")
        == .status(tag: nil, status(.ok, "x", code: "UIDVALIDITY", [atom("17")])))
    #expect(
      try parse(#"* OK [PERMANENTFLAGS (\Seen \*)] x"#)
        == .status(
          tag: nil,
          status(.ok, "x", code: "PERMANENTFLAGS", [.list([atom(#"\Seen"#), atom(#"\*"#)])])))
    #expect(
      try parse("* OK [READ-WRITE]") == .status(tag: nil, status(.ok, "", code: "READ-WRITE")))
    #expect(
      try parse(#"* OK [X "a]b" c] d]"#)
        == .status(tag: nil, status(.ok, "d]", code: "X", [string("a]b"), atom("c")])))
    #expect(try parse("+ go on") == .continuation(text: Array("go on".utf8)))
    #expect(try parse("+") == .continuation(text: []))
  }

  @Test func `data`() throws {
    #expect(
      try parse("* CAPABILITY IMAP4rev1 auth=Plain") == .capability(["IMAP4REV1", "AUTH=PLAIN"]))
    #expect(try parse("* SEARCH") == .search([]))
    #expect(try parse("* SEARCH ") == .search([]))
    #expect(try parse("* search 1 22 4294967295") == .search([1, 22, .max]))
    #expect(try parse("* SEARCH 1 (MODSEQ 9)") == .search([1]))
    #expect(try parse("* 12 EXISTS") == .number(12, name: "EXISTS"))
    #expect(
      try parse("* STATUS INBOX (MESSAGES 3 UIDNEXT 12 MAILBOXID (x))")
        == .mailboxStatus(mailbox: Array("INBOX".utf8), ["MESSAGES": 3, "UIDNEXT": 12]))
    #expect(
      try parse("* STATUS {5}\r\na\"\r\n) (UNSEEN 0)")
        == .mailboxStatus(mailbox: Array("a\"\r\n)".utf8), ["UNSEEN": 0]))
    #expect(
      try parse(#"* LIST (\A) "/" "a \"b\\""#)
        == .other(
          name: "LIST", [.list([atom(#"\A"#)]), string("/"), string(#"a "b\"#)]))
    #expect(
      try parse("* LIST () NIL {2+}\r\nab")
        == .other(name: "LIST", [.list([]), atom("NIL"), string("ab")]))
    #expect(try parse("* FLAGS") == .other(name: "FLAGS", []))
  }

  @Test(arguments: [
    "", " ", "*", "* ", "a1", "a1 ", "* OK [", "* OK [X", "* OK [X (a] b", "a1 SEARCH 1",
    "* SEARCH x", "* SEARCH 4294967296", "* SEARCH 99999999999999999999999", "* SEARCH 1,2",
    "* SEARCH -1", "* STATUS a", "* STATUS a (b", "* STATUS a (b)", "* STATUS (a) (b 1)",
    "* LIST (", "* LIST )", "* LIST \"", "* LIST \"\\", "* LIST {3}\r\nab", "* LIST {3}ab",
    "* LIST {}\r\n", "* LIST {99999999999999999999}\r\n", "* LIST {4294967295}\r\na",
    "* LIST a\rb", "* 12", "* 12 ", "* ]",
  ]) func `what is no answer`(_ text: String) {
    #expect(throws: IMAPParser.Failure.self) { try parse(text) }
  }

  @Test func `lists within lists`() throws {
    func nested(_ depth: Int) -> String {
      "* X " + String(repeating: "(", count: depth) + String(repeating: ")", count: depth)
    }
    _ = try parse(nested(IMAPParser.mostNested))
    #expect(throws: IMAPParser.Failure.self) { try parse(nested(IMAPParser.mostNested + 1)) }
    #expect(throws: IMAPParser.Failure.self) {
      try parse("* X " + String(repeating: "(", count: 1_000_000))
    }
  }

  /// Every cut and every changed byte of real answers ends in an answer or a failure, never in a trap.
  @Test func `anything at all`() {
    let answers = [
      "* OK [PERMANENTFLAGS (\\Seen \\*)] x", "* STATUS {5}\r\na\"\r\n) (UNSEEN 0)",
      "* LIST (\\A) \"/\" \"a \\\"b\\\\\"", "a1 NO [X] y", "* SEARCH 1 2 3 (MODSEQ 9)", "+ go on",
      "* 1 FETCH (BODY[HEADER (A B)] {3}\r\nabc)",
    ].map { Array($0.utf8) }
    var generator = SystemRandomNumberGenerator()
    for answer in answers {
      for end in 0...answer.count { _ = try? IMAPParser.response(Array(answer[..<end])) }
      for _ in 0..<1000 {
        var changed = answer
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          let place = Int.random(in: 0..<changed.count, using: &generator)
          changed[place] =
            Bool.random()
            ? UInt8.random(in: 0...255) : Array("(){}[]\"\\ \r\n09+*".utf8).randomElement() ?? 0
        }
        _ = try? IMAPParser.response(changed)
        _ = IMAPParser.literal(after: changed, isFirst: true)
      }
    }
  }

  @Test func `where a literal follows`() {
    func literal(_ line: String, _ isFirst: Bool = true) -> Int? {
      IMAPParser.literal(after: Array(line.utf8), isFirst: isFirst)
    }
    #expect(literal("* LIST () NIL {5}") == 5)
    #expect(literal("* LIST () NIL {5+}") == 5)
    #expect(literal(" (x {0}", false) == 0)
    #expect(literal("* OK see {5}") == nil)
    #expect(literal("a1 NO [ALERT] {5}") == nil)
    #expect(literal("+ {5}") == nil)
    #expect(literal(" OK {5}", false) == 5)
    #expect(literal("* LIST {}") == nil)
    #expect(literal("* LIST {x}") == nil)
    #expect(literal("* LIST 5}") == nil)
    #expect(literal("{99999999999}") == nil)
  }
}
