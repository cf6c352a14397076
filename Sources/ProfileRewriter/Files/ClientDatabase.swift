import ConfigFormats
import GRDB

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
  ///   journal tells that its last writer did not end properly; `symlink`, `not-regular`, `io`.
  public func rows(_ query: String, of path: RelativePath) throws(Refusal) -> [[DatabaseCell]]? {
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
      // By its descriptor: the name could lead elsewhere by now.
      return try Self.rows(query, of: "file:/proc/self/fd/\(file.number)?immutable=1")
    } catch {
      throw Refusal(
        .unsupported,
        "\(shown.printable) cannot be read as the database it should be "
          + "(\((error as? DatabaseError)?.message ?? "\(error)"))")
    }
  }

  private static func rows(_ query: String, of uri: String) throws -> [[DatabaseCell]] {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.prepareDatabase { db in
      // The file is the user's, and may be made to do harm.
      try db.execute(sql: "PRAGMA trusted_schema = OFF")
      try db.execute(sql: "PRAGMA cell_size_check = ON")
    }
    let database = try DatabaseQueue(path: uri, configuration: configuration)
    defer { try? database.close() }
    return try database.read { db in
      try Row.fetchAll(db, sql: query).map { row in row.map { DatabaseCell($0.1) } }
    }
  }
}

extension DatabaseCell {
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
