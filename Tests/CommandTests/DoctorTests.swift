import Foundation
import Testing

@testable import Command

/// What `doctor` says of a journal and of the profiles in it.
@Suite struct DoctorTests {
  private let home: ThunderbirdHome

  init() throws {
    home = try ThunderbirdHome()
    let applied = try Program.run(["apply", "--imap-host", "imap.example.net"] + home.arguments)
    try #require(applied.status == 0, "\(applied.talk)")
  }

  private var state: [String] { ["--state", home.state.path] }

  /// The rules found, and the summary.
  private func examine(status: Int32) throws -> (rules: [String], summary: [String: Any]) {
    let result = try Program.run(["doctor", "--json"] + state)
    #expect(result.status == status, "\(result.talk)")
    let rows = try result.rows()
    return (rows.dropLast().compactMap { $0["rule"] as? String }, try #require(rows.last))
  }

  @Test func allIsWellAfterASwitch() throws {
    let before = try home.fingerprint()
    let (rules, summary) = try examine(status: 0)
    #expect(rules == [])
    #expect(summary["applied"] as? Int == 1)
    #expect(summary["exact"] as? Int == 1)
    #expect(try home.fingerprint() == before)
  }

  @Test func nothingRecordedIsNothingWrong() throws {
    let result = try Program.run(
      ["doctor", "--state", home.scratch.appendingPathComponent("none").path])
    #expect(result.status == 0)
    #expect(result.talk == "nothing has been recorded yet\n")
  }

  @Test func whatTheClientWroteIsUndoneByKey() throws {
    try home.replaceInPrefs("// Mozilla User Preferences", "// Mozilla User Preferences\n")
    let (rules, summary) = try examine(status: 0)
    #expect(rules == [])
    #expect(summary["by_key"] as? Int == 1)
    #expect(summary["exact"] as? Int == 0)
  }

  @Test func aKeyThatDecidesAndWasChangedIsForetold() throws {
    try home.replaceInPrefs(
      #"hostname", "imap.example.net""#, #"hostname", "elsewhere.example.net""#)
    #expect(try examine(status: 1).rules == ["undo-blocked"])
    #expect(try Program.run(["rollback", "--last"] + state).status == 4)
  }

  @Test func aBackupPutBackIsSeen() throws {
    let switched = try home.readPrefs()
    #expect(try Program.run(["rollback", "--last"] + state).status == 0)
    let old = try home.readPrefs()
    let applied = try Program.run(["apply", "--imap-host", "imap.example.net"] + home.arguments)
    #expect(applied.status == 0)
    #expect(try home.readPrefs() != old && switched != old)
    try Data(old.utf8).write(to: home.prefs)
    #expect(try examine(status: 1).rules == ["already-back"])
    #expect(try Program.run(["rollback", "--last"] + state).status == 0)
    #expect(try examine(status: 0).rules == [])
  }

  @Test func aProfileThatIsGoneIsSaid() throws {
    try FileManager.default.removeItem(at: home.profile)
    #expect(try examine(status: 1).rules == ["unreachable"])
  }

  @Test func aStateDirectoryThatOthersMayReadOrWriteIsSaid() throws {
    func set(_ mode: Int) throws {
      try FileManager.default.setAttributes(
        [.posixPermissions: mode], ofItemAtPath: home.state.path)
    }
    try set(0o755)
    #expect(try examine(status: 1).rules == ["readable-by-others"])
    try set(0o777)
    #expect(try examine(status: 1).rules == ["state-directory"])
    try set(0o700)
    #expect(try examine(status: 0).rules == [])
  }

  @Test func aDamagedJournalIsSaid() throws {
    let file = home.state.appendingPathComponent("journal.sqlite")
    var bytes = try Data(contentsOf: file)
    for index in 4096..<bytes.count { bytes[index] = 0xAA }
    try bytes.write(to: file)
    let (rules, summary) = try examine(status: 1)
    #expect(rules.allSatisfy { $0 == "journal" } && !rules.isEmpty)
    #expect((summary["errors"] as? Int).map { $0 > 0 } == true)
  }

  /// A run that was killed: `doctor` names it, what it says to run mends it, and then all is well.
  @Test func whatIsUnsettledIsNamedAndTheAdviceWorks() throws {
    let database = home.state.appendingPathComponent("journal.sqlite").path
    let script = """
      import sqlite3, sys
      with sqlite3.connect(sys.argv[1]) as db:
          db.execute("UPDATE change SET state = 'prepared'")
      """
    let python = try Program.run(["-c", script, database], as: "/usr/bin/python3")
    try #require(python.status == 0, "\(python.talk)")
    let result = try Program.run(["doctor"] + state)
    #expect(result.status == 1)
    #expect(result.output.contains("run: profile-rewriter recover --state"))
    let line = try #require(result.output.firstMatch(of: /run: profile-rewriter (.*)/)).1
    #expect(try Program.run(["-c", "\(Program.path) \(line)"], as: "/bin/sh").status == 0)
    #expect(try examine(status: 0).rules == [])
  }
}
