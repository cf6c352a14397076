import ProfileRewriter
import Testing

@testable import Command

/// The few functions of the command that can be wrong by themselves.
@Suite struct PureTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test(arguments: [
    ("/a/b", "/a/b"), ("/a//b/", "/a/b"), ("/a/./b/.", "/a/b"), ("/a/../b", "/b"), ("/..", "/"),
    ("/", "/"), ("/a/b/..", "/a"),
  ])
  func pathsAreNormalisedByTheirLetters(_ path: String, _ expected: String) throws {
    #expect(try AbsolutePath.from(bytes(path)) == bytes(expected))
  }

  @Test func valuesComeAsAScriptExpectsThem() {
    #expect(PlainValue(spelling: nil) == .absent)
    #expect(PlainValue(spelling: bytes(#""pop3""#)) == .text(bytes("pop3")))
    #expect(PlainValue(spelling: bytes(#""a\"b\\c\nd""#)) == .text(bytes("a\"b\\c\nd")))
    #expect(PlainValue(spelling: bytes(#""\u00e9\ud83d\ude00""#)) == .text(bytes("é😀")))
    #expect(PlainValue(spelling: bytes("995")) == .number(995))
    #expect(PlainValue(spelling: bytes("-1")) == .number(-1))
    #expect(PlainValue(spelling: bytes("007")) == .text(bytes("007")))
    #expect(PlainValue(spelling: bytes("true")) == .flag(true))
    #expect(
      PlainValue(spelling: bytes("mailbox://a@b/Inbox")) == .text(bytes("mailbox://a@b/Inbox")))
    #expect(PlainValue(spelling: bytes(#"""#)) == .text(bytes(#"""#)))
    #expect(PlainValue(spelling: [0x22, 0xe9, 0x22]) == .text([0xe9]))
  }

  @Test func whatSteersATerminalIsEscapedInJSON() {
    let line = JSONObject.line { $0.add("k", "a\u{1b}[31m\u{202e}\u{9b}\u{e0041}\"\\\n\u{7f}é") }
    #expect(
      String(decoding: line, as: UTF8.self)
        == #"{"k":"a\u001b[31m\u202e\u009b\udb40\udc41\"\\\n\u007fé"}"#)
  }

  @Test func bytesThatAreNotUTF8StandBesideALossyText() {
    let line = JSONObject.line { $0.add("profile", [0x63, 0xe9]) }
    #expect(String(decoding: line, as: UTF8.self) == #"{"profile":"c�","profile_b64":"Y+k="}"#)
  }

  @Test func theFirstOutcomeThatHoldsIsTheStatus() {
    var outcome = Outcome()
    #expect(outcome.status == .done)
    outcome.note(.changesFound)
    #expect(outcome.status == .changesFound)
    outcome.note(refused: .symlink)
    #expect(outcome.status == .refused)
    outcome.note(refused: .stale)
    #expect(outcome.status == .stale)
    outcome.note(.conflict)
    #expect(outcome.status == .conflict)
    outcome.note(refused: .io)
    #expect(outcome.status == .failed)
    outcome.note(.interrupted)
    #expect(outcome.status == .interrupted)
  }

  @Test func wordsAreQuotedForTheShell() {
    #expect(Shell.quoted("imap.example.net") == "imap.example.net")
    #expect(Shell.quoted("") == "''")
    #expect(Shell.quoted("a b") == "'a b'")
    #expect(Shell.quoted("it's") == #"'it'\''s'"#)
    #expect(Shell.quoted("$(reboot)") == "'$(reboot)'")
  }

  @Test func columnsAreAlignedAndLinesEndWithTheirText() {
    var table = Table(["A", "LONG", "C"])
    table.add([.init(text: "longer"), .init(text: "x"), .init(text: "")])
    table.add([.init(text: "é"), .init(text: "y"), .init(text: "z")])
    let plain = Terminal(isTerminal: false, isColoured: false)
    #expect(table.rendered(for: plain).joined() == "A       LONG  C\nlonger  x\né       y     z\n")
  }

  @Test func timesAreUTC() {
    #expect(Timestamp.utc(0) == "1970-01-01T00:00:00Z")
    #expect(Timestamp.utc(1_795_487_723) == "2026-11-24T02:35:23Z")
  }
}
