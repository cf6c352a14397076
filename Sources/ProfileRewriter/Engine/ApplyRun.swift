/// One run of apply: collects profiles into batches, so that many patches become durable at once.
final class ApplyRun {
  private let engine: Engine
  /// Profiles that need nothing, unless an interrupted change is to be settled there.
  private var idle: [(home: [UInt8], profile: FirstLook.Profile, request: SwitchRequest)] = []
  /// Profiles with something to do, not yet held.
  private var waiting: [HoldingProfiles.Candidate] = []
  private let emit: (ResultRow) -> Void
  private var counter: LimitCounter
  private var journal: Journal?
  private lazy var batch = ChangeBatch(engine: engine) { [unowned self] in report($0) }
  /// What was asked for each change in the batch, to ask it again.
  private var asked: [String: (request: SwitchRequest, saved: SavedPlan.Profile?)] = [:]
  private(set) var summary = ApplySummary()

  init(engine: Engine, limits: RunLimits, emit: @escaping (ResultRow) -> Void) {
    self.engine = engine
    self.emit = emit
    counter = LimitCounter(limits)
  }

  func report(_ row: ResultRow) {
    summary.count(row)
    counter.count(row)
    emit(row)
  }

  /// Asked before each profile.
  func mayGoOn() -> Bool {
    summary.reached = counter.reached
    return summary.reached == nil
  }

  func noteNothing(at path: [UInt8]) { summary.withoutProfile.append(path) }

  /// - Throws: only what makes going on pointless (the journal).
  func add(
    _ target: ProfileTarget, _ request: SwitchRequest, _ found: Result<[Account], Refusal>,
    saved: SavedPlan.Profile? = nil
  ) throws(Refusal) {
    let accounts: [Account]
    do throws(Refusal) {
      accounts = try found.get()
    } catch {
      report(ResultRow(saved?.asStale(error) ?? error, name: target.name, account: nil))
      return
    }
    for gone in saved?.accounts ?? [] where !accounts.contains(where: { $0.key == gone.key }) {
      let refusal = Refusal(
        .stale, "the plan no longer holds: \(gone.key.printable) is gone; make a new plan")
      report(ResultRow(refusal, name: target.name, account: gone.key))
    }
    let isReady = accounts.contains { $0.state == .ready }
    if isReady, saved == nil, try isLeftWaiting(target, request) { return }
    let journalKnows = try hasUnsettled(target)
    guard isReady || journalKnows else {
      reportIdle(accounts, target, request)
      return
    }
    try change(target, request, saved, journalKnows)
  }

  /// What was seen to have something to do; what exactly is found out once it is held.
  func addReady(_ target: ProfileTarget, _ request: SwitchRequest) throws(Refusal) {
    if try isLeftWaiting(target, request) { return }
    try add(target, request, engine.selectedAccounts(of: target, request.selection))
  }

  /// Whether a profile can wait for others, to be held together with them.
  private func isLeftWaiting(
    _ target: ProfileTarget, _ request: SwitchRequest
  ) throws(Refusal) -> Bool {
    guard engine.configuration.writers > 1, engine.configuration.lockTimeout == 0,
      try existingJournal() != nil
    else { return false }
    waiting.append(.init(target: target, request: request))
    if waiting.count >= min(Engine.batchProfiles, counter.room - batch.count) {
      try holdWaiting()
    }
    return true
  }

  /// What was seen to need nothing. Only the journal may know of something to do there, and is asked
  /// about many at once.
  func addIdle(
    _ profile: FirstLook.Profile, in home: [UInt8], _ request: SwitchRequest
  ) throws(Refusal) {
    idle.append((home, profile, request))
    if idle.count >= Engine.batchProfiles { try reportIdle() }
  }

  private func reportIdle() throws(Refusal) {
    guard !idle.isEmpty else { return }
    let profiles = idle
    idle = []
    func client(_ profile: FirstLook.Profile) -> String {
      engine.configuration.adapters[profile.adapter].client
    }
    let unfinished =
      try existingJournal()?.areUnfinished(
        profiles.map {
          (client($0.profile), Relocation.absolute($0.profile.path, root: $0.home, []))
        }) ?? profiles.map { _ in false }
    for ((home, profile, request), isUnfinished) in zip(profiles, unfinished) {
      if isUnfinished {
        try settle(profile, in: home, request)
      } else {
        let name = ProfileName(home: home, client: client(profile), profile: profile.path.bytes)
        for key in profile.current ?? [] {
          report(ResultRow(name: name, account: key, status: .unchanged))
        }
      }
    }
  }

  private func settle(
    _ profile: FirstLook.Profile, in home: [UInt8], _ request: SwitchRequest
  ) throws(Refusal) {
    let target: ProfileTarget
    do throws(Refusal) {
      target = try engine.target(profile, at: home, request.selection)
    } catch {
      let name = ProfileName(home: home, client: "", profile: home)
      return report(ResultRow(error, name: name, account: nil))
    }
    try add(target, request, engine.selectedAccounts(of: target, request.selection))
  }

  /// Holds what is waiting, many at once. What that does not settle goes its way one by one, and is
  /// told why there.
  private func holdWaiting() throws(Refusal) {
    try reportIdle()
    guard !waiting.isEmpty, let journal else { return }
    let candidates = waiting
    waiting = []
    let holding = HoldingProfiles(engine: engine, journal: journal)
    for (candidate, held) in zip(candidates, holding.hold(candidates)) {
      let target = candidate.target
      switch held {
      case .held(let session, let staged):
        report(staged, target)
        try collect(staged, session, candidate.request, nil, journal)
      case .nothingToDo(let staged):
        report(staged, target)
      case .other:
        try change(target, candidate.request, nil, try hasUnsettled(target))
      }
    }
    try flushIfDue()
  }

  private func collect(
    _ staged: Engine.StagedProfile, _ session: ProfileSession, _ request: SwitchRequest,
    _ saved: SavedPlan.Profile?, _ journal: Journal, attempts: Int = 0
  ) throws(Refusal) {
    let change = try newChange(staged, session.target, journal)
    asked[change.id] = (request, saved)
    var files = staged.files
    // A batch holds many, and what is written is held against the file itself.
    for index in files.indices { files[index].original = [] }
    batch.add(
      ChangeBatch.Pending(
        session: session, change: change, files: files, warnings: staged.warnings,
        attempts: attempts))
  }

  /// Accounts that need nothing, or cannot be helped, without touching anything. What is neither POP nor
  /// IMAP is passed over here as it is beside an account that is switched.
  private func reportIdle(
    _ accounts: [Account], _ target: ProfileTarget, _ request: SwitchRequest
  ) {
    for account in accounts {
      switch account.state {
      case .blocked where !request.selection.asksToSwitch(account): break
      case .blocked:
        let refusal = Refusal(
          account.reason ?? .unsupported, account.explanation ?? "this account cannot be switched")
        report(ResultRow(refusal, name: target.name, account: account.key))
      default:
        report(ResultRow(name: target.name, account: account.key, status: .unchanged))
      }
    }
  }

  /// nil where there is none: then nobody has changed anything yet.
  private func existingJournal() throws(Refusal) -> Journal? {
    if journal == nil {
      journal = try Journal.open(
        stateDirectory: engine.configuration.stateDirectory, create: false,
        calls: engine.configuration.calls)
    }
    return journal
  }

  private func hasUnsettled(_ target: ProfileTarget) throws(Refusal) -> Bool {
    guard let journal = try existingJournal() else { return false }
    return try journal.areUnfinished([(target.adapter.client, target.recordedPlace)]) == [true]
  }

  private func change(
    _ target: ProfileTarget, _ request: SwitchRequest, _ saved: SavedPlan.Profile?,
    _ journalKnows: Bool, attempts: Int = 0
  ) throws(Refusal) {
    // What can be seen to be refused is refused before a journal or a lock file is made. Another
    // run is waited for below, and what it leaves is not looked at before.
    let obstacle = engine.obstacle(to: target)
    if let obstacle, obstacle.reason != .busy { return refuseReady(obstacle, target, request) }
    let isHeldFirst = holdingLeavesNothing(target)
    do throws(Refusal) {
      if obstacle == nil {
        if !isHeldFirst, let idle = try nothingToDo(target, request, saved, journalKnows) {
          return report(idle, target)
        }
        try target.root.requireWritable(target.place)
      }
    } catch {
      return refuseReady(error, target, request)
    }
    let journal = try openJournal()
    let session: ProfileSession
    switch try open(target, journal) {
    case .success(let opened): session = opened
    case .failure(let refusal):
      // Whoever is at work there need not keep this run from seeing that it has nothing to do.
      if isHeldFirst, refusal.reason == .busy,
        let idle = try? nothingToDo(target, request, saved, try hasUnsettled(target))
      {
        return report(idle, target)
      }
      return refuseReady(refusal, target, request)
    }
    // The batch may hold many of them.
    defer { target.parsed.forget() }
    do throws(Refusal) {
      try Recovery(engine: engine, journal: journal).settle(session)
      let staged = try stage(target, request, saved)
      if attempts == 0 { report(staged, target) }
      guard !staged.files.isEmpty else { return }
      try collect(staged, session, request, saved, journal, attempts: attempts)
    } catch {
      refuseReady(error, target, request)
    }
    try flushIfDue()
  }

  func flushIfDue() throws(Refusal) {
    // Never more in hand than may still be changed, or fail.
    if batch.isDue || batch.count >= counter.room { try flushBatch() }
  }

  /// Makes what has been collected. A change that a client has written over meanwhile is tried once
  /// more.
  func flush() throws(Refusal) {
    // Nothing is in hand of what only waits.
    if !engine.configuration.shouldStop() { try holdWaiting() }
    try flushBatch()
  }

  private func flushBatch() throws(Refusal) {
    guard let journal else { return }
    // Their sessions go with this: they are opened anew.
    let again = try batch.flush(journal).map { ($0.target, $0.change.id, $0.attempts) }
    let asked = self.asked
    self.asked = [:]
    guard !again.isEmpty else { return }
    for (target, id, attempts) in again {
      guard let (request, saved) = asked[id] else { continue }
      try change(target, request, saved, try hasUnsettled(target), attempts: attempts + 1)
    }
    try flushBatch()
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

  /// Whether a profile can be held without a trace: no lock file of its client's is made, and a
  /// journal is there. Then it is held before the first look at what is to do, and planned once.
  private func holdingLeavesNothing(_ target: ProfileTarget) -> Bool {
    if case .recordLock = target.adapter.lock { return false }
    return journal != nil
  }

  /// What there is to report when neither the request nor the journal has anything to do here.
  private func nothingToDo(
    _ target: ProfileTarget, _ request: SwitchRequest, _ saved: SavedPlan.Profile?,
    _ journalKnows: Bool
  ) throws(Refusal) -> Engine.StagedProfile? {
    let preview = try stage(target, request, saved)
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
        reportIdle([account], target, request)
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
        ? account.to.map {
          SwitchedAccount(key: account.key, from: account.from, to: $0, note: account.note)
        } : nil
    }
    return Change(
      id: journal.newChangeID(), run: summary.run ?? "", root: target.rootPath, home: target.home,
      client: target.adapter.client, profile: target.profile, relocations: target.relocations,
      accounts: switched,
      files: staged.files.map(\.patch),
      warnings: staged.accounts.filter { $0.refusal == nil }.flatMap(\.warnings),
      state: .prepared, createdAt: engine.configuration.clock().milliseconds / 1000)
  }
}

extension Engine.StagedProfile {
  /// By account key.
  fileprivate var warnings: [String: [Warning]] {
    Dictionary(accounts.map { ($0.key, $0.warnings) }) { first, _ in first }
  }
}
