/// When a run is to end before it has been everywhere. Profiles it did not come to are as they were,
/// and another run goes on with them.
public struct RunLimits: Sendable, Hashable {
  /// How many profiles to change.
  public var changes: Int?
  /// After how many failed profiles to end: one that could not be read or written, or whose undo
  /// is in conflict. What is declined (a running client, no settings) is no failure.
  public var failures: Int?

  public init(changes: Int? = nil, failures: Int? = nil) {
    self.changes = changes
    self.failures = failures
  }

  /// Which of them ended a run.
  public enum Reached: String, Sendable, Codable, CaseIterable {
    case limit
    case failures = "max-failures"
  }
}

/// Counts rows against ``RunLimits``. The rows of one profile come one after the other.
struct LimitCounter {
  private let limits: RunLimits
  private var lastChange: String?
  private var changed = 0
  private var lastFailed: ProfileName?
  private var failed = 0

  init(_ limits: RunLimits) { self.limits = limits }

  mutating func count(_ row: ResultRow) {
    if row.status == .applied, let change = row.change, change != lastChange {
      lastChange = change
      changed += 1
    }
    if row.isFailure, row.name != lastFailed {
      lastFailed = row.name
      failed += 1
    }
  }

  var reached: RunLimits.Reached? {
    if let most = limits.failures, failed >= most { return .failures }
    if let most = limits.changes, changed >= most { return .limit }
    return nil
  }

  /// How many profiles may be in hand at once, if every one of them may succeed or fail.
  var room: Int {
    min(
      limits.changes.map { $0 - changed } ?? .max, limits.failures.map { $0 - failed } ?? .max)
  }
}
