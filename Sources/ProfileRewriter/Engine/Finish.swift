import ConfigFormats

/// Which changes to complete.
public struct FinishRequest: Sendable {
  /// Ids, or beginnings of them; empty: every change that stands.
  public var changes: [String]
  /// Limits to changes at or below these absolute paths; empty does not limit.
  public var paths: [[UInt8]]
  public var pattern: AccountPattern?
  public var clients: Set<String>

  public init(
    changes: [String] = [], paths: [[UInt8]] = [], pattern: AccountPattern? = nil,
    clients: Set<String> = []
  ) {
    self.changes = changes
    self.paths = paths
    self.pattern = pattern
    self.clients = clients
  }
}

extension Engine {
  /// Does what is left to do on applied changes once the clients have done their part. Each is a
  /// change of its own, with its own patch, and is undone with the change it completes.
  /// - Throws: a ``Refusal`` when the journal cannot be used or knows no such change.
  @discardableResult
  public func finish(
    _ request: FinishRequest, _ emit: @escaping (ResultRow) -> Void
  ) throws(Refusal) -> ApplySummary {
    guard let journal = try openJournal() else {
      if let id = request.changes.first {
        throw Refusal(.notFound, "no change \(id.printable): nothing has been recorded yet")
      }
      return ApplySummary()
    }
    var request = request
    request.paths = homes.recorded(request.paths)
    let run = FinishRun(engine: self, journal: journal, emit: emit)
    // What a killed apply left has something to finish, too.
    try recover(paths: request.paths, run.report)
    for (change, accounts) in try unfinishedSwitches(request, journal) {
      if configuration.shouldStop() { break }
      try run.add(change, accounts)
    }
    try run.flush()
    return run.summary
  }

  /// Changes that said they leave something to do, oldest first, with their accounts. Of an account
  /// that was switched more than once only the newest change speaks: what an older one knew of its
  /// cache is of another time.
  func unfinishedSwitches(
    _ request: FinishRequest, _ journal: Journal
  ) throws(Refusal) -> [(Change, [SwitchedAccount])] {
    let asked = try Set(journal.changes(ids: request.changes).map(\.id))
    var seen: Set<[UInt8]> = []
    var found: [(Change, [SwitchedAccount])] = []
    for change in try journal.changes(ChangeFilter(states: [.applied]))
    where change.followUpOf == nil {
      let accounts = change.accounts.filter { account in
        !change.undoneAccounts.contains(account.key)
          && seen.insert(change.place + [0] + Array((change.client + account.key).utf8)).inserted
          && (request.pattern?.matches(settings: account.from) ?? true)
      }
      guard !accounts.isEmpty, change.touches(request.paths),
        asked.isEmpty || asked.contains(change.id),
        request.clients.isEmpty || request.clients.contains(change.client),
        change.warnings.contains(where: { $0.code == .filtersPaused })
      else { continue }
      found.append((change, accounts))
    }
    return found.reversed()
  }
}

/// One run of finish.
private final class FinishRun {
  private let engine: Engine
  private let journal: Journal
  private let emit: (ResultRow) -> Void
  private lazy var batch = ChangeBatch(engine: engine) { [unowned self] in report($0) }
  private(set) var summary = ApplySummary()
  /// Profiles in the batch.
  private var places: Set<[UInt8]> = []

  init(engine: Engine, journal: Journal, emit: @escaping (ResultRow) -> Void) {
    self.engine = engine
    self.journal = journal
    self.emit = emit
  }

  func report(_ row: ResultRow) {
    summary.count(row)
    emit(row)
  }

  func add(_ change: Change, _ accounts: [SwitchedAccount]) throws(Refusal) {
    // Two changes of one profile: the first holds it until it is made.
    if !places.insert(change.place).inserted { try flush() }
    do throws(Refusal) {
      try complete(change, accounts)
    } catch {
      for account in accounts { report(ResultRow(error, name: change.name, account: account.key)) }
    }
    if batch.isDue { try flush() }
  }

  private func complete(_ change: Change, _ accounts: [SwitchedAccount]) throws(Refusal) {
    let target = try Undo.target(of: change, engine: engine)
    let preview = try plan(change, accounts, target)
    guard !preview.files.isEmpty else { return reportWaiting(preview, accounts, change) }
    if let obstacle = engine.obstacle(to: target), obstacle.reason != .busy { throw obstacle }
    let session = try ProfileSession.open(
      target, journal: journal, configuration: engine.configuration)
    try Recovery(engine: engine, journal: journal).settle(session)
    let plan = try plan(change, accounts, target)
    reportWaiting(plan, accounts, change)
    guard !plan.files.isEmpty else { return }
    let due = accounts.filter { plan.states[$0.key] == .due }
    let files = try engine.files(of: plan.files, target)
    if summary.run == nil { summary.run = journal.beginRun(command: "finish") }
    batch.add(
      ChangeBatch.Pending(
        session: session,
        change: Change(
          id: journal.newChangeID(), run: summary.run ?? "", root: change.root, home: change.home,
          client: change.client, profile: change.profile, relocations: change.relocations,
          followUpOf: change.id, accounts: due, files: files.map(\.patch), warnings: [],
          state: .prepared, createdAt: engine.configuration.clock().milliseconds / 1000),
        files: files, warnings: [:], attempts: 1))
  }

  private func plan(
    _ change: Change, _ accounts: [SwitchedAccount], _ target: ProfileTarget
  ) throws(Refusal) -> FollowUpPlan {
    try target.adapter.followUp(
      to: change, accounts: accounts, in: engine.context(of: target))
  }

  private func reportWaiting(
    _ plan: FollowUpPlan, _ accounts: [SwitchedAccount], _ change: Change
  ) {
    for account in accounts {
      guard case .notYet(let text) = plan.states[account.key] else { continue }
      report(ResultRow(Refusal(.notYet, text), name: change.name, account: account.key))
    }
  }

  func flush() throws(Refusal) {
    places = []
    _ = try batch.flush(journal)
  }
}
