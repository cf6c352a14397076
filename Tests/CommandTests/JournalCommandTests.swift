import Foundation
import Testing

/// history prune, export and import, as an admin uses them.
@Suite struct JournalCommandTests {
  private let home: ThunderbirdHome

  init() throws {
    home = try ThunderbirdHome()
    let applied = try Program.run(
      ["apply", "--imap-host", "imap.example.net"] + home.arguments)
    try #require(applied.status == 0, "\(applied.talk)")
  }

  private var state: [String] { ["--state", home.state.path] }
  private var elsewhere: [String] {
    ["--state", home.scratch.appendingPathComponent("other").path]
  }
  private var file: URL { home.scratch.appendingPathComponent("changes.export") }

  private func export() throws {
    let result = try Program.run(["history", "export", "--out", file.path] + state)
    try #require(result.status == 0, "\(result.talk)")
  }

  @Test func anotherJournalCanTakeItBack() throws {
    let switched = try home.contents()
    try export()
    #expect(
      try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        == 0o600)
    let taken = try Program.run(["history", "import", file.path, "--json"] + elsewhere)
    #expect(taken.status == 0)
    #expect(try taken.rows().map { $0["status"] as? String } == ["imported", nil])
    #expect(try taken.rows().last?["imported"] as? Int == 1)
    #expect(try home.contents() == switched)
    let again = try Program.run(["history", "import", file.path, "--json"] + elsewhere)
    #expect(try again.rows().first?["status"] as? String == "unchanged")
    #expect(try Program.run(["rollback", "--all"] + elsewhere).status == 0)
    #expect(try home.readPrefs().contains(#""pop3""#))
  }

  @Test func noPasswordLeaves() throws {
    try export()
    let bytes = try Data(contentsOf: file)
    #expect(bytes.range(of: Data(ThunderbirdHome.passwordMark.utf8)) == nil)
    #expect(bytes.range(of: Data("imap.example.net".utf8)) != nil)
  }

  @Test(arguments: [0o622, 0o606, 0o666])
  func aFileThatOthersMayWriteIsRefused(_ mode: Int) throws {
    try export()
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    let result = try Program.run(["history", "import", file.path, "--json"] + elsewhere)
    #expect(result.status == 1)
    #expect(try result.rows().map { $0["code"] as? String } == ["not-owner"])
  }

  @Test func aFileOfSomebodyElseIsRefused() throws {
    try #require(geteuid() == 0, "only root can give a file away")
    try export()
    try #require(chown(file.path, 65534, 65534) == 0)
    let result = try Program.run(["history", "import", file.path, "--json"] + elsewhere)
    #expect(result.status == 1)
    #expect(try result.rows().map { $0["code"] as? String } == ["not-owner"])
  }

  /// A forger can count: a right checksum over rows that lead out of the home.
  @Test func aForgedPathIsRefused() throws {
    try export()
    let script = #"""
      import hashlib, os, sqlite3, sys
      name = sys.argv[1]
      head, database = open(name, "rb").read().split(b"\n", 1)
      open(name + ".db", "wb").write(database)
      with sqlite3.connect(name + ".db") as db:
          db.execute("UPDATE file SET path = CAST('../../outside' AS BLOB)")
      db.close()
      database = open(name + ".db", "rb").read()
      head = "profile-rewriter journal export 1 %s %d\n" % (hashlib.sha256(database).hexdigest(), len(database))
      open(name, "wb").write(head.encode() + database)
      """#
    let python = try Program.run(["-c", script, file.path], as: "/usr/bin/python3")
    try #require(python.status == 0, "\(python.talk)")
    let result = try Program.run(["history", "import", file.path, "--json"] + elsewhere)
    #expect(result.status == 1)
    #expect(try result.rows().map { $0["code"] as? String } == ["journal"])
    #expect(try Program.run(["history", "--json"] + elsewhere).rows().count == 1)
  }

  @Test func aLinkIsRefused() throws {
    try export()
    let link = home.scratch.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
    let result = try Program.run(["history", "import", link.path, "--json"] + elsewhere)
    #expect(try result.rows().map { $0["code"] as? String } == ["symlink"])
  }

  @Test func aJournalWithChangesOfItsOwnOfTheProfileRefuses() throws {
    try export()
    #expect(try Program.run(["rollback", "--all"] + state).status == 0)
    let other = try Program.run(
      ["apply", "--imap-host", "imap.example.net", home.home.path] + elsewhere)
    #expect(other.status == 0)
    let result = try Program.run(["history", "import", file.path, "--json"] + elsewhere)
    #expect(result.status == 3)
    #expect(try result.rows().first?["reason"] as? String == "newer-change")
  }

  @Test func aHomeThatIsNotHereIsRefused() throws {
    try export()
    try FileManager.default.moveItem(
      at: home.home, to: home.scratch.appendingPathComponent("moved"))
    let result = try Program.run(["history", "import", file.path, "--json"] + elsewhere)
    #expect(result.status == 1)
    #expect(try result.rows().first?["reason"] as? String == "not-found")
  }

  @Test func pruneKeepsWhatStands() throws {
    func prune(_ more: [String]) throws -> Int? {
      let result = try Program.run(
        ["history", "prune", "--older-than", "0", "--json"] + more + state)
      #expect(result.status == 0)
      return try result.rows().last?["pruned"] as? Int
    }
    #expect(try prune([]) == 0)
    #expect(try prune(["--applied", "--dry-run"]) == 1)
    #expect(try Program.run(["rollback", "--last"] + state).status == 0)
    #expect(try prune(["--dry-run"]) == 1)
    #expect(try prune([]) == 1)
    #expect(try prune(["--applied"]) == 0)
  }
}
