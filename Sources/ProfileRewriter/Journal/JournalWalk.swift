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

  /// Every change, newest first, a few in memory at a time. What is recorded meanwhile is not among them.
  /// - Parameters:
  ///   - states: only changes that are in one of these when they are come to; nil does not limit.
  ///   - body: whether to go on. The journal may be used in it.
  func forEachChange(
    in states: Set<Change.State>? = nil, _ body: (RecordedChange) throws(Refusal) -> Bool
  ) throws(Refusal) {
    let (condition, arguments) = ChangeFilter(states: states).condition
    let sql = """
      SELECT number FROM change WHERE \(condition) AND number <= ?
      ORDER BY number DESC LIMIT \(Self.walkedAtOnce)
      """
    var newest = Int64.max
    while true {
      let (changes, last) = try read { db in
        let numbers = try Int64.fetchAll(
          db.cachedStatement(sql: sql), arguments: arguments + [newest])
        return (try ChangeRowReader(db).changes(numbers), numbers.last)
      }
      for change in changes { guard try body(change) else { return } }
      guard let last, last > .min else { return }
      newest = last - 1
    }
  }
}
