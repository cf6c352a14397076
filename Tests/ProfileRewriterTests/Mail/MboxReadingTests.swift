import Glibc
import MailFormats
import Testing

@testable import ProfileRewriter

/// Reading Thunderbird's mbox store. The texts are those that Thunderbird 153 was given and was seen
/// to read so; where we differ, the test says it.
@Suite struct MboxReadingTests {
  static let from = "From - Tue Nov 24 02:43:51 2026\n"

  static func header(_ id: String) -> String { "Subject: \(id)\nMessage-ID: <\(id)@x.test>\n\n" }

  @Test func anEmptyLineBeforeASeparatorIsNotNeededAndOneIsTaken() throws {
    let text =
      Self.from + Self.header("a") + "one\n" + Self.from + Self.header("b") + "two\n\n\n"
      + Self.from + Self.header("c") + "three\n\n"
    #expect(
      try contents(text) == [
        Self.header("a") + "one\n", Self.header("b") + "two\n\n", Self.header("c") + "three\n",
      ])
  }

  @Test(arguments: [
    ("From x y z", "Foo: x\nBar: y", true), ("From x y z", "Subject: s", false),
    ("From x y z", "Foo: x\n cont", false), ("From x y z", "a b\nFoo: x", false),
    ("From x y z", "Foo: x\nnot header", false), ("From x y z", "Foo:\nBar:", true),
    ("From x y z", "X_a: b\n12: c", true), ("From x y z", "Foo: x\n cont\nBar: y", true),
    ("From x y z", "Foo :x\nBar :y", false), ("From ", "http://a\nhttps://b", true),
    ("From - Tue Nov 24 02:43:51 2026", "Foo: x", false),
    ("From someone@x.test", "Subject: s\r\nX: y", true), ("From x", "\nFoo: x\nBar: y", false),
    ("From x", ">From a: b\nFoo: x\nBar: y", false),
  ])
  func twoHeaderFieldsMakeASeparator(_ line: String, _ next: String, _ splits: Bool) throws {
    let text = Self.from + Self.header("a") + "body\n\n\(line)\n\(next)\n\ntail\n\n"
    #expect(try contents(text).count == (splits ? 2 : 1))
  }

  @Test func quotingIsTakenOut() throws {
    let text = Self.from + Self.header("a") + "body\n>From one\n>>From two\n >From three\n\n"
    #expect(
      try contents(text) == [Self.header("a") + "body\nFrom one\n>From two\n >From three\n"])
  }

  @Test func lineEndsStayAsTheyAre() throws {
    let body = (Self.header("a") + "crlf\nbody\n").replacingOccurrences("\n", "\r\n")
    let text = Self.from + body + "\r\n" + Self.from + Self.header("b") + "no final newline"
    #expect(try contents(text) == [body, Self.header("b") + "no final newline"])
  }

  @Test func aMessageWithoutBodyKeepsItsEmptyLine() throws {
    let text =
      Self.from + Self.header("a") + Self.from + Self.header("b") + "\n" + Self.from
      + Self.header("c")
    #expect(try contents(text) == ["a", "b", "c"].map(Self.header))
  }

  @Test func eightBitsAndNULs() throws {
    let body = "Grüße\0\u{80}\n"
    #expect(try contents(Self.from + Self.header("a") + body + "\n") == [Self.header("a") + body])
  }

  @Test func marksAndWhatTheStoreAdds() throws {
    let added =
      "X-Account-Key: account1\nX-UIDL: u1\nX-Mozilla-Status: 0005\n"
      + "X-Mozilla-Status2: 00000000\nX-Mozilla-Keys: $label1          \n"
    let text =
      Self.from + added + Self.header("a") + "x\n\n" + Self.from
      + "X-Mozilla-Status: 0009\n" + Self.header("b") + "y\n\n"
    let found = try read(text)
    #expect(found.map(\.content) == [Self.header("a") + "x\n", Self.header("b") + "y\n"])
    #expect(found.map(\.flags) == [[.seen, .flagged], [.seen, .deleted]])
    #expect(found.map(\.keywords) == [["$label1"], []])
    #expect(found.map(\.uidl) == ["u1", nil])
    #expect(found.map(\.isGone) == [false, true])
    #expect(found.map(\.id) == ["a@x.test", "b@x.test"])
    #expect(found.allSatisfy { $0.damage == nil })
  }

  /// Thunderbird takes the first two of these for one message, and shows the last of them nowhere.
  @Test func headersThatBreakOffAreNamed() throws {
    let text =
      Self.from + "Subject: a\nMessage-ID: <a@x.test>\n" + Self.from + Self.header("b")
      + "body\n\n" + Self.from + "Subject: c\nMessage-ID: <c@x.te"
    let found = try read(text)
    #expect(found.map(\.damage) == [.truncated, nil, .truncated])
    #expect(
      found.map(\.content) == [
        "Subject: a\nMessage-ID: <a@x.test>\n", Self.header("b") + "body\n",
        "Subject: c\nMessage-ID: <c@x.te",
      ])
  }

  /// However little of the last message came down, it is no part of the one before.
  @Test(arguments: [
    "", "\n", "\nSub", "\nSubject: cut o", "\nSubject: x\n folded", "\nSubject: x\n",
  ])
  func aLastMessageThatBreaksOffIsNamed(_ rest: String) throws {
    let found = try read(
      Self.from + Self.header("a") + "body\n\nFrom - Tue Nov 24 02:43:51 2026" + rest)
    #expect(found.map(\.damage) == [nil, .truncated])
    #expect(found.first?.content == Self.header("a") + "body\n")
    #expect(found.last?.content == String(rest.dropFirst()))
  }

  /// Thunderbird shows nothing of a file that begins otherwise.
  @Test func whatIsNoMessageIsNamed() throws {
    let found = try read("garbage\nfirst\n\n" + Self.from + Self.header("a") + "body\n\n")
    #expect(found.map(\.damage) == [.notAMessage, nil])
    #expect(found.map(\.content) == ["garbage\nfirst\n\n", Self.header("a") + "body\n"])
    #expect(try read(Self.from).map(\.damage) == [.truncated])
    #expect(try read("\n\n").isEmpty)
    #expect(try read("").isEmpty)
  }

  /// Messages of every length around a window that is much too small, and the same answers as with
  /// one that holds all.
  @Test(arguments: [640, 1000, 1024, 1500])
  func longMessagesAreReadInPieces(_ capacity: Int) throws {
    var text = ""
    for number in 0..<60 {
      let lines = (0..<number).map { "line \($0)\n>From here\nFrom there\n" }.joined()
      text += Self.from + "X-Mozilla-Status: 0001\n" + Self.header("m\(number)") + lines + "\n"
    }
    let whole = try read(text)
    #expect(whole.count == 60)
    // A long message's marks are looked for in what fits of it.
    #expect(try read(text, capacity: capacity).map(\.content) == whole.map(\.content))
  }

  @Test func sizesAreThoseOfTheContent() throws {
    let text =
      Self.from + Self.header("a") + String(repeating: "b\n>From c\n", count: 200) + "\n"
    for capacity in [640, 1 << 20] {
      let found = try read(text, capacity: capacity)
      #expect(found.map(\.size) == found.map(\.content.utf8.count))
    }
  }

  @Test func aFileThatChangesIsStale() throws {
    let scratch = try Scratch()
    let text = Self.from + Self.header("a") + "b\n\n"
    try scratch.file("Inbox", text)
    let root = try OpenRoot(path: scratch.bytes)
    let file = try #require(try root.watchedFile("Inbox"))
    let found = reason {
      try MboxReading(source: file, folder: "Inbox").forEachMessage { _ in
        try? scratch.file("Inbox", text + text)
        return true
      }
    }
    #expect(found == .stale)
  }

  /// A source that says it is as long as no file can be.
  private struct Endless: WindowSource {
    var path: [UInt8] { Array("endless".utf8) }
    var size: Int? { .max }
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(Refusal) -> Int {
      buffer.initializeMemory(as: UInt8.self, repeating: 0)
      return buffer.count
    }
  }

  @Test func aWindowOverASizeWithoutEnd() {
    #expect(FileWindow(Endless(), capacity: 4096).capacity == 4096)
  }

  /// Told to stop in the middle of a message that does not end.
  @Test(.timeLimit(.minutes(1))) func aLongMessageIsStoppedAtTheNextWindow() throws {
    let scratch = try Scratch()
    try scratch.file("Inbox", Self.from + Self.header("a"))
    #expect(truncate(scratch.path + "/Inbox", 1 << 24) == 0)
    let root = try OpenRoot(path: scratch.bytes)
    let file = try #require(try root.watchedFile("Inbox"))
    var asked = 0
    var given = 0
    let found = reason {
      try MboxReading(
        source: file, folder: "Inbox", capacity: 1 << 16,
        shouldStop: {
          asked += 1
          return asked == 3
        }
      ).forEachMessage { _ in
        given += 1
        return true
      }
    }
    #expect(found == .interrupted)
    #expect((asked, given) == (3, 0))
  }

  /// Terabytes that take no room, and days to be read.
  @Test func aSparseFileIsNoMailbox() throws {
    let scratch = try Scratch()
    try scratch.file("Inbox", Self.from + Self.header("a") + "b\n\n")
    let root = try OpenRoot(path: scratch.bytes)
    #expect(truncate(scratch.path + "/Inbox", 1 << 30) == 0)
    _ = try #require(try root.watchedFile("Inbox"))
    #expect(truncate(scratch.path + "/Inbox", 8 << 40) == 0)
    let refusal = refusal { _ = try root.watchedFile("Inbox") }
    #expect(refusal?.reason == .tooLarge)
    #expect(refusal?.text.contains("sparse") == true)
  }

  @Test func linksAreNotFollowed() throws {
    let scratch = try Scratch()
    try scratch.file("Elsewhere", "")
    scratch.link("Inbox", to: "Elsewhere")
    let root = try OpenRoot(path: scratch.bytes)
    #expect(reason { _ = try root.watchedFile("Inbox") } == .symlink)
  }

  // MARK: -

  struct Found {
    var content: String
    var size: Int
    var flags: MessageFlags
    var keywords: [String]
    var uidl: String?
    var id: String?
    var isGone: Bool
    var damage: MessageDamage?
  }

  private func contents(_ text: String) throws -> [String] { try read(text).map(\.content) }

  private func read(_ text: String, capacity: Int = 1 << 20) throws -> [Found] {
    let scratch = try Scratch()
    try scratch.file("Inbox", text)
    let root = try OpenRoot(path: scratch.bytes)
    let file = try #require(try root.watchedFile("Inbox"))
    var found: [Found] = []
    try MboxReading(source: file, folder: "Inbox", capacity: capacity).forEachMessage { message in
      var content: [UInt8] = []
      do {
        try message.read {
          content += $0
          return true
        }
      } catch { Issue.record(error) }
      found.append(
        Found(
          content: String(decoding: content, as: UTF8.self), size: message.size,
          flags: message.marks.flags,
          keywords: message.marks.keywords.map { String(decoding: $0, as: UTF8.self) },
          uidl: message.uidl.map { String(decoding: $0, as: UTF8.self) },
          id: message.messageID.map { String(decoding: $0, as: UTF8.self) },
          isGone: message.isGone, damage: message.damage))
      return true
    }
    return found
  }
}

extension String {
  fileprivate func replacingOccurrences(_ old: Character, _ new: String) -> String {
    map { $0 == old ? new : String($0) }.joined()
  }
}
