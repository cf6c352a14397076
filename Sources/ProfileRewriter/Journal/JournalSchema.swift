import GRDB

/// The journal's tables. docs/journal-format.md specifies them for other programs; a change here is
/// a new migration, a higher ``version``, and a change there.
enum JournalSchema {
  /// "PRWR": says that the database is a journal of this program (PRAGMA application_id).
  static let applicationID = 0x5052_5752
  /// PRAGMA user_version.
  static let version = 3

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(sql: tables)
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
      try db.execute(sql: "PRAGMA user_version = 1")
    }
    migrator.registerMigration("2") { db in
      try db.execute(sql: additionsOf2)
      try db.execute(sql: "PRAGMA user_version = 2")
    }
    migrator.registerMigration("3") { db in
      try db.execute(sql: additionsOf3)
      try db.execute(sql: "PRAGMA user_version = 3")
    }
    return migrator
  }

  /// Whether tables and columns are just those that this program makes. Only of such does SQLite's
  /// own check say that each value has the type that is read.
  static func isOurs(_ db: Database) throws -> Bool {
    let fresh = try DatabaseQueue()
    try migrator.migrate(fresh)
    return try shape(db) == fresh.read(shape)
  }

  private static func shape(_ db: Database) throws -> [[DatabaseValue]] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT item.type, item.name, list.strict, list.wr, field.cid, field.name, field.type,
          field."notnull", field.pk, field.hidden
        FROM sqlite_master AS item
          LEFT JOIN pragma_table_list(item.name) AS list
          LEFT JOIN pragma_table_xinfo(item.name) AS field
        WHERE item.type <> 'index' AND item.name NOT LIKE 'sqlite^_%' ESCAPE '^'
        ORDER BY item.type, item.name, field.cid
        """
    ).map { Array($0.databaseValues) }
  }

  // A table's checks cannot be changed: `file` is made anew.
  private static let additionsOf2 = """
    ALTER TABLE change ADD COLUMN follow_up_of TEXT;
    CREATE INDEX change_by_follow_up ON change (follow_up_of) WHERE follow_up_of IS NOT NULL;

    CREATE TABLE relocation (
      change INTEGER NOT NULL REFERENCES change (number) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      path BLOB NOT NULL,
      target BLOB NOT NULL,
      PRIMARY KEY (change, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE file_2 (
      change INTEGER NOT NULL REFERENCES change (number) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      path BLOB NOT NULL,
      place BLOB NOT NULL,
      action TEXT NOT NULL CHECK (action IN ('edit', 'create', 'mkdir', 'keep')),
      commits INTEGER NOT NULL,
      sensitive INTEGER NOT NULL,
      before_mode INTEGER,
      before_uid INTEGER,
      before_gid INTEGER,
      before_size INTEGER,
      before_sha256 BLOB,
      after_mode INTEGER,
      after_uid INTEGER,
      after_gid INTEGER,
      after_size INTEGER,
      after_sha256 BLOB,
      users TEXT NOT NULL,
      kept BLOB,
      PRIMARY KEY (change, position)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO file_2 SELECT *, NULL FROM file;
    DROP TABLE file;
    ALTER TABLE file_2 RENAME TO file;
    CREATE INDEX file_by_place ON file (place);

    ALTER TABLE edit ADD COLUMN client_writes TEXT
      CHECK (client_writes IN ('any', 'absent', 'beginning'));
    ALTER TABLE edit ADD COLUMN client_prefix BLOB;
    UPDATE edit SET client_writes = 'any' WHERE client_rewrites IS NOT NULL;

    ALTER TABLE undo_value ADD COLUMN path BLOB;
    ALTER TABLE account ADD COLUMN note TEXT;
    """

  private static let additionsOf3 = """
    ALTER TABLE change ADD COLUMN staging BLOB;

    CREATE TABLE file_3 (
      change INTEGER NOT NULL REFERENCES change (number) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      path BLOB NOT NULL,
      place BLOB NOT NULL,
      action TEXT NOT NULL CHECK (action IN ('edit', 'create', 'mkdir', 'keep', 'tree')),
      commits INTEGER NOT NULL,
      sensitive INTEGER NOT NULL,
      before_mode INTEGER,
      before_uid INTEGER,
      before_gid INTEGER,
      before_size INTEGER,
      before_sha256 BLOB,
      after_mode INTEGER,
      after_uid INTEGER,
      after_gid INTEGER,
      after_size INTEGER,
      after_sha256 BLOB,
      users TEXT NOT NULL,
      kept BLOB,
      PRIMARY KEY (change, position)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO file_3 SELECT * FROM file;
    DROP TABLE file;
    ALTER TABLE file_3 RENAME TO file;
    CREATE INDEX file_by_place ON file (place);
    """

  // Tables whose rows belong to a change are keyed by its number first, so that one change lies
  // together on disk and is read by ranges.
  private static let tables = """
    CREATE TABLE run (
      id TEXT NOT NULL PRIMARY KEY,
      command TEXT NOT NULL,
      started_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE change (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      run TEXT NOT NULL REFERENCES run (id),
      root BLOB NOT NULL,
      home BLOB,
      client TEXT NOT NULL,
      profile BLOB,
      place BLOB NOT NULL,
      state TEXT NOT NULL
        CHECK (state IN ('prepared', 'applied', 'undoing', 'undone', 'conflict')),
      abandoned INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL,
      state_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX change_by_run ON change (run);
    CREATE INDEX change_by_place ON change (place);
    CREATE INDEX change_unsettled ON change (state) WHERE state IN ('prepared', 'undoing');

    CREATE TABLE account (
      change INTEGER NOT NULL REFERENCES change (number) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      key TEXT NOT NULL,
      undone INTEGER NOT NULL DEFAULT 0,
      from_host TEXT NOT NULL,
      from_port INTEGER NOT NULL,
      from_security TEXT NOT NULL,
      from_auth TEXT NOT NULL,
      from_username TEXT NOT NULL,
      to_host TEXT NOT NULL,
      to_port INTEGER NOT NULL,
      to_security TEXT NOT NULL,
      to_auth TEXT NOT NULL,
      to_username TEXT NOT NULL,
      PRIMARY KEY (change, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE warning (
      change INTEGER NOT NULL REFERENCES change (number) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      code TEXT NOT NULL,
      text TEXT NOT NULL,
      PRIMARY KEY (change, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE file (
      change INTEGER NOT NULL REFERENCES change (number) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      path BLOB NOT NULL,
      place BLOB NOT NULL,
      action TEXT NOT NULL CHECK (action IN ('edit', 'create', 'mkdir')),
      commits INTEGER NOT NULL,
      sensitive INTEGER NOT NULL,
      before_mode INTEGER,
      before_uid INTEGER,
      before_gid INTEGER,
      before_size INTEGER,
      before_sha256 BLOB,
      after_mode INTEGER,
      after_uid INTEGER,
      after_gid INTEGER,
      after_size INTEGER,
      after_sha256 BLOB,
      users TEXT NOT NULL,
      PRIMARY KEY (change, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX file_by_place ON file (place);

    CREATE TABLE edit (
      change INTEGER NOT NULL,
      file INTEGER NOT NULL,
      position INTEGER NOT NULL,
      key TEXT NOT NULL,
      before BLOB,
      after BLOB,
      secret INTEGER NOT NULL,
      recipe TEXT,
      rule TEXT NOT NULL CHECK (rule IN ('value', 'elements', 'counter', 'record')),
      deciding INTEGER NOT NULL,
      client_rewrites TEXT,
      users TEXT NOT NULL,
      PRIMARY KEY (change, file, position),
      FOREIGN KEY (change, file) REFERENCES file (change, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE span (
      change INTEGER NOT NULL,
      file INTEGER NOT NULL,
      edit INTEGER NOT NULL,
      position INTEGER NOT NULL,
      start INTEGER NOT NULL,
      old BLOB NOT NULL,
      new BLOB,
      new_length INTEGER NOT NULL,
      PRIMARY KEY (change, file, edit, position),
      FOREIGN KEY (change, file, edit) REFERENCES edit (change, file, position)
        ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE element (
      change INTEGER NOT NULL,
      file INTEGER NOT NULL,
      edit INTEGER NOT NULL,
      position INTEGER NOT NULL,
      bytes BLOB NOT NULL,
      users TEXT NOT NULL,
      PRIMARY KEY (change, file, edit, position),
      FOREIGN KEY (change, file, edit) REFERENCES edit (change, file, position)
        ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE branch (
      change INTEGER NOT NULL,
      file INTEGER NOT NULL,
      position INTEGER NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('keys', 'elements')),
      prefix TEXT NOT NULL,
      users TEXT NOT NULL,
      PRIMARY KEY (change, file, position),
      FOREIGN KEY (change, file) REFERENCES file (change, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE undo (
      change INTEGER NOT NULL PRIMARY KEY REFERENCES change (number) ON DELETE CASCADE,
      accounts TEXT NOT NULL,
      started_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE undo_file (
      change INTEGER NOT NULL REFERENCES undo (change) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      path BLOB NOT NULL,
      before_sha256 BLOB,
      after_sha256 BLOB,
      PRIMARY KEY (change, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE undo_value (
      change INTEGER NOT NULL REFERENCES undo (change) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      key TEXT NOT NULL,
      value BLOB,
      PRIMARY KEY (change, position)
    ) STRICT, WITHOUT ROWID;
    """
}
