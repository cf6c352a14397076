import ConfigFormats
import GRDB

/// What a number of the journal's tables can be (docs/journal-format.md). A program that wrote the format
/// writes no other; a hand, a forged export or a failing disk may.
enum JournalBound {
  case mode
  /// Of a user or a group.
  case identity
  /// Of a file, in bytes.
  case size
  /// In a file that is held in memory: where a span begins, and how long it is.
  case place
  /// In seconds since 1970.
  case time

  var range: ClosedRange<Int64> {
    switch self {
    case .mode: 0...0o177_777
    case .identity: 0...Int64(UInt32.max)
    case .size: 0...1 << 60
    case .place: 0...1 << 40
    // The years 1 to 9999: no clock is right that tells another, and no page shows one.
    case .time: -62_135_596_800...253_402_300_799
    }
  }

  /// - Parameter need: what must be there for the number to be read; NULL is as good where it is not.
  private static let columns: [(table: String, name: String, bound: Self, need: String)] =
    [
      ("change", "created_at", .time, "1"), ("change", "state_at", .time, "1"),
      ("span", "start", .place, "1"), ("span", "new_length", .place, "1"),
    ]
    + ["before", "after"].flatMap { side in
      [("mode", Self.mode), ("uid", .identity), ("gid", .identity), ("size", .size)].map {
        ("file", "\(side)_\($0.0)", $0.1, "\(side)_sha256 IS NOT NULL")
      }
    }

  private static let mostNamed = 20

  /// Which numbers of a journal cannot be, one sentence each.
  static func problems(_ db: Database) throws -> [String] {
    var problems: [String] = []
    for column in columns {
      let number = column.table == "change" ? "number" : "change"
      let sql = """
        SELECT change.id, found.\(column.name)
        FROM \(column.table) AS found JOIN change ON change.number = found.\(number)
        WHERE found.\(column.name) IS NULL AND \(column.need)
          OR found.\(column.name) NOT BETWEEN ? AND ?
        LIMIT \(mostNamed)
        """
      let range = column.bound.range
      for row in try Row.fetchAll(db, sql: sql, arguments: [range.lowerBound, range.upperBound]) {
        problems.append(
          sentence("change \((row[0] as String).printable)", row[1], column.table, column.name))
      }
    }
    let range = JournalBound.time.range
    for row in try Row.fetchAll(
      db,
      sql: "SELECT id, started_at FROM run WHERE started_at NOT BETWEEN ? AND ? LIMIT \(mostNamed)",
      arguments: [range.lowerBound, range.upperBound])
    {
      problems.append(sentence("run \((row[0] as String).printable)", row[1], "run", "started_at"))
    }
    return problems
  }

  private static func sentence(
    _ whose: String, _ number: Int64?, _ table: String, _ column: String
  ) -> String {
    "\(whose) has \(number.map(String.init) ?? "nothing") as \(column) in a row of table \(table), "
      + "which cannot be"
  }
}
