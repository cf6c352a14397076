import ConfigFormats
import GRDB
import Glibc
import Synchronization

/// The record of every change, written before the change is made (docs/journal-format.md).
///
/// A method that writes returns when what it wrote will survive a loss of power, and writes all of
/// it or nothing. Every method throws `journal` when the database is damaged, not writable or full,
/// and `busy` when another process keeps it locked for half a minute.
public final class Journal: Sendable {
  static let fileName = "journal.sqlite"

  public let state: StateDirectory
  let database: DatabaseQueue
  let now: @Sendable () -> Int
  /// Runs begun and not yet written: a run without a change leaves no trace.
  let begunRuns = Mutex<[String: BegunRun]>([:])

  struct BegunRun {
    var command: String
    var startedAt: Int
  }

  /// - Parameters:
  ///   - path: of the state directory, absolute.
  ///   - create: make directory and database where they are missing; else nothing is made, and a
  ///     missing one is nil.
  ///   - now: the clock, in seconds since 1970.
  /// - Throws: `journal` when the database is damaged, of a newer version, no journal at all, or
  ///   the state directory is open to others; `io`, `busy`.
  public static func open(
    stateDirectory path: [UInt8], create: Bool,
    calls: any SystemCalls = LinuxSystemCalls.shared,
    now: @escaping @Sendable () -> Int = { time(nil) }
  ) throws(Refusal) -> Journal? {
    guard let state = try StateDirectory.open(path, create: create, calls: calls) else {
      return nil
    }
    if !create, try !hasContent(state) { return nil }
    return try ThreadIdentity.run(as: nil) { () throws(Refusal) in
      try Journal(state, create: create, now: now)
    }
  }

  /// The journal, made where there is none.
  public static func create(
    stateDirectory path: [UInt8], calls: any SystemCalls = LinuxSystemCalls.shared,
    now: @escaping @Sendable () -> Int = { time(nil) }
  ) throws(Refusal) -> Journal {
    guard let journal = try open(stateDirectory: path, create: true, calls: calls, now: now) else {
      throw Refusal(.journal, "\(path.printable) was removed while it was being made")
    }
    return journal
  }

  /// Keeps other runs with this journal away from a profile until the guard is let go of.
  /// - Parameter timeout: seconds to wait for another run; 0 tries once.
  /// - Throws: `busy`, `io`.
  public func guardProfile(
    root: [UInt8], client: String, profile: RelativePath?, relocations: [Relocation] = [],
    timeout: Double, shouldStop: () -> Bool = { false }
  ) throws(Refusal) -> ProfileGuard {
    try ProfileGuard.take(
      in: state, client: client, place: Relocation.absolute(profile, root: root, relocations),
      timeout: timeout,
      shouldStop: shouldStop)
  }

  private init(_ state: StateDirectory, create: Bool, now: @escaping @Sendable () -> Int)
    throws(Refusal)
  {
    self.state = state
    self.now = now
    let path = state.absolute(Self.fileName)
    // Two first runs at once must not both make the tables.
    var making: ProfileGuard?
    var fresh = false
    if create, try !Self.hasContent(state) {
      making = try ProfileGuard.take(in: state, client: "", place: path, timeout: 30)
      fresh = try Self.makeFile(state)
    }
    let isLocal = state.isLocal
    do {
      var configuration = Configuration()
      configuration.label = "ProfileRewriter.Journal"
      configuration.busyMode = .timeout(30)
      configuration.prepareDatabase { db in try Self.prepare(db, path: path, isLocal: isLocal) }
      database = try DatabaseQueue(
        path: String(decoding: path, as: UTF8.self), configuration: configuration)
      // Two runs at once must not both make a table new, either.
      if making == nil, try !database.read(JournalSchema.migrator.hasCompletedMigrations) {
        making = try ProfileGuard.take(in: state, client: "", place: path, timeout: 30)
      }
      try JournalSchema.migrator.migrate(database)
      try database.writeWithoutTransaction { db in
        try Self.requireDurability(db, isLocal: isLocal)
        try Self.checkRows(false, db)
      }
    } catch {
      throw Self.refusal(error, path)
    }
    if fresh { try state.sync() }
    withExtendedLifetime(making) {}
  }

  // Closing, SQLite takes its log away.
  deinit { ThreadIdentity.run(as: nil) { try? database.close() } }

  /// Whether there is a database with something in it. An empty file is what a run leaves that was
  /// killed before it wrote anything.
  private static func hasContent(_ state: StateDirectory) throws(Refusal) -> Bool {
    guard let name = RelativePath(fileName), let status = try state.root.status(name) else {
      return false
    }
    guard status.kind == .file, status.uid == geteuid() else {
      throw Refusal(
        .journal,
        "\(state.absolute(fileName).printable) is \(status.kindText) of user \(status.uid), not "
          + "this user's journal; move it away")
    }
    return status.size > 0
  }

  /// Makes the file before SQLite does, which would give it the mode of the umask.
  private static func makeFile(_ state: StateDirectory) throws(Refusal) -> Bool {
    let path = state.absolute(fileName)
    do throws(Errno) {
      try state.calls.close(
        state.calls.open(
          OpenRoot.currentDirectory, path, flags: [.readWrite, .create, .exclusive, .noFollow],
          mode: 0o600))
      return true
    } catch {
      if error == .exists { return try !hasContent(state) }
      throw .cannotWrite(path, error, unchanged: false)
    }
  }
}

// MARK: - Settings of the connection

extension Journal {
  private static func prepare(_ db: Database, path: [UInt8], isLocal: Bool) throws {
    // First of all, before anything could write into a database that is not ours.
    let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
    let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    if pages > 0, application != JournalSchema.applicationID, application != 0 || version != 0 {
      throw Refusal(
        .journal, "\(path.printable) is a database of another program; name another --state")
    }
    if version > JournalSchema.version {
      throw Refusal(
        .journal,
        "the journal \(path.printable) was written by a newer version of this program (format "
          + "\(version), this one knows \(JournalSchema.version)); use that version")
    }
    // A write-ahead log needs memory shared between processes, which network file systems have not.
    let mode = isLocal ? "WAL" : "DELETE"
    _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = \(mode)")
    // FULL syncs the log at every commit; without a log EXTRA also syncs the directory after the
    // rollback journal is gone. NORMAL could lose a commit with the power.
    try db.execute(sql: "PRAGMA synchronous = \(isLocal ? "FULL" : "EXTRA")")
    try db.execute(sql: "PRAGMA trusted_schema = OFF")
    // In KiB; half of SQLite's own. A run writes on behind what it wrote and hardly reads it again.
    try db.execute(sql: "PRAGMA cache_size = -1000")
  }

  /// Whether SQLite evaluates the tables' checks (CHECK). For each row that is written it would build a table
  /// of every list in them, which is a third of what it does; and what is written into those columns are
  /// the names of closed enumerations. ``problems()`` evaluates them.
  private static func checkRows(_ isWanted: Bool, _ db: Database) throws {
    try db.execute(sql: "PRAGMA ignore_check_constraints = \(isWanted ? "OFF" : "ON")")
  }

  /// What SQLite says of itself, since both settings can be refused without an error.
  struct Durability: Equatable {
    var journalMode: String
    var synchronous: Int
    var foreignKeys: Bool
  }

  static func durability(_ db: Database) throws -> Durability {
    Durability(
      journalMode: try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
      synchronous: try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0,
      foreignKeys: try Bool.fetchOne(db, sql: "PRAGMA foreign_keys") ?? false)
  }

  private static func requireDurability(_ db: Database, isLocal: Bool) throws {
    let wanted = Durability(
      journalMode: isLocal ? "wal" : "delete", synchronous: isLocal ? 2 : 3, foreignKeys: true)
    let found = try durability(db)
    guard found == wanted else {
      throw Refusal(
        .journal,
        "the journal cannot be made durable (journal mode \(found.journalMode), synchronous "
          + "\(found.synchronous)); name a --state on another file system")
    }
  }
}

// MARK: - Access and errors

extension Journal {
  /// One transaction, so that all that is read is of one moment.
  ///
  /// Not GRDB's `read`: its `PRAGMA query_only` makes SQLite compile every statement of the connection
  /// again, those that write among them.
  func read<Value>(_ body: (Database) throws -> Value) throws(Refusal) -> Value {
    // SQLite opens files on its way.
    do {
      return try ThreadIdentity.run(as: nil) {
        try database.unsafeRead { db in try Self.inOneMoment(db, body) }
      }
    } catch {
      throw refusal(error)
    }
  }

  private static func inOneMoment<Value>(
    _ db: Database, _ body: (Database) throws -> Value
  ) throws -> Value {
    try db.beginTransaction(.deferred)
    do {
      let value = try body(db)
      try db.commit()
      return value
    } catch {
      try? db.rollback()
      throw error
    }
  }

  /// One transaction: all of it, durable, or nothing.
  func write<Value>(_ body: (Database) throws -> Value) throws(Refusal) -> Value {
    do { return try ThreadIdentity.run(as: nil) { try database.write(body) } } catch {
      throw refusal(error)
    }
  }

  func refusal(_ error: any Error) -> Refusal {
    Self.refusal(error, state.absolute(Self.fileName))
  }

  private static func refusal(_ error: any Error, _ path: [UInt8]) -> Refusal {
    if let refusal = error as? Refusal { return refusal }
    let path = path.printable
    guard let error = error as? DatabaseError else {
      return Refusal(.journal, "the journal \(path) cannot be used: \(error)")
    }
    // The message alone: a description could show bound values.
    let said = error.message ?? "error \(error.resultCode.rawValue)"
    return switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      Refusal(
        .journal,
        "the journal \(path) is damaged (\(said)); keep it and its -wal file, and put a backup of the "
          + "directory in its place")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      Refusal(.busy, "another program keeps the journal \(path) locked; try again")
    case .SQLITE_FULL:
      Refusal(.journal, "there is no room for the journal \(path); nothing was recorded")
    default: Refusal(.journal, "the journal \(path) cannot be used: \(said)")
    }
  }

  /// Looks through the whole database (PRAGMA integrity_check, foreign_key_check), and for numbers that cannot
  /// be.
  /// - Returns: what is wrong, one sentence each; empty when it is sound.
  public func problems() throws(Refusal) -> [String] {
    try read { db in
      try Self.checkRows(true, db)
      defer { try? Self.checkRows(false, db) }
      var problems = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
      for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check") {
        problems.append("a row of table \(row[0] as String? ?? "?") belongs to no change")
      }
      // Of a damaged database nothing is known; what it says may not even be of its type.
      return problems.isEmpty ? try JournalBound.problems(db) : problems
    }
  }
}
