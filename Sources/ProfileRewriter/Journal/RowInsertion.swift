import Foundation
import GRDB

/// Rows of one table, inserted by a statement that is compiled once.
///
/// A change has some forty rows. As GRDB's arguments their values would be boxed, gathered and checked
/// for every row; here they are bound one after the other.
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
    // Takes the row before away, and has GRDB look for no arguments of its own.
    statement.setUncheckedArguments([])
    var values = RowValues(statement: statement.sqliteStatement)
    try bind(&values)
    precondition(values.count == columns, "a row has other values than its table has columns")
    try statement.execute()
  }
}

/// The values of a row that is to be inserted.
struct RowValues {
  fileprivate let statement: SQLiteStatement
  fileprivate private(set) var count = 0

  fileprivate init(statement: SQLiteStatement) { self.statement = statement }

  mutating func add(_ number: Int64?) throws { try bind(number) }

  mutating func add(_ number: Int?) throws { try bind(number) }

  mutating func add(_ number: UInt32?) throws { try bind(number) }

  mutating func add(_ flag: Bool) throws { try bind(flag) }

  mutating func add(_ bytes: [UInt8]?) throws { try bind(bytes.map { Data($0) }) }

  /// - Throws: `unsupported` for a text with a NUL.
  mutating func add(_ text: String?) throws { try bind(text.map(JournalText.checked)) }

  private mutating func bind(_ value: (some StatementBinding)?) throws {
    count += 1
    // What nothing is bound to is NULL.
    guard let value else { return }
    let code = ResultCode(rawValue: value.bind(to: statement, at: CInt(count)))
    guard code == .SQLITE_OK else { throw DatabaseError(resultCode: code) }
  }
}
