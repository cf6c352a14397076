import ConfigFormats
import ProfileRewriter
import Testing

@testable import Adapters

/// Saved passwords: the keyed document, primary passwords, OAuth2 permissions.
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

  // MARK: Primary password

  /// A page of SQLite with the row `password` as Thunderbird 153 writes it: a salt of 20 or 48
  /// bytes, then the head of a PBES2 value with the iteration count.
  private static func keyDatabase(iterations: [UInt8], live: Bool = true) -> [UInt8] {
    let scheme: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05]
    let salt = [UInt8](repeating: 7, count: 32)
    var value: [UInt8] = [0x30, 0x81, 0x81, 0x30, 0x6D] + scheme + [0x0D, 0x30, 0x60, 0x30, 0x41]
    value += scheme + [0x0C, 0x30, 0x34, 0x04, 0x20] + salt + [0x02, UInt8(iterations.count)]
    value += iterations + [0x02, 0x01, 0x20]
    let row: [UInt8] = [0x60, 1, 5, 0x1D, 0x34, 0x81, 0x14] + Array("password".utf8)
    var page = [UInt8](repeating: 0, count: 512)
    page[0] = 0x0D
    page[4] = live ? 1 : 0
    page.replaceSubrange(8..<10, with: [1, 0])
    let cell = row + [UInt8](repeating: 9, count: 20) + value
    page.replaceSubrange(256..<256 + cell.count, with: cell)
    var header = Array("SQLite format 3\0".utf8) + [2, 0]
    header += [UInt8](repeating: 0, count: 512 - header.count)
    return header + page
  }

  @Test func primaryPassword() throws {
    func warns(_ bytes: [UInt8]) throws -> Bool {
      var lab = Lab { $0.addPOP() }
      lab.profile.put(.file(bytes), at: "key4.db")
      return try lab.warnings().contains(.primaryPassword)
    }
    #expect(try warns(Self.keyDatabase(iterations: [0x27, 0x10])))
    #expect(try !warns(Self.keyDatabase(iterations: [1])))
    #expect(try !warns(Self.keyDatabase(iterations: [0x27, 0x10], live: false)))
    #expect(try !warns(Array("password".utf8)))
    #expect(KeyDatabase.iterationCounts(in: Self.keyDatabase(iterations: [0x27, 0x10])) == [10000])
  }

  // MARK: OAuth2

  @Test(arguments: [
    ("imap.gmail.com", "oauth://accounts.google.com", "https://mail.google.com/ x", "is saved"),
    ("imap.gmail.com", "oauth://accounts.google.com", "x", "asks for it once"),
    ("imap.gmail.com", "oauth://other", "https://mail.google.com/", "asks for it once"),
    ("imap.notgmail.com", "oauth://accounts.google.com", "https://mail.google.com/", "no issuer"),
  ])
  func permissions(host: String, origin: String, realm: String, text: String) throws {
    var lab = Lab { $0.addPOP(more: ["authMethod": .int(10)]) }
    lab.profile["logins.json"] = Self.file(1)
      .replacing("\"hostname\":\"mailbox://h1\"", with: "\"hostname\":\"\(origin)\"")
      .replacing("\"httpRealm\":\"mailbox://h1\"", with: "\"httpRealm\":\"\(realm)\"")
    let warnings = try lab.plan(to: Lab.imap(host: host, auth: .oauth2)).outcomes[0].warnings
    let warning = try #require(warnings.first { $0.code == .oauth2 })
    #expect(warning.text.contains(text))
    #expect(!warnings.contains { $0.code == .noSavedPassword })
  }
}
