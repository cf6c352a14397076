internal import CPlatform
import ConfigFormats
import Dispatch
import GRDB
internal import GRDBSQLite
import Synchronization

/// A cell of a client's database.
public enum DatabaseCell: Sendable, Hashable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  /// As text; numbers in decimal.
  public var text: String? {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .null, .real, .blob: nil
    }
  }

  public var integer: Int64? {
    switch self {
    case .integer(let number): number
    case .text(let text): Int64(text)
    case .null, .real, .blob: nil
    }
  }
}

extension OpenRoot {
  /// The rows a query gives on a client's SQLite database, read as it lies on the disk; nil where
  /// there is no such file. Nothing is written beside it, and no lock taken: ask only while the
  /// client is closed.
  /// - Throws: `unsupported` where it is no database or the query does not fit it, and where a
  ///   journal tells that its last writer did not end properly; where the answer takes too long or
  ///   has too many rows; `symlink`, `not-regular`, `io`.
  public func rows(_ query: String, of path: RelativePath) throws(Refusal) -> [[DatabaseCell]]? {
    try rows(query, of: path, within: 5)
  }

  /// - Parameter seconds: a table may be a view that somebody has made without an end.
  func rows(
    _ query: String, of path: RelativePath, within seconds: Double
  ) throws(Refusal) -> [[DatabaseCell]]? {
    // SQLite makes its own system calls.
    try asOwner { () throws(Refusal) in try rowsAsOwner(query, of: path, within: seconds) }
  }

  private func rowsAsOwner(
    _ query: String, of path: RelativePath, within seconds: Double
  ) throws(Refusal) -> [[DatabaseCell]]? {
    guard let file = try open(path, .noWait) else { return nil }
    let shown = absolute(path)
    let status: FileStatus
    do { status = try calls.status(file.number) } catch { throw .cannotRead(shown, error) }
    guard status.kind == .file else { throw .notRegular(shown, status) }
    for suffix in ["-journal", "-wal"] {
      guard let beside = RelativePath(path.bytes + Array(suffix.utf8)) else { continue }
      if let size = try size(beside), size > 0 {
        throw Refusal(
          .unsupported,
          "\(absolute(beside).printable) is left over from an interrupted write; start the client "
            + "once and close it")
      }
    }
    do {
      // SQLite opens by name only, and first asks what a descriptor's name leads to: to this very file,
      // unless its owner turns the path in that instant. They get no further than their own rights, and
      // nobody waits at a FIFO.
      SQLiteOpening.neverWaits
      return try databaseTime.spending(atMost: seconds) { seconds in
        try Self.rows(
          query, of: "file:/proc/self/fd/\(file.number)?immutable=1", within: seconds)
      }
    } catch {
      throw Refusal(
        .unsupported,
        "\(shown.printable) cannot be read as the database it should be "
          + "(\((error as? DatabaseError)?.message ?? "\(error)"))")
    }
  }

  private static func rows(
    _ query: String, of uri: String, within seconds: Double
  ) throws -> [[DatabaseCell]] {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.prepareDatabase { db in
      // The file is the user's, and may be made to do harm.
      try db.execute(sql: "PRAGMA trusted_schema = OFF")
      try db.execute(sql: "PRAGMA cell_size_check = ON")
      // A view of a few bytes can make a value of any length.
      sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, longestValue)
    }
    let database = try DatabaseQueue(path: uri, configuration: configuration)
    let limit = TimeLimit(seconds: seconds) { database.interrupt() }
    defer {
      limit.end()
      try? database.close()
    }
    return try database.read { db in
      var rows: [[DatabaseCell]] = []
      var bytes = 0
      let cursor = try Row.fetchCursor(db, sql: query)
      while let row = try cursor.next() {
        guard rows.count < mostRows else {
          throw DatabaseError(resultCode: .SQLITE_TOOBIG, message: "more than \(mostRows) rows")
        }
        let cells = row.map { DatabaseCell($0.1) }
        bytes += cells.reduce(0) { $0 + $1.bytes }
        guard bytes <= mostBytes else {
          throw DatabaseError(resultCode: .SQLITE_TOOBIG, message: "more than \(mostBytes) bytes")
        }
        rows.append(cells)
      }
      return rows
    }
  }

  private static let mostRows = 10_000
  /// Of a row of the table, too.
  private static let longestValue: Int32 = 1 << 20
  /// Of all rows together.
  private static let mostBytes = 16 << 20
}

/// The time that the databases below one root may take together: a user may have a database for each of hundreds of
/// accounts, and make each answer slowly.
final class DatabaseTime: Sendable {
  private let left: Mutex<Duration>

  init(seconds: Double = 15) { left = Mutex(.seconds(seconds)) }

  /// - Throws: what `work` does; at once where no time is left.
  func spending<Value>(atMost seconds: Double, _ work: (Double) throws -> Value) throws -> Value {
    let left = left.withLock { $0 }
    guard left > .zero else {
      throw DatabaseError(
        resultCode: .SQLITE_INTERRUPT, message: "the databases of this home have taken too long")
    }
    let start = ContinuousClock.now
    defer {
      let spent = ContinuousClock.now - start
      self.left.withLock { $0 -= spent }
    }
    return try work(min(seconds, left / .seconds(1)))
  }
}

/// How SQLite opens files in this process: each of its calls of open(2) is made so that it cannot wait.
private enum SQLiteOpening {
  /// Once, before the first client's database. To a regular file it makes no difference.
  static let neverWaits: Void = {
    guard let system = sqlite3_vfs_find(nil) else { return }
    let open: @convention(c) (UnsafePointer<CChar>?, Int32, Int32) -> Int32 =
      cplatform_open_without_waiting
    _ = system.pointee.xSetSystemCall?(
      system, "open", unsafeBitCast(open, to: (@convention(c) () -> Void).self))
  }()
}

extension DatabaseCell {
  /// Memory that it takes beside itself.
  fileprivate var bytes: Int {
    switch self {
    case .null, .integer, .real: 0
    case .text(let text): text.utf8.count
    case .blob(let bytes): bytes.count
    }
  }

  fileprivate init(_ value: DatabaseValue) {
    switch value.storage {
    case .null: self = .null
    case .int64(let number): self = .integer(number)
    case .double(let number): self = .real(number)
    case .string(let text): self = .text(text)
    case .blob(let data): self = .blob(Array(data))
    }
  }
}

/// Does something once a time is over, unless it is ended before; never afterwards.
private final class TimeLimit: Sendable {
  private let isOver = Mutex(false)

  init(seconds: Double, _ act: @escaping @Sendable () -> Void) {
    // The queue's threads are to be nobody but the process itself, and a thread is made as its maker.
    ThreadIdentity.run(as: nil) {
      DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak self] in
        self?.isOver.withLock { if !$0 { act() } }
      }
    }
  }

  func end() { isOver.withLock { $0 = true } }
}
