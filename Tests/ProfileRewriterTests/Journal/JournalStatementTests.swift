import GRDB
import GRDBSQLite
import Testing

@testable import ProfileRewriter

/// However many changes a run has, each statement is compiled once for the connection.
@Suite struct JournalStatementTests {
  private final class Compiled {
    var parts: [String] = []
  }

  /// Has SQLite say what it compiles: it asks its authorizer for every part of a statement. What begins and
  /// ends transactions is left out.
  private func watch(_ journal: Journal) -> Compiled {
    let compiled = Compiled()
    journal.database.writeWithoutTransaction { db in
      let code = sqlite3_set_authorizer(
        db.sqliteConnection,
        { context, action, first, second, _, _ in
          guard action != SQLITE_TRANSACTION, let context else { return SQLITE_OK }
          let names = [first, second].compactMap { $0.map { String(cString: $0) } }
          Unmanaged<Compiled>.fromOpaque(context).takeUnretainedValue().parts
            .append("\(action) \(names.joined(separator: "."))")
          return SQLITE_OK
        }, Unmanaged.passUnretained(compiled).toOpaque())
      #expect(code == SQLITE_OK)
    }
    return compiled
  }

  private func changes(_ ids: [String]) -> [Change] {
    ids.map { id in
      var change = Sample.full(id, run: "r")
      change.root = Array("/home/\(id)".utf8)
      change.relocations = []
      return change
    }
  }

  /// What runs of apply and of rollback ask and record of their changes, and what is asked and recorded
  /// of one that is undone by itself.
  private func switchAndUndo(_ ids: [String], _ journal: Journal) throws {
    let changes = changes(ids)
    let profiles = changes.map { ($0.client, $0.place) }
    #expect(try !journal.areUnfinished(profiles).contains(true))
    try journal.prepare(changes)
    #expect(try !journal.areUnfinished(profiles).contains(false))
    try journal.markApplied(ids)
    let applied = try journal.changes(ids: ids)
    #expect(Set(applied.map(\.id)) == Set(ids))
    #expect(try journal.followUps(to: ids).isEmpty)
    #expect(try journal.undisturbed(applied) == Set(ids))
    try journal.recordUndoIntents(
      ids.map {
        UndoIntent(
          change: $0, accounts: [""], files: [.init(path: "prefs.js", before: [1], after: nil)],
          extraValues: [KeyValue(key: "k", value: nil)])
      })
    for change in changes {
      #expect(try journal.undoIntent(of: change.id) != nil)
      #expect(try journal.change(change.id).state == .undoing)
      #expect(
        try journal.unfinished(
          root: change.root, client: change.client, profile: nil
        ).count == 1)
      #expect(try journal.newerChanges(onKeysOf: change.id) == [])
      #expect(
        try journal.usersOfKey(
          client: change.client, file: change.place, key: "k", excluding: change.id) == [])
    }
    try journal.markUndone(changes.map { ($0.id, $0.accounts.map(\.key)) })
  }

  @Test func nothingIsCompiledForAChange() throws {
    let fixture = try JournalFixture()
    let compiled = watch(fixture.journal)
    try switchAndUndo(["aaaa"], fixture.journal)
    #expect(compiled.parts.contains("\(SQLITE_INSERT) edit"))
    compiled.parts = []
    try switchAndUndo((0..<20).map { "change\($0)" }, fixture.journal)
    #expect(compiled.parts == [])
    withExtendedLifetime(compiled) {}
  }

  /// What the test above would miss if the watching saw nothing.
  @Test func readingAsGRDBDoesCompilesAgain() throws {
    let fixture = try JournalFixture()
    let compiled = watch(fixture.journal)
    try switchAndUndo(["aaaa"], fixture.journal)
    compiled.parts = []
    try fixture.journal.database.read { _ in }
    try switchAndUndo(["bbbb"], fixture.journal)
    #expect(compiled.parts.contains("\(SQLITE_INSERT) edit"))
    withExtendedLifetime(compiled) {}
  }

  @Test func changesAreReadTogetherAndApart() throws {
    let fixture = try JournalFixture()
    let ids = (0..<12).map { "change\(Character(UnicodeScalar(UInt8(97 + $0))))" }
    var written = changes(ids)
    for index in written.indices {
      written[index].files[index % 4].users.append("of \(index)")
      written[index].accounts[0].note = "note \(index)"
    }
    try fixture.journal.prepare(written)
    for wanted in [[0], [11, 0], [3, 4, 5], [9, 0, 5, 4, 8, 1], Array(0..<12)] {
      let found = try fixture.journal.changes(ids: wanted.map { ids[$0] })
      #expect(found == wanted.sorted(by: >).map { written[$0] })
    }
    let oldestFirst = try fixture.journal.read { db in
      try ChangeRowReader(db).changes([1, 2, 3, 7, 9, 8, 12]).map(\.change.id)
    }
    #expect(oldestFirst == [0, 1, 2, 6, 8, 7, 11].map { ids[$0] })
    #expect(throws: (any Error).self) {
      try fixture.journal.read { db in _ = try ChangeRowReader(db).changes([12, 13]) }
    }
  }

  @Test func theJournalCanBeUsedAndShortenedDuringAWalk() throws {
    let fixture = try JournalFixture()
    let ids = (0..<150).map { "c\($0)" }
    try fixture.journal.prepare(ids.map { Sample.change($0, root: "/home/\($0)") })
    try fixture.journal.markApplied(ids)
    var walked: [String] = []
    try fixture.journal.forEachChange(in: [.applied]) { recorded in
      walked.append(recorded.change.id)
      if walked.count == 1 { try? fixture.journal.forget(["c80", "c10"]) }
      return true
    }
    #expect(walked == ids.reversed().filter { $0 != "c80" && $0 != "c10" })
  }
}
