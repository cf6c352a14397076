import Foundation
import GRDB
import Testing

@testable import ProfileRewriter

/// Journals of earlier formats are read as they were meant.
@Suite struct JournalMigrationTests {
  @Test func theFirstFormatIsTakenOver() throws {
    let scratch = try Scratch()
    try scratch.directory("state")
    #expect(chmod(scratch.path + "/state", 0o700) == 0)
    let file = scratch.path + "/state/journal.sqlite"
    do {
      let old = try DatabaseQueue(path: file)
      try JournalSchema.migrator.migrate(old, upTo: "1")
      try old.write { db in try db.execute(sql: Self.oneChange) }
      try old.close()
    }
    #expect(chmod(file, 0o600) == 0)
    let journal = try #require(
      try Journal.open(stateDirectory: Array((scratch.path + "/state").utf8), create: false))
    let change = try #require(try journal.changes().first)
    #expect(change.relocations == [])
    #expect(change.followUpOf == nil)
    let patch = try #require(change.files.first)
    #expect(patch.action == .edit && patch.kept == nil && patch.commits)
    let edit = try #require(patch.edits.first)
    #expect(edit.clientRewrites == ClientRewrite("seen in 128"))
    #expect(edit.spans.map(\.offset) == [2])
    #expect(try journal.problems() == [])
    #expect(try journal.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 3)
  }

  private static let oneChange = """
    INSERT INTO run VALUES ('r', 'apply', 1);
    INSERT INTO change (id, run, root, home, client, profile, place, state, created_at, state_at)
      VALUES ('aaaa', 'r', CAST('/home/dora' AS BLOB), NULL, 'thunderbird', NULL,
        CAST('/home/dora' AS BLOB), 'applied', 1, 1);
    INSERT INTO file (change, position, path, place, action, commits, sensitive, users)
      VALUES (1, 0, CAST('prefs.js' AS BLOB), CAST('/home/dora/prefs.js' AS BLOB), 'edit', 1, 0,
        '[]');
    INSERT INTO edit (change, file, position, key, secret, rule, deciding, client_rewrites, users)
      VALUES (1, 0, 0, 'k', 0, 'value', 1, 'seen in 128', '[]');
    INSERT INTO span VALUES (1, 0, 0, 0, 2, CAST('a' AS BLOB), CAST('b' AS BLOB), 1);
    """
}
