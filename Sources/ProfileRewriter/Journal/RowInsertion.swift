import GRDB
internal import GRDBSQLite

/// Rows of one table, inserted by a statement that is compiled once.
///
/// A change has some forty rows. As GRDB's arguments their values would be boxed, gathered and checked
/// for every row; here they are bound one after the other, and the statement is stepped by SQLite alone.
struct RowInsertion {
  private let statement: Statement
  private let columns: Int

  init(_ db: Database, _ table: String, _ columns: [String]) throws {
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    statement = try db.cachedStatement(
      sql: "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(marks))")
    self.columns = columns.count
  }

  /// - Parameter bind: binds a value to each column, in the order of the columns.
  func insert(_ bind: (inout RowValues) throws -> Void) throws {
    let bare = statement.sqliteStatement
    // Whoever executes it next through GRDB finds it without values, too.
    defer {
      sqlite3_reset(bare)
      sqlite3_clear_bindings(bare)
    }
    var values = RowValues(statement: bare)
    try bind(&values)
    precondition(values.count == columns, "a row has other values than its table has columns")
    let code = sqlite3_step(bare)
    guard code == SQLITE_DONE else {
      let message = sqlite3_errmsg(sqlite3_db_handle(bare)).map { String(cString: $0) }
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
  }
}

/// The values of a row that is to be inserted.
struct RowValues {
  fileprivate let statement: SQLiteStatement
  fileprivate private(set) var count = 0

  /// Has SQLite take a copy (SQLITE_TRANSIENT).
  private static var copied: sqlite3_destructor_type {
    unsafeBitCast(-1, to: sqlite3_destructor_type.self)
  }

  fileprivate init(statement: SQLiteStatement) { self.statement = statement }

  mutating func add(_ number: Int64?) throws {
    try bind(number) { sqlite3_bind_int64($0, $1, $2) }
  }

  mutating func add(_ number: Int?) throws { try add(number.map(Int64.init)) }

  mutating func add(_ number: UInt32?) throws { try add(number.map(Int64.init)) }

  mutating func add(_ flag: Bool) throws { try add(flag ? 1 as Int64 : 0) }

  mutating func add(_ bytes: [UInt8]?) throws {
    try bind(bytes) { statement, place, bytes in
      bytes.withUnsafeBytes { buffer in
        // No bytes may lie nowhere, which would be NULL.
        buffer.isEmpty
          ? sqlite3_bind_zeroblob(statement, place, 0)
          : sqlite3_bind_blob64(
            statement, place, buffer.baseAddress, UInt64(buffer.count), Self.copied)
      }
    }
  }

  /// - Throws: `unsupported` for a text with a NUL.
  mutating func add(_ text: String?) throws {
    try bind(text) { statement, place, text in
      var text = try JournalText.checked(text)
      return text.withUTF8 { utf8 in
        utf8.withMemoryRebound(to: CChar.self) { characters in
          // An empty text may lie nowhere, too.
          characters.isEmpty
            ? sqlite3_bind_text(statement, place, "", 0, Self.copied)
            : sqlite3_bind_text64(
              statement, place, characters.baseAddress, UInt64(characters.count), Self.copied,
              UInt8(SQLITE_UTF8))
        }
      }
    }
  }

  private mutating func bind<Value>(
    _ value: Value?, _ bound: (SQLiteStatement, CInt, Value) throws -> CInt
  ) throws {
    count += 1
    // What nothing is bound to is NULL.
    guard let value else { return }
    let code = try bound(statement, CInt(count), value)
    guard code == SQLITE_OK else {
      throw DatabaseError(resultCode: ResultCode(rawValue: code))
    }
  }
}
