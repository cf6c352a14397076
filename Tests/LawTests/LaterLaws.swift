import ConfigFormats
import Foundation
import Synchronization
import Testing

@testable import ProfileRewriter

/// What cannot be settled now is settled later, and a run that is told to stop leaves no work
/// half-done.
@Suite struct LaterLaws {
  /// A sandbox as a kill left it, its change recorded and not begun to count, and a deciding key
  /// changed by somebody since: to a value that is neither ours nor the one before.
  private func stuck() throws -> (Sandbox, [String: Sandbox.Entry], Data) {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let before = try sandbox.tree()
    let original = try Data(contentsOf: prefs(sandbox))
    let album = try Album.of(sandbox) { try sandbox.apply() }
    let picture = try #require(
      try album.pictures.last { picture in
        try picture.restore(into: sandbox)
        let state = try sandbox.engine.history().first?.state
        return try state == .prepared && Data(contentsOf: prefs(sandbox)) == original
      })
    try picture.restore(into: sandbox)
    let document = try PrefsDocument(parsing: [UInt8](original))
    let edits = try document.edits(
      setting: "mail.server.server1.hostname", to: Array(#""third.example.net""#.utf8))
    try Data(try document.source.applying(edits)).write(to: prefs(sandbox))
    return (sandbox, before, original)
  }

  private func prefs(_ sandbox: Sandbox) -> URL {
    sandbox.profile.appendingPathComponent("prefs.js")
  }

  private func recover(_ sandbox: Sandbox) throws -> [ResultRow] {
    var rows: [ResultRow] = []
    try sandbox.engine.recover { rows.append($0) }
    return rows
  }

  @Test func whatIsUnclearIsMarkedAndNamedUntilItIsMended() throws {
    let (sandbox, before, original) = try stuck()
    let id = try #require(try sandbox.engine.history().first?.id)
    for _ in 0..<2 {
      let rows = try recover(sandbox)
      #expect(rows.map(\.status) == [.conflict])
      #expect(rows.first?.reason == .unsettled)
      #expect(try sandbox.engine.change(id).state == .conflict)
    }
    let tree = try sandbox.tree()
    for which in [UndoRequest.Which.all, .changes([id]), .lastRun] {
      let rows = try sandbox.rollback(which)
      #expect(rows.map(\.status) == [.conflict], "\(rows)")
      #expect(rows.first?.text?.contains("mail.server.server1.hostname") == true)
      #expect(differences(tree, try sandbox.tree()) == [])
    }
    try original.write(to: prefs(sandbox))
    #expect(try recover(sandbox).map(\.status) == [.undone])
    #expect(differences(before, try sandbox.tree()) == [])
    #expect(try sandbox.engine.change(id).state == .undone)
  }

  @Test(arguments: [true, false]) func aMendedConflictIsUndone(_ byID: Bool) throws {
    let (sandbox, before, original) = try stuck()
    let id = try #require(try sandbox.engine.history().first?.id)
    _ = try recover(sandbox)
    try original.write(to: prefs(sandbox))
    let rows = try sandbox.rollback(byID ? .changes([id]) : .all, isForetold: false)
    #expect(rows.map(\.status) == [.undone])
    #expect(differences(before, try sandbox.tree()) == [])
  }

  @Test func aMendedConflictKeepsNoApplyBack() throws {
    let (sandbox, before, original) = try stuck()
    #expect(try sandbox.apply().allSatisfy { $0.reason == .unsettled })
    try original.write(to: prefs(sandbox))
    #expect(try sandbox.apply().allSatisfy { $0.status == .applied })
    #expect(try sandbox.rollback(.all).allSatisfy { $0.status == .undone })
    #expect(differences(before, try sandbox.tree()) == [])
  }

  /// An undo that was interrupted and cannot be settled, too.
  @Test func aConflictOfAnUndoIsUndoneWhenItIsMended() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let before = try sandbox.tree()
    try sandbox.apply()
    let switched = try Data(contentsOf: prefs(sandbox))
    let album = try Album.of(sandbox) { try sandbox.rollback() }
    let picture = try #require(
      try album.pictures.first { picture in
        try picture.restore(into: sandbox)
        return try sandbox.engine.history().first?.state == .undoing
      })
    try picture.restore(into: sandbox)
    let document = try PrefsDocument(parsing: [UInt8](switched))
    let edits = try document.edits(
      setting: "mail.server.server1.hostname", to: Array(#""third.example.net""#.utf8))
    try Data(try document.source.applying(edits)).write(to: prefs(sandbox))
    #expect(try recover(sandbox).map(\.status) == [.conflict])
    #expect(try sandbox.rollback(.all).map(\.status) == [.conflict])
    try switched.write(to: prefs(sandbox))
    #expect(try sandbox.rollback(.all).map(\.status) == [.undone])
    #expect(differences(before, try sandbox.tree()) == [])
  }

  /// Given in any order and more than once, even of one second: newest first, each once.
  @Test func changesAreUndoneNewestFirstHoweverTheyAreNamed() throws {
    let sandbox = try Sandbox(try Fixture.named("two"))
    let before = try sandbox.tree()
    let users = try #require(accounts(sandbox).count == 2 ? accounts(sandbox) : nil)
    for user in users { try sandbox.apply(user) }
    let ids = try sandbox.engine.history().map(\.id)
    #expect(ids.count == 2)
    let rows = try sandbox.rollback(.changes(ids.reversed() + ids))
    #expect(rows.map(\.status) == [.undone, .undone], "\(rows)")
    #expect(rows.map(\.change) == ids)
    // Counters are never lowered by key, so only what is not a counter must be as before.
    #expect(Set(differences(before, try sandbox.tree())).isSubset(of: [prefsPath(sandbox)]))
  }

  private func prefsPath(_ sandbox: Sandbox) -> String { sandbox.fixture.profile + "/prefs.js" }

  private func accounts(_ sandbox: Sandbox) -> [String] {
    var users: [String] = []
    sandbox.engine.scan(sandbox.selection()) { row in
      if let account = row.account, account.kind == .pop3 {
        users.append("\(account.settings.username)@\(account.settings.host)")
      }
    }
    return users
  }

  // MARK: - Stopping

  @Test func aRunThatIsToStopFinishesWhatIsInHand() throws {
    let sandboxes = try (0..<3).map { _ in try Sandbox(try Fixture.named("mbox")) }
    let untouched = try sandboxes[1...].map { try $0.tree() }
    let asked = Mutex(0)
    var configuration = sandboxes[0].engine.configuration
    // At the first path, at its profile, and then no more.
    configuration.shouldStop = {
      asked.withLock {
        $0 += 1
        return $0 > 2
      }
    }
    let request = SwitchRequest(
      selection: Selection(paths: ByteStrings(sandboxes.map { Array($0.home.path.utf8) })),
      settings: FixtureSettings(fixture: sandboxes[0].fixture))
    var rows: [ResultRow] = []
    try Engine(configuration).apply(request) { rows.append($0) }
    #expect(rows.map(\.status) == [.applied])
    #expect(try sandboxes[0].isSwitched())
    #expect(try sandboxes[1...].map { try $0.tree() } == untouched)
    #expect(try sandboxes[0].engine.history().map(\.state) == [.applied])

    configuration.shouldStop = { true }
    let stopped = Engine(configuration)
    var seen = 0
    try stopped.rollback(UndoRequest(which: .all)) { _ in seen += 1 }
    try stopped.recover { _ in seen += 1 }
    stopped.scan(request.selection) { _ in seen += 1 }
    try stopped.plan(request, { _ in seen += 1 }) { _, _ in seen += 1 }
    #expect(seen == 0)
    #expect(try sandboxes[0].isSwitched())
  }

  // MARK: - Journal failures

  /// Everything is written, and then the journal cannot be told: said of every change, and the next
  /// run settles it.
  @Test func aJournalThatFailsAfterTheLastRenameLosesNoRow() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let before = try sandbox.tree()
    let state = sandbox.state
    sandbox.calls = WatchedSystemCalls { (call) throws(Errno) in
      guard call == "rename" else { return }
      // The journal, with every lock on it lost, is written by somebody else meanwhile.
      let journal = state.appendingPathComponent("journal.sqlite").path
      _ = chmod(journal, 0o600)
      Self.spoil(journal)
    }
    var rows: [ResultRow] = []
    #expect(throws: Refusal.self) {
      try sandbox.engine.apply(sandbox.request()) { rows.append($0) }
    }
    sandbox.calls = LinuxSystemCalls()
    #expect(rows.map(\.status) == [.failed])
    #expect(rows.first?.change != nil)
    #expect(rows.first?.text?.contains("in place") == true)
    #expect(try sandbox.isSwitched())
    Self.mend(state.appendingPathComponent("journal.sqlite").path)
    #expect(try recover(sandbox).map(\.status) == [.applied])
    try sandbox.rollback(.all)
    #expect(differences(before, try sandbox.tree()) == [])
  }

  /// A trigger that refuses the step to `applied`.
  private static func spoil(_ journal: String) {
    sqlite(
      journal,
      """
      CREATE TRIGGER IF NOT EXISTS spoilt BEFORE UPDATE ON change
      BEGIN SELECT RAISE(ABORT, 'spoilt'); END
      """)
  }

  private static func mend(_ journal: String) { sqlite(journal, "DROP TRIGGER spoilt") }

  private static func sqlite(_ journal: String, _ sql: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c",
      "import sqlite3,sys; c=sqlite3.connect(sys.argv[1],timeout=20); c.execute(sys.argv[2]); c.commit()",
      journal, sql,
    ]
    try? process.run()
    process.waitUntilExit()
  }
}
