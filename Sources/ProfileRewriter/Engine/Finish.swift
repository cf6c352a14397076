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
    let asked = try Set(journal.changeIDs(named: request.changes))
    let selected = PathSet(request.paths)
    var seen: Set<[UInt8]> = []
    var found: [(Change, [SwitchedAccount])] = []
    try journal.forEachChange(in: [.applied]) { recorded in
      let change = recorded.change
      guard change.followUpOf == nil else { return true }
      let accounts = change.accounts.filter { account in
        !change.undoneAccounts.contains(account.key)
          && seen.insert(change.place + [0] + Array((change.client + account.key).utf8)).inserted
          && (request.pattern?.matches(settings: account.from) ?? true)
      }
      guard !accounts.isEmpty, selected.touches(change),
        asked.isEmpty || asked.contains(change.id),
        request.clients.isEmpty || request.clients.contains(change.client),
        change.warnings.contains(where: { $0.code == .filtersPaused })
      else { return true }
      found.append((change, accounts))
      return true
    }
    return found.reversed()
  }
}

extension Engine {
  /// The accounts whose servers ``finish(_:_:)`` would ask, as their profiles have them now, each
  /// once: for whoever is to find their credentials first. What cannot be told is left out.
  /// - Throws: as ``finish(_:_:)`` does.
  public func accountsToAsk(_ request: FinishRequest) throws(Refusal) -> [ServerSettings] {
    guard let journal = try openJournal() else { return [] }
    var found: [ServerSettings] = []
    for (change, accounts) in try unfinishedSwitches(request, journal) {
      if configuration.shouldStop() { break }
      guard let target = try? Undo.target(of: change, engine: self), obstacle(to: target) == nil,
        let context = try? context(of: target),
        let plan = try? target.adapter.followUp(
          to: change, accounts: accounts, in: context, proved: [])
      else { continue }
      for question in plan.questions where !found.contains(question.settings) {
        found.append(question.settings)
      }
    }
    return found
  }
}

extension FollowUpPlan {
  fileprivate var questions: [MailboxQuestion] {
    states.sorted { $0.key < $1.key }.compactMap {
      if case .ask(let question, _, _) = $0.value { question } else { nil }
    }
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
    let asks = engine.configuration.mailboxCheck != nil && !preview.questions.isEmpty
    guard !preview.files.isEmpty || asks else { return reportWaiting(preview, accounts, change) }
    if let obstacle = engine.obstacle(to: target), obstacle.reason != .busy { throw obstacle }
    if asks {
      // A server may take its time: no other profile is held meanwhile.
      try flush()
      places = [change.place]
    }
    let session = try ProfileSession.open(
      target, journal: journal, configuration: engine.configuration)
    try Recovery(engine: engine, journal: journal).settle(session)
    let plan = try answered(change, accounts, target)
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
    _ change: Change, _ accounts: [SwitchedAccount], _ target: ProfileTarget,
    proved: Set<MailboxQuestion> = []
  ) throws(Refusal) -> FollowUpPlan {
    try target.adapter.followUp(
      to: change, accounts: accounts, in: engine.context(of: target), proved: proved)
  }

  /// The plan with its questions put to the servers, and the accounts that must wait reported.
  private func answered(
    _ change: Change, _ accounts: [SwitchedAccount], _ target: ProfileTarget
  ) throws(Refusal) -> FollowUpPlan {
    let plan = try plan(change, accounts, target)
    guard let check = engine.configuration.mailboxCheck, !plan.questions.isEmpty else {
      reportWaiting(plan, accounts, change)
      return plan
    }
    var proved: Set<MailboxQuestion> = []
    var answers: [MailboxQuestion: MailboxAnswer] = [:]
    for question in plan.questions {
      if engine.configuration.shouldStop() { break }
      answers[question] = check.answer(question)
      if answers[question] == .allKnown { proved.insert(question) }
    }
    // What was changed while the server thought is another question, and has no answer.
    let final = try self.plan(change, accounts, target, proved: proved)
    reportWaiting(final, accounts, change, answers)
    return final
  }

  private func reportWaiting(
    _ plan: FollowUpPlan, _ accounts: [SwitchedAccount], _ change: Change,
    _ answers: [MailboxQuestion: MailboxAnswer] = [:]
  ) {
    for account in accounts {
      let refusal: Refusal
      switch plan.states[account.key] {
      case .notYet(let text): refusal = Refusal(.notYet, text)
      case .ask(let question, let text, let advice):
        switch answers[question] {
        case .not(let found): refusal = Refusal(.notYet, "\(found): \(advice)")
        case .unanswered(let failure): refusal = failure
        case .allKnown, nil: refusal = Refusal(.notYet, text)
        }
      case .due, nil: continue
      }
      report(ResultRow(refusal, name: change.name, account: account.key))
    }
  }

  func flush() throws(Refusal) {
    places = []
    _ = try batch.flush(journal)
  }
}
