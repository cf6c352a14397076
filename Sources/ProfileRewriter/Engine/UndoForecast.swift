import ConfigFormats

extension Engine {
  /// What ``rollback(_:_:)`` would do now with the same request: the same rows, told without taking
  /// a lock and with nothing written. A client that starts, or anybody who writes, in between may
  /// change the answer.
  /// - Throws: a ``Refusal`` when the journal cannot be used or knows no such change.
  @discardableResult
  public func foretellRollback(
    _ request: UndoRequest, _ emit: (ResultRow) -> Void
  ) throws(Refusal) -> ApplySummary {
    var summary = ApplySummary()
    guard let journal = try journal(for: request) else { return summary }
    var request = request
    request.paths = homes.recorded(request.paths)
    var undo = Undo(engine: forOneRun, journal: journal)
    var counter = LimitCounter(request.limits)
    try undo.forEachPart(of: request) {
      (changes: [Change], done: Int, total: Int) throws(Refusal) -> Bool in
      for change in changes {
        summary.reached = counter.reached
        if summary.reached != nil || configuration.shouldStop() { return false }
        for row in try undo.foretell(change, request) {
          summary.count(row)
          counter.count(row)
          emit(row)
        }
      }
      configuration.progress(done, total)
      return true
    }
    return summary
  }
}

/// What undos that are only foretold would have left, for those that come after them.
struct ForetoldUndos: Sendable {
  /// Changes that would be undone with all their accounts.
  private(set) var changes: Set<String> = []
  /// Files by the profile's place and their own absolute paths; nil: gone.
  private var files: [[UInt8]: [[UInt8]: [UInt8]?]] = [:]

  enum File {
    case asItIs
    case gone
    case content([UInt8])
  }

  func file(at path: [UInt8], of place: [UInt8]) -> File {
    guard let told = files[place]?[path] else { return .asItIs }
    return told.map { .content($0) } ?? .gone
  }

  /// - Parameters:
  ///   - isWhole: whether all accounts of the change are back then.
  ///   - isLast: whether no other change stands in the profile: then nobody asks for its files any more.
  mutating func add(
    _ change: Change, _ plan: UndoPlan, in root: OpenRoot, isWhole: Bool, isLast: Bool
  ) {
    if isWhole { changes.insert(change.id) }
    guard !isLast else {
      files[change.place] = nil
      return
    }
    for step in plan.steps {
      let path = root.absolute(step.path)
      switch step.work {
      case .replace(let content, _), .restore(let content, _):
        files[change.place, default: [:]][path] = .some(content)
      case .remove: files[change.place, default: [:]][path] = .some(nil)
      case .removeDirectoryIfEmpty: break
      }
    }
  }
}

extension Undo {
  /// The rows of ``undo(_:_:)``, and nothing is done. Newer changes first.
  mutating func foretell(
    _ change: Change, _ request: UndoRequest
  ) throws(Refusal) -> [ResultRow] {
    let accounts = selected(change, request)
    guard !accounts.isEmpty || request.pattern == nil else { return [] }
    if change.state == .undone { return unchanged(change) }
    do throws(Refusal) {
      let uploaded = try UploadedBefore(engine, change, accounts)
      try uploaded.requireConsent(request)
      let target = try Self.target(of: change, engine: engine)
      defer { target.parsed.forget() }
      if let obstacle = engine.obstacle(to: target) { throw obstacle }
      if change.staging != nil {
        let plan = try StagedUndo(change: change, target: target).plan()
        return [
          ResultRow(
            change: change.id, name: target.name, account: nil, status: .undone,
            warnings: plan.warnings)
        ]
      }
      let planned = try planned(change, accounts, request, target)
      if !planned.plan.conflicts.isEmpty {
        return accounts.map {
          conflictRow(change, target, $0.key, planned.plan, nothingDone: planned.plan.blocked)
        }
      }
      try note(change, accounts, planned.plan, target)
      return uploaded.warning(
        on: accounts.map { account in
          ResultRow(
            change: change.id, name: target.name, account: account.key, status: .undone,
            warnings: planned.warnings[account.key] ?? [])
        })
    } catch {
      return rowAccounts(change, accounts).map { Self.refused(error, change, $0) }
    }
  }

  private mutating func note(
    _ change: Change, _ accounts: [SwitchedAccount], _ plan: UndoPlan, _ target: ProfileTarget
  ) throws(Refusal) {
    let standing = try journal.changeIDs(
      ChangeFilter(
        client: change.client, place: change.place,
        states: Change.State.standing))
    foretold.add(
      change, plan, in: target.root,
      isWhole: accounts.count + change.undoneAccounts.count == change.accounts.count,
      isLast: standing.allSatisfy { $0 == change.id || foretold.changes.contains($0) })
  }
}
