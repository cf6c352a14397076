import Foundation
import Testing

@testable import Command

/// The way there and back, as a script sees it.
@Suite struct SwitchTests {
  private let target = ["--imap-host", "imap.example.net"]

  private func snapshot(
    _ home: ThunderbirdHome, _ arguments: [String], _ name: String, status: Int32 = 0,
    _ place: SourceLocation = #_sourceLocation
  ) throws {
    let result = try Program.run(arguments)
    #expect(result.status == status, "\(result.talk)", sourceLocation: place)
    try Snapshot.check(home.stable(result.output), name, place)
  }

  @Test func scanIsAsRecorded() throws {
    let home = try ThunderbirdHome(accounts: [
      .init(key: 1), .init(key: 2, host: "imap.example.org", kind: "imap"),
    ])
    try snapshot(home, ["scan", "--json"] + home.arguments, "scan.jsonl")
    let table = try Program.run(["scan"] + home.arguments)
    // Columns are as wide as this machine's scratch directory is long.
    try Snapshot.check(
      home.stable(table.output).replacing(/\ {2,}/, with: "  "), "scan.txt")
    #expect(table.talk.contains("1 profile: 1 ready, 1 current, 0 blocked"))
    #expect(table.talk.contains("next: profile-rewriter plan \(Shell.quoted(home.home.path))"))
  }

  @Test func planIsAsRecordedAndWritesNothing() throws {
    let home = try ThunderbirdHome()
    let before = try home.contents()
    try snapshot(home, ["plan", "--json"] + target + home.arguments, "plan.jsonl")
    let diff = try Program.run(["plan"] + target + home.arguments)
    #expect(diff.status == 0)
    try Snapshot.check(home.stable(diff.output), "plan.diff")
    #expect(diff.talk.contains("next: profile-rewriter apply --imap-host imap.example.net"))
    #expect(try home.contents() == before)
    #expect(!FileManager.default.fileExists(atPath: home.state.path))
  }

  @Test func aPlanWithoutATargetIsRefusedWithItsReason() throws {
    let home = try ThunderbirdHome()
    let result = try Program.run(["plan", "--json"] + home.arguments)
    #expect(result.status == 3)
    #expect(try result.rows().first?["type"] as? String == "refused")
    #expect(try result.rows().first?["reason"] as? String == "no-imap-settings")
  }

  @Test func detailedExitcodeTellsWhetherThereAreChanges() throws {
    let home = try ThunderbirdHome()
    let plan = ["plan", "--detailed-exitcode"] + target + home.arguments
    #expect(try Program.run(plan).status == 2)
    #expect(try Program.run(["apply"] + target + home.arguments).status == 0)
    #expect(try Program.run(plan).status == 0)
  }

  @Test func thereAndBackIsAsRecorded() throws {
    let home = try ThunderbirdHome()
    let before = try home.contents()
    try snapshot(home, ["apply", "--json"] + target + home.arguments, "apply.jsonl")
    #expect(try home.contents() != before)
    let state = ["--state", home.state.path]
    try snapshot(home, ["history", "--json"] + state, "history.jsonl")
    let id = try changeID(home)
    try snapshot(home, ["show", id, "--json"] + state, "show.jsonl")
    let shown = try Program.run(["show", id] + state)
    try Snapshot.check(
      home.stable(shown.output).replacingOccurrences(of: id, with: "ID")
        .replacingOccurrences(of: #"run [^)]+"#, with: "run ID", options: .regularExpression),
      "show.txt")
    try snapshot(home, ["rollback", id, "--json"] + state, "rollback.jsonl")
    #expect(try home.contents() == before)
    #expect(try Program.run(["rollback", id] + state).status == 0)
  }

  @Test func aSecondApplyChangesNothing() throws {
    let home = try ThunderbirdHome()
    let apply = ["apply", "--json"] + target + home.arguments
    #expect(try Program.run(apply).status == 0)
    let after = try home.contents()
    let second = try Program.run(apply)
    #expect(second.status == 0)
    let rows = try second.rows()
    #expect(rows.dropLast().allSatisfy { $0["status"] as? String == "unchanged" })
    #expect(rows.last?["applied"] as? Int == 0)
    #expect(try home.contents() == after)
    let history = try Program.run(["history", "--json", "--state", home.state.path]).rows()
    #expect(history.count { $0["type"] as? String == "recorded" } == 1)
  }

  @Test func theSuggestedCommandsWork() throws {
    let home = try ThunderbirdHome()
    let before = try home.contents()
    let applied = try Program.run(["apply"] + target + home.arguments)
    let line = try #require(applied.talk.split(separator: "\n").last { $0.contains("rollback") })
    let words = try #require(line.components(separatedBy: "profile-rewriter ").last)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", "\(Shell.quoted(Program.path)) \(words)"]
    shell.standardOutput = FileHandle.nullDevice
    shell.standardError = FileHandle.nullDevice
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 0)
    #expect(try home.contents() == before)
  }

  @Test(arguments: [["--last"], ["--all"]])
  func everyWayOfNamingWhatToUndo(_ which: [String]) throws {
    let home = try ThunderbirdHome()
    let before = try home.contents()
    _ = try Program.run(["apply"] + target + home.arguments)
    #expect(try Program.run(["rollback"] + which + home.arguments).status == 0)
    #expect(try home.contents() == before)
  }

  @Test func aRunIsUndoneByItsIDAndAPathLimits() throws {
    let home = try ThunderbirdHome()
    let before = try home.contents()
    let applied = try Program.run(["apply", "--json"] + target + home.arguments).rows()
    let run = try #require(applied.last?["run"] as? String)
    let after = try home.contents()
    let elsewhere = ["rollback", "--run", run, "/somewhere/else", "--state", home.state.path]
    #expect(try Program.run(elsewhere).status == 0)
    #expect(try home.contents() == after)
    #expect(try Program.run(["rollback", "--run", run, "--state", home.state.path]).status == 0)
    #expect(try home.contents() == before)
  }

  @Test func oneAccountOfAChangeIsUndoneAlone() throws {
    let home = try ThunderbirdHome(accounts: [
      .init(key: 1), .init(key: 2, user: "bob@example.net"),
    ])
    let before = try home.contents()
    _ = try Program.run(["apply"] + target + home.arguments)
    let id = try changeID(home)
    let state = ["--json", "--state", home.state.path]
    let one = try Program.run(["rollback", id, "--match", "bob@example.net"] + state)
    #expect(one.status == 0)
    #expect(try one.rows().dropLast().map { $0["account"] as? String } == ["account2"])
    let prefs = try home.readPrefs()
    #expect(prefs.contains(#""mail.server.server1.type", "imap""#))
    #expect(prefs.contains(#""mail.server.server2.type", "pop3""#))
    let accounts = try Program.run(["show", id] + state).rows().first?["accounts"]
    let undone = (accounts as? [[String: Any]])?.map { $0["undone"] as? Bool }
    #expect(undone == [false, true])
    #expect(try Program.run(["rollback", id] + state).status == 0)
    // By key, for the file is not what the whole change left; counters are never lowered.
    let old = String(decoding: before[home.profilePath("prefs.js")] ?? Data(), as: UTF8.self)
    #expect(
      try home.readPrefs().replacing(/"mail.account.lastKey", \d+/, with: "")
        == old.replacing(/"mail.account.lastKey", \d+/, with: ""))
  }

  /// Two changes of one profile, the second of which can only go back after the first.
  @Test func rollbackSaysBeforehandWhatItWouldDo() throws {
    let home = try ThunderbirdHome(accounts: [
      .init(key: 1), .init(key: 2, user: "bob@example.net"),
    ])
    for user in ["alice@example.net", "bob@example.net"] {
      let applied = try Program.run(["apply", "--match", user] + target + home.arguments)
      #expect(applied.status == 0)
    }
    let before = try home.contents()
    let arguments = ["rollback", "--all", "--state", home.state.path]
    let told = try Program.run(arguments + ["--dry-run", "--json"])
    #expect(told.status == 0)
    let summary = try #require(try told.rows().last)
    #expect(summary["undone"] as? Int == 2 && summary["dry_run"] as? Bool == true)
    let said = try Program.run(arguments + ["--dry-run"]).talk
    #expect(
      said.contains("would be: 2 undone") && said.contains("nothing was done (--dry-run)"),
      "\(said)")
    #expect(try home.contents() == before)
    let done = try Program.run(arguments + ["--json"])
    #expect(done.status == 0)
    #expect(try done.rows().last?["dry_run"] as? Bool == false)
    func statuses(_ result: Program.Result) throws -> [String] {
      try result.rows().dropLast().map { "\($0["change"] ?? "") \($0["status"] ?? "")" }
    }
    #expect(try statuses(told) == statuses(done))
    let again = try Program.run(arguments + ["--dry-run"])
    #expect(again.status == 0 && again.talk.contains("nothing to do"))
  }

  @Test func undoCanLeaveMailOnTheServer() throws {
    let home = try ThunderbirdHome(accounts: [.init(key: 1, leaveOnServer: false)])
    _ = try Program.run(["apply"] + target + home.arguments)
    let state = ["--json", "--state", home.state.path]
    let result = try Program.run(["rollback", "--last", "--leave-on-server"] + state)
    #expect(result.status == 0)
    let prefs = try home.readPrefs()
    #expect(prefs.contains(#""mail.server.server1.type", "pop3""#))
    #expect(prefs.contains(#""mail.server.server1.leave_on_server", true"#))
  }

  @Test func theCallersOwnHomeIsTheDefault() throws {
    let home = try ThunderbirdHome()
    let result = try Program.run(
      ["scan", "--json", "--state", home.state.path], environment: ["HOME": home.home.path])
    #expect(try result.rows().first?["home"] as? String == home.home.path)
  }

  @Test func aProfileMayBeNamedByItselfOrByItsFile() throws {
    let home = try ThunderbirdHome()
    for path in [home.profile.path, home.prefs.path, home.profile.path + "/./x/.."] {
      let rows = try Program.run(["scan", path, "--json"]).rows()
      #expect(rows.first?["profile"] as? String == home.profile.path)
      #expect(rows.first?["home"] is NSNull)
      #expect(rows.first?["state"] as? String == "ready")
    }
  }

  private func changeID(_ home: ThunderbirdHome) throws -> String {
    let rows = try Program.run(["history", "--json", "--state", home.state.path]).rows()
    return try #require(rows.first?["change"] as? String)
  }
}
