import Foundation
import GRDB

@testable import ProfileRewriter

extension Target {
  /// Journals on their way from one machine to another. An input is such a file, its database, or
  /// else a list of things that are done to the database of a good one.
  static let patch = Target(name: "patch") { PatchLab.shared.check($0.document) }
}

private final class PatchLab: Sendable {
  static let shared: PatchLab = {
    do { return try PatchLab() } catch { broken("no journal can be made: \(error)") }
  }()

  private let directory: String
  private let journal: Journal
  /// The database of an export.
  private let good: [UInt8]

  private init() throws {
    let directory = NSTemporaryDirectory() + "/fuzz-patch-\(getpid())"
    self.directory = directory
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    func make(_ name: String) throws -> Journal {
      try Journal.create(stateDirectory: Array("\(directory)/\(name)".utf8), now: { 1_795_485_552 })
    }
    let first = try make("first")
    try first.prepare(SampleChange.all)
    try first.markApplied(SampleChange.all.map(\.id))
    let archive = try first.archive(first.changes())
    good = try JournalArchive.decode(archive, name: "a")
    let wished = SampleChange.all.map { change in
      var change = change
      change.state = .applied
      return change
    }
    let read = try first.read(archive: archive, name: "a").map(\.change)
    require(read == wished, "an export is whole")
    journal = try make("second")
    removeAtExit(directory)
  }

  func check(_ input: [UInt8]) {
    let archive: [UInt8]
    if input.starts(with: Array("profile-rewriter".utf8)) {
      archive = input
    } else if input.starts(with: Array("SQLite".utf8)) {
      archive = JournalArchive.encode(input)
    } else {
      archive = JournalArchive.encode(forged(by: input))
    }
    do {
      try roundTrip(archive)
    } catch {
      trace("refused: \(error.text)")
      require(!error.text.isEmpty, "a refusal says why")
    }
  }

  /// What is taken in is sent on as it came.
  private func roundTrip(_ archive: [UInt8]) throws(Refusal) {
    let archived = try journal.read(archive: archive, name: "x")
    trace("read: \(archived.count) changes")
    defer { empty() }
    do {
      try journal.take(archived)
    } catch {
      return
    }
    let again: [ArchivedChange]
    do {
      let sent = try journal.archive(try journal.changes())
      again = try journal.read(archive: sent, name: "y")
    } catch {
      broken("what was taken in cannot be sent on: \(error.text)")
    }
    require(again.map(\.change) == archived.map(\.change), "changes are sent on as they came")
    require(
      again.map(\.stateAt) == archived.map(\.stateAt)
        && again.map(\.isAbandoned) == archived.map(\.isAbandoned),
      "states are sent on as they came")
  }

  private func empty() {
    do {
      try journal.database.write { db in
        for table in ["change", "run"] { try db.execute(sql: "DELETE FROM \(table)") }
      }
    } catch {
      broken("the journal cannot be emptied: \(error)")
    }
  }

  // MARK: Forging

  private func forged(by input: [UInt8]) -> [UInt8] {
    let path = "\(directory)/forged"
    do {
      try Data(good).write(to: URL(fileURLWithPath: path))
      var choices = Choices(input[...])
      var pokes: [(Int, UInt8)] = []
      let queue = try Self.openLoosely(path)
      queue.inDatabase { db in
        for _ in 0..<12 where !choices.isUsedUp {
          if let poke = forge(db, &choices) { pokes.append(poke) }
        }
      }
      try queue.close()
      var bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
      for (place, byte) in pokes where place < bytes.count { bytes[place] = byte }
      return bytes
    } catch {
      return []
    }
  }

  private static func openLoosely(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA ignore_check_constraints = ON;
          PRAGMA writable_schema = ON; PRAGMA legacy_alter_table = ON
          """)
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  private static let tables = [
    "change", "run", "file", "edit", "span", "element", "branch", "account", "warning",
    "relocation",
    "undo", "undo_file", "undo_value", "grdb_migrations", "sqlite_sequence", "sqlite_master",
  ]

  /// Does one thing to the database, if that is possible; or names a byte to be changed in the file.
  private func forge(_ db: Database, _ choices: inout Choices) -> (Int, UInt8)? {
    let action = choices.below(10)
    guard let table = choices.pick(Self.tables),
      let names = try? db.columns(in: table).map(\.name), let column = choices.pick(names)
    else { return nil }
    let row = Int(choices.byte() & 3)
    let one = "WHERE \"\(column)\" IS (SELECT \"\(column)\" FROM \(table) LIMIT 1 OFFSET \(row))"
    switch action {
    case 0...3:
      let value = value(&choices)
      try? db.execute(
        sql: "UPDATE OR IGNORE \(table) SET \"\(column)\" = ? \(one)", arguments: [value])
    case 4: try? db.execute(sql: "DELETE FROM \(table) \(one)")
    case 5: try? db.execute(sql: "INSERT OR IGNORE INTO \(table) SELECT * FROM \(table) \(one)")
    case 6: loosen(table, db)
    case 7:
      let pragma = choices.isLikely(50) ? "user_version" : "application_id"
      try? db.execute(sql: "PRAGMA \(pragma) = \(Int8(bitPattern: choices.byte()))")
    case 8:
      let sql =
        switch choices.below(4) {
        case 0: "DROP TABLE \(table)"
        case 1: "ALTER TABLE \(table) DROP COLUMN \"\(column)\""
        case 2: "CREATE TRIGGER t AFTER INSERT ON \(table) BEGIN DELETE FROM run; END"
        default:
          """
          ALTER TABLE \(table) RENAME TO kept_\(table);
          CREATE VIEW \(table) AS SELECT * FROM kept_\(table)
          """
        }
      try? db.execute(sql: sql)
    default: return (choices.below(1 << 16) << 2 | Int(choices.byte() & 3), choices.byte())
    }
    return nil
  }

  /// The same table without types, keys and checks.
  private func loosen(_ table: String, _ db: Database) {
    try? db.execute(
      sql: """
        CREATE TABLE loose_\(table) AS SELECT * FROM \(table);
        DROP TABLE \(table);
        ALTER TABLE loose_\(table) RENAME TO \(table)
        """)
  }

  private static let words = [
    "applied", "undone", "prepared", "value", "elements", "counter", "record", "edit", "create",
    "mkdir", "keep", "tls", "starttls", "none", "password-cleartext", "any", "absent", "beginning",
    "keys", "[\"a\"]", "[]", "[1]", "{", "", "é", "../x", "a/b", "/x", "2", "1",
  ]

  private func value(_ choices: inout Choices) -> DatabaseValue {
    switch choices.below(6) {
    case 0: .null
    case 1:
      ([0, 1, -1, 2, 1 << 31, 1 << 40, .max, .min] as [Int64])[choices.below(8)].databaseValue
    case 2: (choices.isLikely(50) ? 0.5 : .infinity).databaseValue
    case 3: Data(choices.someBytes()).databaseValue
    case 4: (choices.pick(Self.words) ?? "").databaseValue
    default: choices.someText().databaseValue
    }
  }
}

/// The journals go with the process; where it crashes they stay, below what the run removes.
private func removeAtExit(_ path: String) {
  removedAtExit = path
  atexit { if let path = removedAtExit { try? FileManager.default.removeItem(atPath: path) } }
}

nonisolated(unsafe) private var removedAtExit: String?

/// Changes that use everything a change can hold.
private enum SampleChange {
  static let all = [change("one", "r1", profile: "tb/p"), change("two", "r2", profile: nil)]

  private static func settings(_ host: String, _ port: Int) -> ServerSettings {
    ServerSettings(
      host: host, port: port, security: .tls, auth: .passwordCleartext, username: "dora@example.org"
    )
  }

  private static func state(_ text: String) -> FileState {
    FileState(
      mode: 0o600, uid: 1000, gid: 100, size: text.utf8.count,
      sha256: Array(repeating: UInt8(text.utf8.count), count: 32))
  }

  private static func path(_ text: String) -> RelativePath {
    guard let path = RelativePath(text) else { broken("no path") }
    return path
  }

  private static func change(_ id: String, _ run: String, profile: String?) -> Change {
    Change(
      id: id, run: run, root: Array("/home/dora".utf8), home: Array("/home/dora".utf8),
      client: "thunderbird", profile: profile.map(path),
      relocations: [Relocation(path(".cache"), target: Array("/srv".utf8))], followUpOf: "zero",
      accounts: [
        SwitchedAccount(
          key: "server1", from: settings("pop.example.org", 995),
          to: settings("imap.example.org", 993), note: "a note")
      ], files: files, warnings: [Warning(.mailOnlyLocal, "three folders")], state: .prepared,
      createdAt: 1_000_000, undoneAccounts: [])
  }

  private static let files = [
    FilePatch(path: path("d"), action: .mkdir, before: nil, after: nil, users: ["server1"]),
    FilePatch(
      path: path("uid-cache"), action: .keep, before: state("a"), after: state("a"),
      kept: Array("a".utf8), users: []),
    FilePatch(
      path: path("prefs.js"), action: .edit, commits: true, before: state("a pop3 b"),
      after: state("a imap b"),
      edits: [
        KeyedEdit(
          key: "type", before: Array("pop3".utf8), after: Array("imap".utf8),
          spans: [Span(offset: 2, old: Array("pop3".utf8), new: nil, newLength: 4)],
          deciding: true, users: ["server1"]),
        KeyedEdit(
          key: "list", before: nil, after: [], secret: true, recipe: "a copy", spans: [],
          rule: .elements([ListElement(bytes: [44], users: ["server1"])]),
          clientRewrites: ClientRewrite("seen", .beginning([0xff])), users: []),
        KeyedEdit(key: "next", before: [49], after: [50], spans: [], rule: .counter, users: []),
      ], branches: [CreatedBranch(prefix: "mail.server.server2.", users: ["server1"])],
      users: ["server1"]),
  ]
}
