import Foundation
import Glibc
import MailFormats
import Testing

@testable import Adapters
@testable import ConfigFormats
@testable import MailBackup
@testable import ProfileRewriter

/// Content that somebody made to be slow, or large, in each place where a run over many homes once stood still over it: what
/// took minutes takes seconds at most, and what took gigabytes is refused (docs/security.md).
@Suite struct HostileSizeLaws {
  private func reason(_ work: () throws(Refusal) -> Void) -> ReasonCode? {
    do {
      try work()
      return nil
    } catch {
      return error.reason
    }
  }

  // MARK: Formats

  @Test func xmlTextOfReferences() throws {
    let text = "<x>" + String(repeating: "&lt;", count: 1_000_000) + "</x>"
    let document = try inTime(6) { try XMLDocument(parsing: Array(text.utf8)) }
    #expect(document.tree.root.children == [.text(String(repeating: "<", count: 1_000_000))])
  }

  /// Declarations of namespaces come first in the tree, so that none stands where it is written.
  @Test func xmlAttributes() throws {
    let names = (0..<900).map { "a\($0)=''" }.joined(separator: " ")
    let element = "<x \(names) xmlns:z='u'/>"
    let text = "<r>" + String(repeating: element, count: 60) + "</r>"
    let document = try inTime(6) { try XMLDocument(parsing: Array(text.utf8)) }
    #expect(document.tree.root.elements("x").allSatisfy { $0.attributes.count == 901 })
  }

  @Test func filterRulesWithoutQuotes() throws {
    let text = "version=\"9\"\n" + String(repeating: "a\n", count: 100_000)
    let document = try inTime(6) { try FilterRulesDocument(parsing: Array(text.utf8)) }
    #expect(document.fault?.position.line == 2)
  }

  @Test func virtualFoldersOfOneLongName() throws {
    let fields = (0..<2_000).map { "f\($0)=1\n" }.joined()
    let long = "version=1\nuri=" + String(repeating: "x", count: 1 << 20) + "\n" + fields
    #expect(throws: SyntaxError.self) { try VirtualFoldersDocument(parsing: Array(long.utf8)) }
    let folders = (0..<5_000).map { "uri=mailbox://x/\($0)\nscope=imap://a|imap://b\n" }.joined()
    let document = try VirtualFoldersDocument(parsing: Array(("version=1\n" + folders).utf8))
    let found = inTime(6) { document.elements(withPrefix: Array("imap://b".utf8)) }
    #expect(found.count == 5_000 && found["mailbox://x/17#scope"] == [Array("imap://b".utf8)])
  }

  /// In force is the last line, and the last folder of one name.
  @Test func virtualFoldersNamedTwice() throws {
    let text = """
      version=1
      uri=mailbox://a
      scope=imap://1
      scope=imap://2
      uri=mailbox://a
      terms=ALL
      uri=mailbox://b
      scope=imap://3
      uri=mailbox://b
      scope=imap://4

      """
    let document = try VirtualFoldersDocument(parsing: Array(text.utf8))
    let found = document.elements(withPrefix: Array("imap://".utf8))
    #expect(
      found == [
        "mailbox://a#scope": [Array("imap://2".utf8)],
        "mailbox://b#scope": [Array("imap://4".utf8)],
      ])
    for (key, elements) in found { #expect(document.elements(ofListAt: key) == elements) }
  }

  @Test func keyFilesAndJSONOfMillionsOfParts() {
    let lines = Array(repeating: Array("#\n".utf8), count: 1 << 20).joined() + [UInt8(ascii: "\n")]
    let keyFile = #expect(throws: SyntaxError.self) { try KeyFileDocument(parsing: Array(lines)) }
    #expect(keyFile?.problem.contains("too large") == true)
    let list = "[" + String(repeating: "0,", count: 1_000_000) + "0]"
    let json = #expect(throws: SyntaxError.self) { try JSONDocument(parsing: Array(list.utf8)) }
    #expect(json?.expected.contains("1000000 values") == true)
  }

  // MARK: Clients

  private func accounts(
    _ adapter: any ClientAdapter, _ files: [String: String], _ profile: String?
  ) throws(Refusal) -> [Account] {
    let view = MemoryHome(files)
    return try adapter.accounts(
      in: ProfileContext(
        directory: view, profile: profile.flatMap { RelativePath(Array($0.utf8)) },
        installation: MemoryHome([:])))
  }

  @Test func hostsMadeOfFlags() throws {
    let flags = String(repeating: "\u{1F1E6}", count: 200_000)
    let place = inTime(6) { HostAndPort(flags, port: 993) }
    #expect(place.host == flags && place.port == 993)
    let pairs = [
      "mail.lab.test:1143": ("mail.lab.test", 1143), "[2001:db8::1]:1143": ("[2001:db8::1]", 1143),
      "2001:db8::1": ("2001:db8::1", 993), "mail.lab.test:0": ("mail.lab.test:0", 993),
      "mail.lab.test": ("mail.lab.test", 993),
    ]
    for (text, wanted) in pairs {
      let place = HostAndPort(text, port: 993)
      #expect(place.host == wanted.0 && place.port == wanted.1, "\(text)")
    }
  }

  @Test func sourcesOfMegabytesTogether() throws {
    let sources = ".config/evolution/sources"
    let small = "[Data Source]\nEnabled=true\n[Mail Account]\nBackendName=pop\n"
    let text = small + String(repeating: "#xxxxxx\n", count: 190_000)
    var files = ["\(sources)/a.source": small]
    let profile = ".config/evolution"
    #expect(try accounts(EvolutionAdapter(), files, profile).count == 1)
    for number in 0..<6 { files["\(sources)/b\(number).source"] = text }
    let large = files
    #expect(
      reason { () throws(Refusal) in _ = try accounts(EvolutionAdapter(), large, profile) }
        == .tooLarge)
  }

  /// One that is too large is refused, and takes nothing from the next.
  @Test func aBudgetIsForWhatFits() {
    let path = RelativePath(known: "uidl/x")
    var budget = ReadBudget(bytes: 10)
    #expect(reason { () throws(Refusal) in try budget.take(11, of: path) } == .tooLarge)
    #expect(reason { () throws(Refusal) in try budget.take(6, of: path) } == nil)
    #expect(reason { () throws(Refusal) in try budget.take(5, of: path) } == .tooLarge)
    #expect(reason { () throws(Refusal) in try budget.take(4, of: path) } == nil)
  }

  /// Two accounts of one user at one server have one record of what was fetched.
  @Test func aSharedRecordIsKeptOnce() throws {
    let account = "protocol=0\nreceive_server=pop.lab.test\nuser_id=u\nssl_pop=1\n"
    let home = MemoryHome([
      "accountrc": "[Account: 1]\n\(account)\n[Account: 2]\n\(account)\n",
      "folderlist.xml": #"<folderlist><folder type="mh" path="Mail"/></folderlist>"#,
      "uidl/pop.lab.test-u": "1\t2\n",
    ])
    let adapter = SylpheedAdapter()
    let context = ProfileContext(directory: home, installation: MemoryHome([:]))
    let target = ServerSettings(
      host: "imap.lab.test", port: 993, security: .tls, auth: .passwordCleartext, username: "u")
    var choices = PlanChoices(
      nowMilliseconds: 0, today: CalendarDay(year: 2026, month: 1, day: 2))
    let plan = try adapter.plan(
      try adapter.accounts(in: context).map { AccountSwitch(account: $0, target: target) },
      in: context, options: SwitchOptions(), choices: &choices)
    #expect(plan.outcomes.allSatisfy { $0.refusal == nil }, "\(plan.outcomes)")
    let kept = plan.files.filter { if case .keep = $0.work { true } else { false } }
    #expect(kept.map(\.users) == [["1", "2"]])
  }

  @Test func manyFilesOfAccounts() {
    let kmail = Dictionary(
      uniqueKeysWithValues: (0...500).map { (".config/akonadi_pop3_resource_\($0)rc", "") })
    #expect(
      reason { () throws(Refusal) in _ = try accounts(KMailAdapter(), kmail, ".config") }
        == .tooLarge)
    let geary = Dictionary(
      uniqueKeysWithValues: (0...500).map { (".config/geary/account_\($0)/geary.ini", "") })
    #expect(
      reason { () throws(Refusal) in _ = try accounts(GearyAdapter(), geary, ".config/geary") }
        == .tooLarge)
  }

  @Test func databasesThatAnswerSlowly() throws {
    let time = DatabaseTime(seconds: 0.3)
    var asked = 0
    let slowly = {
      try time.spending(atMost: 5) { seconds in
        asked += 1
        #expect(seconds <= 0.3)
        usleep(200_000)
      }
    }
    try slowly()
    try slowly()
    #expect(throws: (any Error).self) { try slowly() }
    #expect(asked == 2)
  }

  // MARK: Mail

  @Test func manyKeywordsOfOneMessage() {
    let words = (0..<100_000).map { "w\($0)" }.joined(separator: " ")
    let head = Array("X-Mozilla-Keys: \(words) w0 w1\n\n".utf8)
    let read = inTime(6) { head.withUnsafeBytes { MozillaHeaders($0) } }
    #expect(read.keywords.count == 100_000)
  }

  @Test func manyFoldersOfOneName() {
    var names = BackupNames()
    let paths = inTime(6) { (0..<5_000).map { _ in names.path(for: ["Inbox"]) } }
    #expect(paths[0] == ["Inbox"] && paths[1] == ["Inbox~2"] && paths[4_999] == ["Inbox~5000"])
    #expect(names.path(for: ["inbox~2"]) == ["inbox~2~2"])
    #expect(Set(paths).count == 5_000)
  }

  @Test func aFolderOfAVeryLongName() {
    var names = BackupNames()
    let long = String(repeating: "é/", count: 1_000_000)
    let path = inTime(1) { names.path(for: [long]) }
    #expect(path[0].utf8.count <= 120 && path[0].lowercased().hasPrefix("é%2fé%2f"))
  }
}

/// Files in memory.
private struct MemoryHome: DirectoryView {
  let absolutePath = Array("/home/lab".utf8)
  private var files: [[UInt8]: [UInt8]] = [:]

  init(_ files: [String: String]) {
    for (name, text) in files { self.files[Array(name.utf8)] = Array(text.utf8) }
  }

  func read(_ path: RelativePath) throws(Refusal) -> [UInt8]? { files[path.bytes] }

  func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]? {
    let start = path.map { $0.bytes + [UInt8(ascii: "/")] } ?? []
    let names = files.keys.filter { $0.starts(with: start) }.map {
      Array($0[start.count...].prefix { $0 != UInt8(ascii: "/") })
    }
    return names.isEmpty ? nil : Set(names).sorted { $0.lexicographicallyPrecedes($1) }
  }

  func kind(_ path: RelativePath) throws(Refusal) -> EntryKind? {
    if files[path.bytes] != nil { return .file }
    return try list(path) == nil ? nil : .directory
  }

  func size(_ path: RelativePath) throws(Refusal) -> Int? { files[path.bytes]?.count }

  func rows(_ query: String, of database: RelativePath) throws(Refusal) -> [[DatabaseCell]]? { nil }
}
