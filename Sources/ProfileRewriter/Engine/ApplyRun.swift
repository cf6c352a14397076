/// One run of apply: collects profiles into batches, so that many patches become durable at once.
final class ApplyRun {
  private struct Pending {
    var session: ProfileSession
    var change: Change
    var staged: Engine.StagedProfile

    var bytes: Int { staged.files.reduce(0) { $0 + $1.original.count + $1.content.count } }
  }

  private let engine: Engine
  private let emit: (ResultRow) -> Void
  private var journal: Journal?
  private var batch: [Pending] = []
  private var batchStart = 0
  private var batchBytes = 0
  private(set) var summary = ApplySummary()

  init(engine: Engine, emit: @escaping (ResultRow) -> Void) {
    self.engine = engine
    self.emit = emit
  }

  func report(_ row: ResultRow) {
    summary.count(row)
    emit(row)
  }

  func noteNothing(at path: [UInt8]) { summary.withoutProfile.append(path) }

  /// - Throws: only what makes going on pointless (the journal).
  func add(
    _ target: ProfileTarget, _ request: SwitchRequest, saved: SavedPlan.Profile? = nil
  ) throws(Refusal) {
    let accounts: [Account]
    do throws(Refusal) {
      accounts = try engine.accounts(of: target).filter(request.selection.selects)
    } catch {
      report(ResultRow(saved?.asStale(error) ?? error, name: target.name, account: nil))
      return
    }
    for gone in saved?.accounts ?? [] where !accounts.contains(where: { $0.key == gone.key }) {
      let refusal = Refusal(
        .stale, "the plan no longer holds: \(gone.key.printable) is gone; make a new plan")
      report(ResultRow(refusal, name: target.name, account: gone.key))
    }
    let journalKnows = try hasUnsettled(target)
    guard accounts.contains(where: { $0.state == .ready }) || journalKnows else {
      reportIdle(accounts, target)
      return
    }
    try change(target, request, saved)
  }

  /// Accounts that need nothing, or cannot be helped, without touching anything.
  private func reportIdle(_ accounts: [Account], _ target: ProfileTarget) {
    for account in accounts {
      switch account.state {
      case .blocked:
        let refusal = Refusal(
          account.reason ?? .unsupported, account.explanation ?? "this account cannot be switched")
        report(ResultRow(refusal, name: target.name, account: account.key))
      default:
        report(ResultRow(name: target.name, account: account.key, status: .unchanged))
      }
    }
  }

  private func hasUnsettled(_ target: ProfileTarget) throws(Refusal) -> Bool {
    if journal == nil {
      journal = try Journal.open(
        stateDirectory: engine.configuration.stateDirectory, create: false,
        calls: engine.configuration.calls)
    }
    guard let journal else { return false }
    return try !journal.unfinished(
      root: target.rootPath, client: target.adapter.client, profile: target.profile
    ).isEmpty
  }

  private func change(
    _ target: ProfileTarget, _ request: SwitchRequest, _ saved: SavedPlan.Profile?
  ) throws(Refusal) {
    // What can be seen to be refused is refused before a journal or a lock file is made. Another
    // run is waited for below, and what it leaves is not looked at before.
    let obstacle = engine.obstacle(to: target)
    if let obstacle, obstacle.reason != .busy { return refuseReady(obstacle, target, request) }
    do throws(Refusal) {
      if obstacle == nil {
        if let idle = try nothingToDo(target, request, saved) { return report(idle, target) }
        try target.root.requireWritable(target.profile)
      }
    } catch {
      return refuseReady(error, target, request)
    }
    let journal = try openJournal()
    let session: ProfileSession
    switch try open(target, journal) {
    case .success(let opened): session = opened
    case .failure(let refusal): return refuseReady(refusal, target, request)
    }
    do throws(Refusal) {
      try Recovery(engine: engine, journal: journal).settle(session)
      let staged = try stage(target, request, saved)
      report(staged, target)
      guard !staged.files.isEmpty else { return }
      let change = try newChange(staged, target, journal)
      if batch.isEmpty { batchStart = engine.configuration.clock().milliseconds }
      let pending = Pending(session: session, change: change, staged: staged)
      batch.append(pending)
      batchBytes += pending.bytes
    } catch {
      refuseReady(error, target, request)
    }
    try flushIfDue()
  }

  func flushIfDue() throws(Refusal) {
    guard !batch.isEmpty else { return }
    let age = engine.configuration.clock().milliseconds - batchStart
    guard
      batch.count >= Engine.batchProfiles || age > Engine.batchMilliseconds
        || batchBytes > Engine.batchBytes
    else { return }
    try flush()
  }

  /// Before waiting for another run, what is in hand is finished: nobody waits for us meanwhile.
  private func open(
    _ target: ProfileTarget, _ journal: Journal
  ) throws(Refusal) -> Result<ProfileSession, Refusal> {
    func attempt(_ timeout: Double) -> Result<ProfileSession, Refusal> {
      var configuration = engine.configuration
      configuration.lockTimeout = timeout
      do throws(Refusal) {
        return .success(
          try ProfileSession.open(target, journal: journal, configuration: configuration))
      } catch {
        return .failure(error)
      }
    }
    let timeout = engine.configuration.lockTimeout
    guard timeout > 0, !batch.isEmpty else { return attempt(timeout) }
    let first = attempt(0)
    guard case .failure(let refusal) = first, refusal.reason == .busy else { return first }
    try flush()
    return attempt(timeout)
  }

  /// What there is to report when neither the request nor the journal has anything to do here.
  private func nothingToDo(
    _ target: ProfileTarget, _ request: SwitchRequest, _ saved: SavedPlan.Profile?
  ) throws(Refusal) -> Engine.StagedProfile? {
    let preview = try stage(target, request, saved)
    let journalKnows = try hasUnsettled(target)
    return preview.files.isEmpty && !journalKnows ? preview : nil
  }

  /// The change as the profile, now held, asks for it; a saved plan must still agree.
  private func stage(
    _ target: ProfileTarget, _ request: SwitchRequest, _ saved: SavedPlan.Profile?
  ) throws(Refusal) -> Engine.StagedProfile {
    var choices = engine.configuration.choices()
    if let saved {
      var asPlanned = saved.choices.replayed(
        nowMilliseconds: saved.choices.nowMilliseconds, today: saved.choices.today)
      try saved.agree(with: engine.stage(target, request, choices: &asPlanned))
      choices = saved.choices.replayed(
        nowMilliseconds: choices.nowMilliseconds, today: choices.today)
    }
    return try engine.stage(target, request, choices: &choices)
  }

  private func openJournal() throws(Refusal) -> Journal {
    if let journal { return journal }
    let opened = try Journal.create(
      stateDirectory: engine.configuration.stateDirectory, calls: engine.configuration.calls)
    journal = opened
    return opened
  }

  private func refuseReady(_ refusal: Refusal, _ target: ProfileTarget, _ request: SwitchRequest) {
    let accounts = (try? engine.accounts(of: target)) ?? []
    var isTold = false
    for account in accounts where request.selection.selects(account) {
      if account.state == .ready {
        report(ResultRow(refusal, name: target.name, account: account.key))
        isTold = true
      } else {
        reportIdle([account], target)
      }
    }
    // An interrupted change that could not be settled, or a profile that cannot be read any more.
    if !isTold { report(ResultRow(refusal, name: target.name, account: nil)) }
  }

  /// The accounts that stay as they are.
  private func report(_ staged: Engine.StagedProfile, _ target: ProfileTarget) {
    for key in staged.current {
      report(ResultRow(name: target.name, account: key, status: .unchanged))
    }
    for account in staged.accounts {
      if let refusal = account.refusal {
        report(ResultRow(refusal, name: target.name, account: account.key))
      }
    }
  }

  private func newChange(
    _ staged: Engine.StagedProfile, _ target: ProfileTarget, _ journal: Journal
  ) throws(Refusal) -> Change {
    if summary.run == nil { summary.run = journal.beginRun(command: "apply") }
    let switched = staged.accounts.compactMap { account in
      account.refusal == nil
        ? account.to.map { SwitchedAccount(key: account.key, from: account.from, to: $0) } : nil
    }
    return Change(
      id: journal.newChangeID(), run: summary.run ?? "", root: target.rootPath, home: target.home,
      client: target.adapter.client, profile: target.profile, accounts: switched,
      files: staged.files.map(\.patch),
      warnings: staged.accounts.filter { $0.refusal == nil }.flatMap(\.warnings),
      state: .prepared, createdAt: engine.configuration.clock().milliseconds / 1000)
  }

  /// Makes the batch's patches durable in one transaction, then changes the files.
  func flush() throws(Refusal) {
    guard let journal, !batch.isEmpty else { return }
    let work = try prepare(in: journal)
    var done: [String] = []
    var rows: [ResultRow] = []
    for pending in work {
      do throws(Refusal) {
        try SwitchWriter(root: pending.session.target.root).write(pending.staged.files)
        done.append(pending.change.id)
        for account in pending.staged.accounts where account.refusal == nil {
          rows.append(
            ResultRow(
              change: pending.change.id, name: pending.session.target.name, account: account.key,
              status: .applied, warnings: account.warnings))
        }
      } catch {
        rows += try takeBack(pending, after: error, journal)
      }
    }
    do throws(Refusal) {
      try journal.markApplied(done)
    } catch {
      for row in rows { report(row.status == .applied ? row.unrecorded(error) : row) }
      throw error
    }
    for row in rows { report(row) }
  }

  /// Makes the batch's patches durable, and empties it.
  /// - Returns: what is recorded and may be written.
  private func prepare(in journal: Journal) throws(Refusal) -> [Pending] {
    let work = batch
    batch = []
    batchBytes = 0
    do throws(Refusal) {
      try journal.prepare(work.map(\.change))
      return work
    } catch {
      guard error.reason == .unsupported, work.count > 1 else {
        for pending in work { refuse(pending, error) }
        guard error.reason == .unsupported else { throw error }
        return []
      }
    }
    // One of them cannot be recorded; it is not to keep the others from being done.
    var recorded: [Pending] = []
    for pending in work {
      do throws(Refusal) {
        try journal.prepare([pending.change])
        recorded.append(pending)
      } catch {
        refuse(pending, error)
        guard error.reason == .unsupported else { throw error }
      }
    }
    return recorded
  }

  private func refuse(_ pending: Pending, _ refusal: Refusal) {
    for account in pending.change.accounts {
      report(ResultRow(refusal, name: pending.session.target.name, account: account.key))
    }
  }

  /// A profile that could not be written is put back at once.
  private func takeBack(
    _ pending: Pending, after error: Refusal, _ journal: Journal
  ) throws(Refusal) -> [ResultRow] {
    var failure = error
    var change: String?
    do throws(Refusal) {
      let settled = try Recovery(engine: engine, journal: journal).settle(pending.session)
      if settled.contains(where: { $0.direction == .forward }) {
        change = pending.change.id
        failure.text += "; the change is in place, and rollback \(pending.change.id) takes it back"
      }
    } catch {
      change = pending.change.id
      failure.text += "; putting it back failed, too: \(error.text)"
    }
    return pending.change.accounts.map { account in
      var row = ResultRow(
        failure, name: pending.session.target.name, account: account.key,
        status: change != nil || failure.reason == .io ? .failed : .refused)
      row.change = change
      return row
    }
  }
}

extension ResultRow {
  /// A change that is in place although the journal could not be told.
  fileprivate func unrecorded(_ error: Refusal) -> ResultRow {
    var row = self
    row.status = .failed
    row.reason = error.reason
    row.text =
      "the change is in place, but could not be recorded as done (\(error.text)); the next run "
      + "settles it, and rollback takes it back"
    return row
  }
}
