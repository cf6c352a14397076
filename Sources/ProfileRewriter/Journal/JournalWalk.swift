import GRDB

/// A change, and when it came to be what it is.
public struct RecordedChange: Sendable {
  public var change: Change
  /// When it came into its state, in seconds since 1970.
  public var stateAt: Int
  /// It was taken back before its run had ended: nobody has used what it made.
  public var isAbandoned: Bool
}

extension Journal {
  /// Every change, newest first, one in memory at a time.
  /// - Parameter body: whether to go on.
  func forEachChange(_ body: (RecordedChange) -> Bool) throws(Refusal) {
    try read { db in
      let reader = ChangeRowReader(db)
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT \(ChangeRowReader.columns), state_at, abandoned FROM change ORDER BY number DESC
          """)
      while let row = try rows.next() {
        let recorded = RecordedChange(
          change: try reader.change(row), stateAt: row["state_at"], isAbandoned: row["abandoned"])
        guard body(recorded) else { return }
      }
    }
  }
}
