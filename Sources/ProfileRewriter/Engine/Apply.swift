import ConfigFormats

public struct ApplySummary: Sendable, Equatable {
  public var run: String?
  public var applied = 0
  public var unchanged = 0
  public var refused = 0
  public var conflicts = 0
  public var failed = 0
  public var undone = 0
  /// How many accounts (or profiles, where none could be told) were not done, by the reason.
  public var reasons: [ReasonCode: Int] = [:]
  /// What ended the run before it had been everywhere.
  public var reached: RunLimits.Reached?
  /// Paths below which no profile was found.
  public var withoutProfile = ByteStrings()

  mutating func count(_ row: ResultRow) {
    if let reason = row.reason, row.isLeftUndone { reasons[reason, default: 0] += 1 }
    switch row.status {
    case .applied: applied += 1
    case .undone: undone += 1
    case .unchanged: unchanged += 1
    case .refused: refused += 1
    case .conflict: conflicts += 1
    case .failed: failed += 1
    }
  }
}

extension Engine {
  /// A batch holds at most this many profiles open and locked, no longer than this, and no more
  /// than this of their files in memory.
  static let batchProfiles = 64
  static let batchMilliseconds = 2_000
  static let batchBytes = 64 << 20

  /// Switches the selected accounts: patch first, then change. Profiles where nothing is to do are
  /// neither locked nor written.
  /// - Throws: ``RequestError``, or a ``Refusal`` when the journal cannot be used.
  @discardableResult
  public func apply(
    _ request: SwitchRequest, _ emit: @escaping (ResultRow) -> Void
  ) throws -> ApplySummary {
    let engine = forOneRun
    let look = try engine.check(request) ?? FirstLook()
    let run = ApplyRun(engine: engine, limits: request.limits, emit: emit)
    try engine.forEachProfile(of: request, knowing: look, while: run.mayGoOn) { found in
      try run.flushIfDue()
      switch found {
      case .idle(let home, let profile): try run.addIdle(profile, in: home, request)
      case .ready(let target, _): try run.addReady(target, request)
      case .read(let target, _, let accounts): try run.add(target, request, accounts)
      case .other(.nothing(let path)): run.noteNothing(at: path)
      case .other(.problem(let name, let refusal)):
        run.report(ResultRow(refusal, name: name, account: nil))
      case .other(.target(let target)):
        try run.add(target, request, engine.selectedAccounts(of: target, request.selection))
      }
    }
    try run.flush()
    return run.summary
  }

  func selectedAccounts(
    of target: ProfileTarget, _ selection: Selection
  ) -> Result<[Account], Refusal> {
    Result { () throws(Refusal) in try accounts(of: target).filter(selection.selects) }
  }
}
