import ProfileRewriter

/// What has happened in a run so far, as far as the exit status asks.
struct Outcome {
  private var seen: Set<ExitStatus> = []

  var status: ExitStatus { ExitStatus.precedence.first(where: seen.contains) ?? .done }

  mutating func note(_ status: ExitStatus) { seen.insert(status) }

  /// A refusal: what cannot be read or found has failed, everything else was declined.
  mutating func note(refused reason: ReasonCode) {
    switch reason {
    case .io, .notFound, .journal, .damagedBackup, .program: note(.failed)
    case .stale: note(.stale)
    default: note(.refused)
    }
  }

  mutating func note(_ row: ResultRow) {
    switch row.status {
    case .applied, .undone, .unchanged: break
    case .refused: note(refused: row.reason ?? .unsupported)
    case .conflict: note(.conflict)
    case .failed: note(.failed)
    }
  }
}
