import ConfigFormats
import ProfileRewriter
import Testing

@testable import Adapters

/// Saved passwords: the keyed document.
@Suite("Thunderbird: passwords")
struct ThunderbirdPasswordTests {
  private static func file(_ count: Int, pretty: Bool = false) -> String {
    let entries = (1...max(1, count)).map {
      ProfileBuilder.login(id: $0, origin: "mailbox://h\($0)", secret: "s\($0)")
    }.prefix(count)
    let separator = pretty ? ",\n    " : ","
    return "{\"nextId\":\(count + 1),\"logins\":[\(entries.joined(separator: separator))],"
      + "\"version\":3}"
  }

  private static func key(_ number: Int) -> String {
    "logins[{00000000-0000-4000-8000-00000000000\(number)}]"
  }

  @Test func keysAndValues() throws {
    let document = try LoginsDocument(parsing: Array(Self.file(2).utf8))
    #expect(document.keys(withPrefix: "") == ["nextId", Self.key(1), Self.key(2)])
    #expect(document.keys(withPrefix: "logins[") == [Self.key(1), Self.key(2)])
    #expect(
      document.value(forKey: Self.key(2)) == Array("\"Us2\"".utf8) + [0] + Array("\"Ps2\"".utf8))
    #expect(document.value(forKey: "nextId") == Array("3".utf8))
    #expect(document.value(forKey: Self.key(3)) == nil)
    #expect(try document.edits(setting: Self.key(3), to: nil) == [])
    #expect(throws: KeyedDocumentError.self) {
      try document.edits(setting: Self.key(1), to: Array("x".utf8))
    }
  }

  @Test(arguments: [[2, 3], [3], [2], [1], [3, 2]], [false, true])
  func loginsGoWithTheirCommas(numbers: [Int], pretty: Bool) throws {
    let document = try LoginsDocument(parsing: Array(Self.file(3, pretty: pretty).utf8))
    let edits = try numbers.flatMap { try document.edits(setting: Self.key($0), to: nil) }
    let after = try LoginsDocument(parsing: document.source.applying(edits))
    let left = (1...3).filter { !numbers.contains($0) }.map(Self.key)
    #expect(after.keys(withPrefix: "logins[") == left)
  }

  @Test(
    arguments: [[1, 2], [2, 1], [1, 2, 3], [1, 3], [2, 3], [1], [3]], [false, true])
  func severalLoginsGoTogether(numbers: [Int], pretty: Bool) throws {
    let document = try LoginsDocument(parsing: Array(Self.file(3, pretty: pretty).utf8))
    let edits = try document.edits(
      setting: numbers.map { (Self.key($0), nil) } + [("nextId", Array("9".utf8))])
    let after = try LoginsDocument(parsing: document.source.applying(edits))
    let left = (1...3).filter { !numbers.contains($0) }.map(Self.key)
    #expect(after.keys(withPrefix: "logins[") == left)
    #expect(after.value(forKey: "nextId") == Array("9".utf8))
  }

  @Test func copyAndRemovalGiveTheSameBytes() throws {
    for pretty in [false, true] {
      var before = Lab { $0.addPOP() }
      before.profile["logins.json"] = Self.file(2, pretty: pretty).replacing("://h", with: "://x")
        .replacing("mailbox://x1", with: "mailbox://pop.lab.test")
        .replacing("mailbox://x2", with: "mailbox://pop.lab.test")
      let lab = try before.switched()
      let document = try LoginsDocument(parsing: Array((lab.profile["logins.json"] ?? "").utf8))
      #expect(document.logins.count == 4)
      var edits: [SourceEdit] = []
      for key in document.keys(withPrefix: "logins[{1111") {
        edits += try document.edits(setting: key, to: nil)
      }
      let next = try document.edits(setting: "nextId", to: Array("3".utf8))
      let bytes = try document.source.applying(edits + next)
      #expect(String(decoding: bytes, as: UTF8.self) == before.profile["logins.json"])
    }
  }

  @Test(arguments: ["[]", "{}", "{\"logins\":{}}", "", "{\"logins\":[}"])
  func whatIsNoLoginStore(text: String) {
    #expect(throws: SyntaxError.self) { try LoginsDocument(parsing: Array(text.utf8)) }
  }
}
