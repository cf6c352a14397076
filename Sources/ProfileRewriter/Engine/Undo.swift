import ConfigFormats

/// What a rollback is asked to undo.
public struct UndoRequest: Sendable {
  public enum Which: Sendable {
    case changes([String])
    case lastRun
    case run(String)
    case all
  }

  public var which: Which
  /// Limits to changes at or below these absolute paths; empty does not limit.
  public var paths: [[UInt8]]
  public var pattern: AccountPattern?
  public var clients: Set<String>
  /// Restore the POP account with leaving mail on the server and every deletion there off.
  public var leaveOnServer: Bool
  /// Undo although POP will fetch again what was uploaded.
  public var acceptsFetchingAgain: Bool
  /// Failures after which to end; how many changes is said by ``which``.
  public var limits: RunLimits

  public init(
    which: Which, paths: [[UInt8]] = [], pattern: AccountPattern? = nil,
    clients: Set<String> = [], leaveOnServer: Bool = false, acceptsFetchingAgain: Bool = false,
    limits: RunLimits = .init()
  ) {
    self.limits = limits
    self.which = which
    self.paths = paths
    self.pattern = pattern
    self.clients = clients
    self.leaveOnServer = leaveOnServer
    self.acceptsFetchingAgain = acceptsFetchingAgain
  }
}

extension Engine {
  /// Undoes applied changes, newest first.
  /// - Throws: a ``Refusal`` when the journal cannot be used or knows no such change.
  @discardableResult
  public func rollback(
    _ request: UndoRequest, _ emit: @escaping (ResultRow) -> Void
  ) throws(Refusal) -> ApplySummary {
    var summary = ApplySummary()
    guard let journal = try journal(for: request) else { return summary }
    var request = request
    request.paths = homes.recorded(request.paths)
    let undo = Undo(engine: forOneRun, journal: journal)
    var counter = LimitCounter(request.limits)
    let batch = UndoBatch(undo: undo, request: request) { row in
      summary.count(row)
      counter.count(row)
      emit(row)
    }
    try undo.forEachPart(of: request) {
      (changes: [Change], done: Int, total: Int) throws(Refusal) -> Bool in
      for change in changes {
        summary.reached = counter.reached
        if summary.reached != nil || configuration.shouldStop() { return false }
        try batch.add(change)
      }
      // Of more than one part none stays in memory.
      try batch.flush()
      configuration.progress(done, total)
      return true
    }
    try batch.flush()
    return summary
  }

  /// nil where nothing is recorded and no change is named.
  func journal(for request: UndoRequest) throws(Refusal) -> Journal? {
    if let journal = try openJournal() { return journal }
    if case .changes(let ids) = request.which, let id = ids.first {
      throw Refusal(.notFound, "no change \(id.printable): nothing has been recorded yet")
    }
    return nil
  }
}

/// Undo of single changes.
struct Undo {
  var engine: Engine
  var journal: Journal
  /// Where nothing is written.
  var foretold = ForetoldUndos()

  /// Calls `body` with the changes asked for, newest first and a few at a time; how many have been
  /// handed over with these, and of how many. Ends when it answers false.
  func forEachPart(
    of request: UndoRequest, _ body: ([Change], Int, Int) throws(Refusal) -> Bool
  ) throws(Refusal) {
    let ids = try ids(request)
    let selected = PathSet(request.paths)
    var seen: Set<String> = []
    var start = 0
    while start < ids.count {
      let end = min(ids.count, start + Engine.batchProfiles)
      let changes = try withFollowUps(
        journal.changes(ids: Array(ids[start..<end])).filter { change in
          (request.clients.isEmpty || request.clients.contains(change.client))
            && selected.touches(change)
        }
      ).filter { seen.insert($0.id).inserted }
      guard try body(changes, end, ids.count) else { return }
      start = end
    }
  }

  /// Of the changes asked for, newest first.
  private func ids(_ request: UndoRequest) throws(Refusal) -> [String] {
    switch request.which {
    case .changes(let ids): return try journal.changeIDs(named: ids)
    case .lastRun:
      guard let run = try journal.lastSwitchingRun() else { return [] }
      return try journal.changeIDs(ChangeFilter(run: run))
    case .run(let name):
      let run = try journal.runID(named: name)
      let ids = try journal.changeIDs(ChangeFilter(run: run))
      if ids.isEmpty { throw Refusal(.notFound, "the journal has no run \(run.printable)") }
      return ids
    case .all:
      return try journal.changeIDs(
        ChangeFilter(states: Change.State.standing))
    }
  }

  /// What completes a change goes with it, and before it.
  private func withFollowUps(_ changes: [Change]) throws(Refusal) -> [Change] {
    let followUps = try journal.followUps(to: changes.map(\.id))
    guard !followUps.isEmpty else { return changes }
    var seen: Set<String> = []
    return changes.flatMap { (followUps[$0.id] ?? []) + [$0] }
      .filter { seen.insert($0.id).inserted }
  }

  /// The accounts of a change that are to go back.
  func selected(_ change: Change, _ request: UndoRequest) -> [SwitchedAccount] {
    change.accounts.filter { account in
      !change.undoneAccounts.contains(account.key)
        && (request.pattern?.matches(settings: account.from) ?? true)
    }
  }

  func undo(_ change: Change, _ request: UndoRequest) throws(Refusal) -> [ResultRow] {
    let name = change.name
    let accounts = selected(change, request)
    guard !accounts.isEmpty || request.pattern == nil else { return [] }
    let rowAccounts = rowAccounts(change, accounts)
    if change.state == .undone { return unchanged(change) }
    do throws(Refusal) {
      let uploaded = try UploadedBefore(engine, change, accounts)
      try uploaded.requireConsent(request)
      let target = try Self.target(of: change, engine: engine)
      let session = try ProfileSession.open(
        target, journal: journal, configuration: engine.configuration)
      try Recovery(engine: engine, journal: journal).settleWhatIsClear(session)
      let current = try journal.change(change.id)
      guard current.state != .undone else {
        return rowAccounts.map {
          ResultRow(change: change.id, name: name, account: $0, status: .undone)
        }
      }
      if current.staging != nil { return try undoStaged(current, session) }
      // One in conflict, too: its keys decide what can be undone, and name what cannot.
      return uploaded.warning(on: try undo(current, accounts, request, session))
    } catch {
      return rowAccounts.map { Self.refused(error, change, $0) }
    }
  }

  func rowAccounts(_ change: Change, _ accounts: [SwitchedAccount]) -> [String?] {
    change.staging != nil ? [nil] : accounts.map { Optional($0.key) }
  }

  /// Of one that is undone already.
  func unchanged(_ change: Change) -> [ResultRow] {
    change.rowAccounts.map {
      ResultRow(change: change.id, name: change.name, account: $0, status: .unchanged)
    }
  }

  static func refused(_ error: Refusal, _ change: Change, _ account: String?) -> ResultRow {
    var row = ResultRow(
      error, name: change.name, account: account,
      status: error.reason == .io || error.reason == .notFound ? .failed : .refused)
    row.change = change.id
    return row
  }

  /// - Parameter isOverwritten: whether somebody has written over an attempt to undo it already: then there
  ///   is one more.
  func undo(
    _ change: Change, _ accounts: [SwitchedAccount], _ request: UndoRequest,
    _ session: ProfileSession, isOverwritten: Bool = false
  ) throws(Refusal) -> [ResultRow] {
    let target = session.target
    let leaving = Set(accounts.map(\.key)).union(change.undoneAccounts)
    let planned = try planned(change, accounts, request, target)
    let extra = planned.extra
    var plan = planned.plan
    var warnings = planned.warnings
    if plan.blocked {
      // Neither what the undo wrote nor what the switch had: somebody has set it meanwhile.
      if isOverwritten { try journal.markConflict(change.id) }
      return accounts.map { conflictRow(change, target, $0.key, plan, nothingDone: true) }
    }
    for attempt in (isOverwritten ? 1 : 0)...1 {
      try journal.recordUndoIntent(intent(change, accounts, plan, extra))
      do throws(Refusal) {
        try UndoWriter(root: target.root).write(plan.steps.filter { !$0.takesAway })
      } catch {
        throw settled(after: error, change, session)
      }
      let (isOverwritten, said) = afterCheck(change, accounts, target)
      if let first = accounts.first { warnings[first.key, default: []] += said }
      guard isOverwritten else {
        // Only what stands is without what the switch had added.
        do throws(Refusal) {
          try UndoWriter(root: target.root).write(plan.steps.filter { $0.takesAway })
        } catch {
          throw settled(after: error, change, session)
        }
        break
      }
      guard attempt == 0 else { throw overwritten(change, session) }
      plan = try planner(change, target, leaving: leaving, extra: extra).plan()
      if plan.blocked {
        try journal.markConflict(change.id)
        return accounts.map { conflictRow(change, target, $0.key, plan, nothingDone: true) }
      }
    }
    try journal.markUndone(change.id, accounts: accounts.map(\.key))
    return accounts.map { account in
      if !plan.conflicts.isEmpty {
        return conflictRow(change, target, account.key, plan, nothingDone: false)
      }
      return ResultRow(
        change: change.id, name: target.name, account: account.key, status: .undone,
        warnings: warnings[account.key] ?? [])
    }
  }

  /// What undoing accounts of a change would do now, and what there is to say of each.
  struct Planned: Sendable {
    var plan: UndoPlan
    var extra: [KeyValue]
    var warnings: [String: [Warning]] = [:]
  }

  /// - Parameter isUndisturbed: whether the journal has said so (``Journal/undisturbed(_:)``) since the
  ///   profile is held; then it is not asked again.
  /// - Throws: `newer-change`, or what reading throws.
  func planned(
    _ change: Change, _ accounts: [SwitchedAccount], _ request: UndoRequest,
    _ target: ProfileTarget,
    isUndisturbed: Bool = false
  ) throws(Refusal) -> Planned {
    let leaving = Set(accounts.map(\.key)).union(change.undoneAccounts)
    if !isUndisturbed, let newer = try newerChange(than: change, leaving: leaving) {
      throw Refusal(
        .newerChange,
        "change \(newer) came later and touches the same settings; undo it first, or both together")
    }
    let context = try engine.context(of: target)
    var extra = target.adapter.undoValues(of: change, accounts: accounts, in: context)
    if request.leaveOnServer {
      for account in accounts {
        extra += target.adapter.leaveOnServerValues(account: account, in: context)
      }
    }
    var planner = planner(change, target, leaving: leaving, extra: extra)
    planner.isUndisturbed = isUndisturbed
    var planned = Planned(plan: try planner.plan(), extra: extra)
    guard !planned.plan.blocked else { return planned }
    // What concerns the file as a whole is said once, with the first account.
    if let first = accounts.first { planned.warnings[first.key] = planned.plan.warnings }
    if !request.leaveOnServer {
      for account in accounts {
        planned.warnings[account.key, default: []] += target.adapter.undoWarnings(
          accounts: [account], in: context)
      }
    }
    return planned
  }

  func intent(
    _ change: Change, _ accounts: [SwitchedAccount], _ plan: UndoPlan, _ extra: [KeyValue]
  ) -> UndoIntent {
    UndoIntent(
      change: change.id, accounts: accounts.map(\.key), files: files(of: plan), extraValues: extra)
  }

  /// Whether a client has written what it knew before over the undo; and what to say.
  private func afterCheck(
    _ change: Change, _ accounts: [SwitchedAccount], _ target: ProfileTarget
  ) -> (isOverwritten: Bool, [Warning]) {
    let item = AfterCheck.Item(
      target: target, change: change, accounts: accounts.map(\.key), wanted: .old)
    switch AfterCheck(engine: engine).verdicts(on: [item]).first {
    case .overwritten: return (true, [])
    case .stands(let warnings): return (false, warnings)
    case .clientCame(let refusal): return (false, [Self.cameMeanwhile(refusal)])
    case nil: return (false, [])
    }
  }

  static func cameMeanwhile(_ refusal: Refusal) -> Warning {
    Warning(
      .settingsService,
      "\(refusal.text.prefix { $0 != ";" }); it was started meanwhile: close it and start it again")
  }

  private func overwritten(_ change: Change, _ session: ProfileSession) -> Refusal {
    settled(
      after: Refusal(
        .clientRunning,
        "\(change.client)'s settings service wrote the new settings back while they were being "
          + "undone; close what uses it and run again"),
      change, session)
  }

  /// An undo that could not be written is settled at once; says which way that went.
  func settled(
    after error: Refusal, _ change: Change, _ session: ProfileSession
  ) -> Refusal {
    var failure = error
    do throws(Refusal) {
      let settled = try Recovery(engine: engine, journal: journal).settleWhatIsClear(session)
      if settled.contains(where: { $0.change.id == change.id && $0.direction == .back }) {
        failure.text += "; the undo is done all the same"
      }
    } catch {
      failure.text += "; settling it failed, too (\(error.text)), and is left to the next run"
    }
    return failure
  }

  /// Takes an undo that has begun to its end, whatever is left of it.
  func finish(
    _ change: Change, _ intent: UndoIntent, _ target: ProfileTarget
  ) throws(Refusal) {
    let leaving = Set(intent.accounts).union(change.undoneAccounts)
    // The committing file is back already; only companions may be left. Among them are the files of
    // other accounts, which are to get what was asked for, too.
    let plan = try planner(change, target, leaving: leaving, extra: intent.extraValues).plan()
    try UndoWriter(root: target.root).write(plan.steps.filter { !$0.commits })
    try journal.markUndone(change.id, accounts: intent.accounts)
  }

  private func planner(
    _ change: Change, _ target: ProfileTarget, leaving: Set<String>, extra: [KeyValue]
  ) -> UndoPlanner {
    UndoPlanner(
      change: change, target: target, leaving: leaving, extraValues: extra, journal: journal,
      foretold: foretold)
  }

  private func files(of plan: UndoPlan) -> [UndoIntent.File] {
    plan.steps.map { step in
      switch step.work {
      case .replace(let content, let expecting):
        UndoIntent.File(path: step.path, before: expecting, after: SHA256.hash(content))
      case .remove(let expecting):
        UndoIntent.File(path: step.path, before: expecting, after: nil)
      case .removeDirectoryIfEmpty:
        UndoIntent.File(path: step.path, before: nil, after: nil)
      case .restore(let content, _):
        UndoIntent.File(path: step.path, before: nil, after: SHA256.hash(content))
      }
    }
  }

  func conflictRow(
    _ change: Change, _ target: ProfileTarget, _ account: String, _ plan: UndoPlan,
    nothingDone: Bool
  ) -> ResultRow {
    let keys = plan.conflicts.map { conflict in
      "\(conflict.key.printable) in \(conflict.file.shown)"
        + (conflict.values.map { " (\($0))" } ?? "")
    }.joined(separator: ", ")
    let outcome =
      nothingDone
      ? "nothing was undone; set them as they were before the switch, or as it made them, and run again"
      : "left as they are, the rest is undone"
    return ResultRow(
      change: change.id, name: target.name, account: account, status: .conflict,
      reason: .conflict, text: "changed by us and by somebody else since: \(keys); \(outcome)",
      warnings: nothingDone ? [] : plan.warnings)
  }

  /// A later change, not undone, that set a value this undo would restore. Lists and counters are
  /// undone by element and are in nobody's way.
  private func newerChange(than change: Change, leaving: Set<String>) throws(Refusal) -> String? {
    // What is back already is not ours any more.
    let gone = Set(change.undoneAccounts)
    var ours: Set<FileKey> = []
    for file in change.files {
      let place = Relocation.absolute(file.path, root: change.root, change.relocations)
      for edit in file.edits
      where edit.rule == .value && leaving.isSuperset(of: edit.users)
        && !gone.isSuperset(of: edit.users)
      {
        ours.insert(FileKey(file: place, key: edit.key))
      }
    }
    return try journal.newerChanges(onKeysOf: change.id).first { overlap in
      overlap.rule == "value" && !foretold.changes.contains(overlap.change)
        && ours.contains(FileKey(file: overlap.file, key: overlap.key))
    }?.change
  }

  private struct FileKey: Hashable {
    var file: [UInt8]
    var key: String
  }

  /// The profile a change speaks of, found again by root, client and profile.
  static func target(of change: Change, engine: Engine) throws(Refusal) -> ProfileTarget {
    guard
      let adapter = engine.configuration.adapters.first(where: { $0.client == change.client })
    else {
      throw Refusal(.unsupported, "this build has no adapter for \(change.client)")
    }
    // The home's path is all that is taken from the journal as it stands there: whose it is, what it
    // leads to and every file in it are looked at anew.
    let root = try engine.homes.open(change.root, relocations: change.relocations)
    let target = ProfileTarget(
      root: root, rootPath: change.root, home: change.home, adapter: adapter,
      profile: change.profile, relocations: change.relocations)
    if let profile = change.profile {
      let wanted: EntryKind = adapter.profileIsFile ? .file : .directory
      guard try root.view(at: nil).kind(profile) == wanted else {
        throw Refusal(
          .notFound,
          "\(root.absolute(profile).printable) is gone; nothing to undo in")
      }
    }
    return target
  }
}

extension Change {
  /// Its profile, as rows name it.
  public var name: ProfileName {
    ProfileName(
      home: home, client: client,
      profile: home == nil ? JournalPlace.join(root, profile) : profile?.bytes ?? root)
  }
}
