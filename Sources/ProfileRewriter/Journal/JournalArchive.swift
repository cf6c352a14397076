import ConfigFormats
import Foundation
import GRDB

/// Changes on their way from one journal to another: a line that says what follows, and a journal
/// database (docs/journal-format.md).
///
/// The hash finds accidents. That nobody has forged it is seen to by who may write the file.
struct JournalArchive {
  static let magic = "profile-rewriter journal export 1"
  /// A hundred thousand changes are about half of it.
  static let largest = 1 << 30

  /// The whole file.
  static func encode(_ database: [UInt8]) -> [UInt8] {
    Array("\(magic) \(SHA256.hash(database).hexadecimal) \(database.count)\n".utf8) + database
  }

  /// The database in a file.
  /// - Throws: `journal` when it is no such file, or not whole.
  static func decode(_ file: [UInt8], name: String) throws(Refusal) -> [UInt8] {
    guard let end = file.prefix(200).firstIndex(of: UInt8(ascii: "\n")) else {
      throw notAnExport(name)
    }
    let line = String(decoding: file[..<end], as: UTF8.self)
    guard line.hasPrefix(magic + " ") else { throw notAnExport(name) }
    let fields = line.dropFirst(magic.count + 1).split(separator: " ")
    let database = Array(file[(end + 1)...])
    guard fields.count == 2, Int(fields[1]) == database.count,
      String(fields[0]) == SHA256.hash(database).hexadecimal
    else {
      throw Refusal(
        .journal, "\(name) is not what was exported: its checksum differs; copy it once more")
    }
    return database
  }

  private static func notAnExport(_ name: String) -> Refusal {
    Refusal(.journal, "\(name) is no file that `history export` wrote, or of a newer version")
  }
}

extension Journal {
  /// Changes that are settled, with nothing else, as a file for ``read(archive:name:)``.
  public func archive(_ changes: [Change]) throws(Refusal) -> [UInt8] {
    try withScratchDatabase { path throws(Refusal) in
      do {
        let queue = try Self.scratchQueue(path)
        try JournalSchema.migrator.migrate(queue)
        try copy(changes, into: queue)
        try queue.writeWithoutTransaction { try $0.execute(sql: "VACUUM") }
        try queue.close()
      } catch {
        throw refusal(error)
      }
      return JournalArchive.encode(try bytes(ofScratch: path))
    }
  }

  /// What an archive holds, oldest first.
  public func read(archive: [UInt8], name: String) throws(Refusal) -> [ArchivedChange] {
    let database = try JournalArchive.decode(archive, name: name)
    return try withScratchDatabase { path throws(Refusal) in
      do {
        try Data(database).write(to: URL(fileURLWithPath: String(decoding: path, as: UTF8.self)))
        let queue = try Self.scratchQueue(path)
        try queue.read { try Self.requireJournal($0, name) }
        try JournalSchema.migrator.migrate(queue)
        let found = try queue.read { db in
          guard try JournalSchema.isOurs(db) else { throw Self.damaged(name) }
          return try Self.archived(db)
        }
        try queue.close()
        return found
      } catch {
        throw error as? Refusal
          ?? Refusal(.journal, "\(name) cannot be read: \(error.localizedDescription)")
      }
    }
  }

  /// Takes settled changes in, oldest first, in one transaction; they become the newest.
  public func take(_ archived: [ArchivedChange]) throws(Refusal) {
    try write { db in
      let writer = try ChangeRowWriter(db)
      for item in archived { try Self.insert(item, writer, db) }
    }
  }

  // MARK: Rows

  private func copy(_ changes: [Change], into queue: DatabaseQueue) throws {
    let times = try read { db in
      try Dictionary(
        uniqueKeysWithValues: Row.fetchAll(db, sql: "SELECT id, state_at, abandoned FROM change")
          .map { ($0[0] as String, ($0[1] as Int, $0[2] as Bool)) })
    }
    let runs = try Dictionary(
      uniqueKeysWithValues: read { db in
        try Row.fetchAll(db, sql: "SELECT id, command, started_at FROM run")
          .map { ($0[0] as String, BegunRun(command: $0[1], startedAt: $0[2])) }
      })
    try queue.write { db in
      let writer = try ChangeRowWriter(db)
      for change in changes.reversed() {
        let (stateAt, isAbandoned) = times[change.id] ?? (change.createdAt, false)
        try Self.insert(
          ArchivedChange(
            change: change, run: runs[change.run], stateAt: stateAt, isAbandoned: isAbandoned),
          writer, db)
      }
    }
  }

  private static func insert(_ item: ArchivedChange, _ writer: ChangeRowWriter, _ db: Database)
    throws
  {
    let change = item.change
    try writer.insertRun(
      change.run, item.run ?? BegunRun(command: "", startedAt: change.createdAt))
    try writer.insert(change, at: item.stateAt)
    try db.cachedStatement(sql: "UPDATE change SET state = ?, abandoned = ? WHERE id = ?")
      .execute(arguments: [change.state.rawValue, item.isAbandoned, change.id])
  }

  private static func archived(_ db: Database) throws -> [ArchivedChange] {
    let numbers = try Int64.fetchAll(db, sql: "SELECT number FROM change ORDER BY number")
    return try ChangeRowReader(db).changes(numbers).map { recorded in
      let change = recorded.change
      guard change.state == .applied || change.state == .undone else {
        throw Refusal(.journal, "change \(change.id.printable) in it is not settled")
      }
      let run = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT command, started_at FROM run WHERE id = ?"),
        arguments: [change.run])
      return ArchivedChange(
        change: change,
        run: try run.map {
          BegunRun(
            command: $0[0], startedAt: try ChangeRowReader.number($0, 1, .time, of: change.id))
        },
        stateAt: recorded.stateAt, isAbandoned: recorded.isAbandoned)
    }
  }

  // MARK: A database for the way

  /// A private database file in the state directory, which goes afterwards. One export or import at
  /// a time: what a killed one left is litter then.
  private func withScratchDatabase<Value>(
    _ body: ([UInt8]) throws(Refusal) -> Value
  ) throws(Refusal) -> Value {
    let guarded = try ProfileGuard.take(
      in: state, client: "", place: state.absolute("export"), timeout: 30)
    defer { withExtendedLifetime(guarded) {} }
    try state.root.removeLitter(in: nil)
    let name = TemporaryName.make()
    let path = state.path + [UInt8(ascii: "/")] + name
    do throws(Errno) {
      try state.calls.close(
        state.calls.open(
          OpenRoot.currentDirectory, path, flags: [.readWrite, .create, .exclusive, .noFollow],
          mode: 0o600))
    } catch {
      throw .cannotWrite(path, error, unchanged: false)
    }
    defer { try? state.calls.unlink(state.root.directory.number, name) }
    return try body(path)
  }

  private static func scratchQueue(_ path: [UInt8]) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "ProfileRewriter.JournalArchive"
    configuration.prepareDatabase { db in
      // In memory: beside the file there is never anything to be left.
      try db.execute(sql: "PRAGMA journal_mode = MEMORY; PRAGMA trusted_schema = OFF")
    }
    return try DatabaseQueue(
      path: String(decoding: path, as: UTF8.self), configuration: configuration)
  }

  private func bytes(ofScratch path: [UInt8]) throws(Refusal) -> [UInt8] {
    let root = try OpenRoot(
      path: state.path, followingLink: true, fileSizeLimit: JournalArchive.largest,
      calls: state.calls)
    guard let name = RelativePath(path.dropFirst(state.path.count + 1)),
      let file = try root.snapshot(name)
    else { throw Refusal(.io, "\(path.printable) was removed while it was being made") }
    return file.bytes
  }

  private static func requireJournal(_ db: Database, _ name: String) throws {
    guard try Int.fetchOne(db, sql: "PRAGMA application_id") == JournalSchema.applicationID else {
      throw Refusal(.journal, "\(name) holds a database of another program")
    }
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard version <= JournalSchema.version else {
      throw Refusal(
        .journal,
        "\(name) was written by a newer version of this program (format \(version), this one knows "
          + "\(JournalSchema.version)); use that version")
    }
    // What the migrations read of it must be text: they would not ask.
    guard try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"],
      try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").isEmpty,
      try Row.fetchAll(
        db, sql: "SELECT 1 FROM grdb_migrations WHERE typeof(identifier) <> 'text'"
      ).isEmpty
    else { throw damaged(name) }
  }

  private static func damaged(_ name: String) -> Refusal {
    Refusal(.journal, "\(name) holds a damaged database")
  }
}

/// A change as an archive has it.
public struct ArchivedChange: Sendable {
  public var change: Change
  var run: Journal.BegunRun?
  /// When it came into its state, in seconds since 1970.
  var stateAt: Int
  var isAbandoned: Bool
}
