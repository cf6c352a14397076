import Foundation
import Testing

@testable import Command

/// Windows Mail on a file server, and clients that are listed only.
@Suite struct OtherClientsTests {
  /// One home with all of them, and a secret planted in each of their files.
  final class Home {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("profile-rewriter-tests-\(UUID().uuidString)")
    let secrets = PlantedSecrets()
    var home: URL { scratch.appendingPathComponent("home") }
    var state: URL { scratch.appendingPathComponent("state") }
    var arguments: [String] { [home.path, "--state", state.path] }

    static let store = "AppData/Local/Microsoft/Windows Mail"
    static let account = "Local Folders/account{4A18B81E-1B2C-4D3E-8F40-0123456789AB}.oeaccount"

    init() throws {
      let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("profiles-fixtures/windows-mail/windows-mail/home")
      try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: fixtures, to: home)
      let file = home.appendingPathComponent(Self.store + "/" + Self.account)
      let text = try String(contentsOf: file, encoding: .utf16)
        .replacing(
          /(<POP3_Password2 type="BINARY">)[0-9A-Fa-f]+/,
          with: { $0.output.1 + secrets.word("dpapi") })
      var bytes = Data([0xFF, 0xFE])
      bytes.append(try #require(text.data(using: .utf16LittleEndian)))
      try bytes.write(to: file)
      try write(
        ".config/akonadi_pop3_resource_0rc",
        """
        [General]
        host=pop.example.net
        login=alice
        port=995
        unitTestPassword=\(secrets.word("akonadi"))
        useSSL=true

        """)
      try write(
        ".config/akonadi_imap_resource_0rc",
        "[network]\nImapServer=imap.example.org\nSafety=SSL\nUserName=alice\n")
      try write(".config/akonadi_pop3_resource_1rc", "\(secrets.word("broken"))\n")
      try write(
        ".balsa/config",
        """
        [mailbox-1]
        Type=LibBalsaMailboxPOP3
        Name=Work
        Server=pop.example.net:995
        Security=1

        """)
      try write(
        ".balsa/config-private",
        "[mailbox-1]\nUsername=alice\nPassword=\(secrets.word("balsa"))\n")
    }

    deinit { try? FileManager.default.removeItem(at: scratch) }

    func write(_ path: String, _ text: String) throws {
      let file = home.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }

    func contents() -> [String: Data] {
      var contents: [String: Data] = [:]
      let files = FileManager.default.enumerator(atPath: home.path)
      while let path = files?.nextObject() as? String {
        contents[path] = FileManager.default.contents(
          atPath: home.appendingPathComponent(path).path)
      }
      return contents
    }
  }

  private func run(_ home: Home, _ arguments: [String], status: Int32) throws -> Program.Result {
    let result = try Program.run(arguments)
    #expect(result.status == status, "\(arguments): \(result.talk)")
    #expect(home.secrets.found(in: Data(result.stdout + result.stderr)) == [])
    return result
  }

  @Test func scanIsAsRecorded() throws {
    let home = try Home()
    let before = home.contents()
    let result = try run(
      home, ["scan", "--json", "--client-is-closed"] + home.arguments, status: 0)
    try Snapshot.check(
      result.output.replacing(home.scratch.path, with: "SCRATCH"), "scan-other-clients.jsonl")
    #expect(home.contents() == before)
  }

  private let target = ["--imap-host", "imap.example.net", "--json"]

  /// Without a word that the client is closed, nothing is done: nothing here could show that it is not.
  @Test func theClientsRunningIsNotSeenFromHere() throws {
    let home = try Home()
    let before = home.contents()
    for command in ["plan", "apply"] {
      let result = try run(
        home, [command, "--client", "windows-mail"] + target + home.arguments, status: 3)
      let row = try #require(try result.rows().first)
      #expect(row["reason"] as? String == "lock-not-provable")
      #expect((row["text"] as? String)?.contains("Windows") == true)
    }
    #expect(home.contents() == before)
  }

  /// There and back; what is only listed is refused, each account with its reason.
  @Test func thereAndBack() throws {
    let home = try Home()
    let before = home.contents()
    let plan = try run(home, ["plan", "--client-is-closed"] + target + home.arguments, status: 3)
    #expect(
      try plan.rows().compactMap { $0["reason"] as? String }.sorted()
        == ["syntax", "unsupported", "unsupported"])
    let applied = try run(
      home, ["apply", "--client-is-closed"] + target + home.arguments, status: 3)
    #expect(
      try applied.rows().compactMap { $0["status"] as? String }.sorted()
        == ["applied", "refused", "refused", "refused", "unchanged"])
    let change = try #require(try applied.rows().compactMap { $0["change"] as? String }.first)
    _ = try run(home, ["show", change, "--state", home.state.path], status: 0)
    let undone = try run(
      home, ["rollback", "--last", "--json", "--client-is-closed", "--state", home.state.path],
      status: 0)
    #expect(try undone.rows().compactMap { $0["status"] as? String } == ["undone"])
    #expect(home.contents() == before)
    #expect(home.secrets.found(below: home.state).isEmpty)
  }

  /// Undo would be refused without the word that was given for the switch.
  @Test func whatIsSuggestedForUndoWorks() throws {
    let home = try Home()
    let before = home.contents()
    let words = ["apply", "--client-is-closed", "--imap-host", "imap.example.net"]
    let applied = try run(home, words + home.arguments, status: 3)
    let line = try #require(applied.talk.firstMatch(of: /to take it back: profile-rewriter (.*)/))
    let suggested = line.output.1.split(separator: " ").map(String.init)
    #expect(suggested.first == "rollback" && home.contents() != before)
    _ = try run(home, suggested, status: 0)
    #expect(home.contents() == before)
  }

  /// The client has started and moved the file that made the account: the POP account comes back whole,
  /// and what the client has made its own stays, and is said.
  @Test func undoAfterTheClientHasTakenTheAccountUp() throws {
    let home = try Home()
    let before = home.contents()
    _ = try run(
      home, ["apply", "--client-is-closed", "--client", "windows-mail"] + target + home.arguments,
      status: 0)
    let store = home.home.appendingPathComponent(Home.store)
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: store.path).first {
        $0.hasSuffix(".oeaccount")
      })
    let directory = store.appendingPathComponent(String(name.dropFirst(8).dropLast(11)))
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    try FileManager.default.moveItem(
      at: store.appendingPathComponent(name), to: directory.appendingPathComponent(name))
    let scan = try run(
      home, ["scan", "--json", "--client", "windows-mail"] + home.arguments, status: 0)
    #expect(try scan.rows().compactMap { $0["state"] as? String } == ["current"])
    let undone = try run(
      home, ["rollback", "--last", "--json", "--client-is-closed", "--state", home.state.path],
      status: 0)
    let row = try #require(try undone.rows().first)
    #expect(row["status"] as? String == "undone")
    let warnings = try #require(row["warnings"] as? [[String: Any]])
    #expect(warnings.contains { $0["code"] as? String == "used-since" }, "\(warnings)")
    let after = home.contents().filter { !$0.key.contains(directory.lastPathComponent) }
    #expect(after == before)
  }
}
