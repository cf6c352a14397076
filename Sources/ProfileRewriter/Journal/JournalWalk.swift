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
  /// How many changes are read together.
  private static let walkedAtOnce = 64

  /// Every change, newest first, a few in memory at a time.
  /// - Parameter body: whether to go on.
  func forEachChange(_ body: (RecordedChange) -> Bool) throws(Refusal) {
    try read { db in
      let reader = ChangeRowReader(db)
      var numbers = try Int64.fetchAll(db, sql: "SELECT number FROM change ORDER BY number DESC")[
        ...]
      while !numbers.isEmpty {
        for recorded in try reader.changes(Array(numbers.prefix(Self.walkedAtOnce))) {
          guard body(recorded) else { return }
        }
        numbers = numbers.dropFirst(Self.walkedAtOnce)
      }
    }
  }
}
