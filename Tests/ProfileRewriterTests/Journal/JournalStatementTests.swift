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
    for change in changes {
      #expect(try !journal.isUnfinished(client: change.client, place: change.place))
    }
    try journal.prepare(changes)
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
}
