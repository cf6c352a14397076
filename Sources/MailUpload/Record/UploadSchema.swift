import GRDB
import ProfileRewriter

/// The tables of the record of uploads. docs/upload.md specifies them.
enum UploadSchema {
  /// "PRWU": says that the database is a record of uploads (PRAGMA application_id).
  private static let applicationID = 0x5052_5755
  /// PRAGMA user_version.
  private static let version = 1

  static func prepare(_ db: Database, isLocal: Bool) throws {
    let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
    let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard pages == 0 || application == applicationID || (application == 0 && version == 0) else {
      throw Refusal(.journal, "upload.sqlite is a database of another program")
    }
    guard version <= Self.version else {
      throw Refusal(
        .journal, "upload.sqlite was written by a newer version of this program; use that version")
    }
    // As the journal's: what was recorded must survive a loss of power.
    _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = \(isLocal ? "WAL" : "DELETE")")
    try db.execute(sql: "PRAGMA synchronous = \(isLocal ? "FULL" : "EXTRA")")
    try db.execute(sql: "PRAGMA trusted_schema = OFF")
  }

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(sql: tables)
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
      try db.execute(sql: "PRAGMA user_version = 1")
    }
    return migrator
  }

  private static let tables = """
    CREATE TABLE mailbox (
      number INTEGER PRIMARY KEY,
      host TEXT NOT NULL,
      username TEXT NOT NULL,
      name BLOB NOT NULL,
      validity INTEGER NOT NULL,
      is_inbox INTEGER NOT NULL,
      UNIQUE (host, username, name, validity)
    ) STRICT;

    CREATE TABLE message (
      mailbox INTEGER NOT NULL REFERENCES mailbox (number) ON DELETE CASCADE,
      digest BLOB NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('sending', 'uploaded', 'found')),
      uid INTEGER,
      next_uid INTEGER,
      size INTEGER NOT NULL,
      PRIMARY KEY (mailbox, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX message_on_its_way ON message (mailbox) WHERE state = 'sending';
    """
}
