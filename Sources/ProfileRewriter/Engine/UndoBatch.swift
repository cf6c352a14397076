/// Undoes many changes at once, so that what is recorded of them becomes durable together and the disk
/// is waited for once for many.
///
/// Only where that goes without a word: a change with anything in its way, or anything to say of it
/// that is not known beforehand, is undone by itself (``Undo/undo(_:_:)``).
final class UndoBatch {
  private let undo: Undo
  private let request: UndoRequest
  private let report: (ResultRow) -> Void
  private var changes: [Change] = []
  private var places: Set<[UInt8]> = []

  fileprivate struct Ready: Sendable {
    var change: Change
    var accounts: [SwitchedAccount]
    var session: ProfileSession
    var planned: Undo.Planned
  }

  init(undo: Undo, request: UndoRequest, report: @escaping (ResultRow) -> Void) {
    self.undo = undo
    self.request = request
    self.report = report
  }

  private var writers: Int { undo.engine.configuration.writers }

  /// Changes of one profile are undone one after the other.
  func add(_ change: Change) throws(Refusal) {
    guard writers > 1, request.limits.failures == nil else {
      for row in try undo.undo(change, request) { report(row) }
      return
    }
    if !places.insert(change.place).inserted || changes.count >= Engine.batchProfiles {
      try flush()
      places.insert(change.place)
    }
    changes.append(change)
  }

  func flush() throws(Refusal) {
    let changes = self.changes
    self.changes = []
    places = []
    // What waits has not been begun.
    guard !changes.isEmpty, !undo.engine.configuration.shouldStop() else { return }
    let ready = try plan(hold(changes))
    var rows = try carryOut(ready.compactMap { $0 })
    for (change, ready) in zip(changes, ready) {
      let done = ready.flatMap { rows.removeValue(forKey: $0.change.id) }
      // Each by itself is held anew.
      if let done {
        done.forEach(report)
      } else if !undo.engine.configuration.shouldStop() {
        for row in try undo.undo(change, request) { report(row) }
      }
    }
  }

  fileprivate struct Held: Sendable {
    var change: Change
    var accounts: [SwitchedAccount]
    var session: ProfileSession
  }

  /// nil: it goes its way by itself.
  private func hold(_ changes: [Change]) -> [Held?] {
    OrderedWork.map(changes, threads: writers) { [undo, request] change in
      try? Self.hold(change, undo, request)
    }
  }

  private static func hold(
    _ change: Change, _ undo: Undo, _ request: UndoRequest
  ) throws(Refusal) -> Held? {
    let accounts = undo.selected(change, request)
    guard change.state == .applied, !accounts.isEmpty,
      try UploadedBefore(undo.engine, change, accounts).isNothing
    else { return nil }
    var configuration = undo.engine.configuration
    configuration.lockTimeout = 0
    let session = try ProfileSession.open(
      Undo.target(of: change, engine: undo.engine), journal: undo.journal,
      configuration: configuration)
    return Held(change: change, accounts: accounts, session: session)
  }

  /// What the journal knows of all that are held is asked at once.
  private func plan(_ held: [Held?]) throws(Refusal) -> [Ready?] {
    let undisturbed = try undo.journal.undisturbed(held.compactMap { $0?.change })
    return OrderedWork.map(held, threads: writers) { [undo, request] held in
      guard let held, undisturbed.contains(held.change.id) else { return nil }
      return try? Self.plan(held, undo, request)
    }
  }

  private static func plan(
    _ held: Held, _ undo: Undo, _ request: UndoRequest
  ) throws(Refusal) -> Ready? {
    let target = held.session.target
    defer { target.parsed.forget() }
    let planned = try undo.planned(
      held.change, held.accounts, request, target, isUndisturbed: true)
    guard planned.plan.conflicts.isEmpty else { return nil }
    return Ready(
      change: held.change, accounts: held.accounts, session: held.session, planned: planned)
  }

  /// - Returns: what there is to report of each, by its id; nothing of one that is to be undone by
  ///   itself.
  private func carryOut(_ ready: [Ready]) throws(Refusal) -> [String: [ResultRow]] {
    guard !ready.isEmpty else { return [:] }
    try undo.journal.recordUndoIntents(
      ready.map { undo.intent($0.change, $0.accounts, $0.planned.plan, $0.planned.extra) })
    var rows: [String: [ResultRow]] = [:]
    let written = write(ready, &rows) { !$0.takesAway }
    let verdicts = AfterCheck(engine: undo.engine).verdicts(
      on: written.map {
        AfterCheck.Item(
          target: $0.session.target, change: $0.change, accounts: $0.accounts.map(\.key),
          wanted: .old)
      })
    var standing: [Ready] = []
    var overwritten: [Ready] = []
    for (item, verdict) in zip(written, verdicts) {
      var item = item
      switch verdict {
      case .overwritten:
        overwritten.append(item)
        continue
      case .stands(let warnings): item.warn(warnings)
      case .clientCame(let refusal): item.warn([Undo.cameMeanwhile(refusal)])
      }
      standing.append(item)
    }
    // Only what stands is without what the switch had added.
    let done = write(standing, &rows) { $0.takesAway }
    try undo.journal.markUndone(done.map { ($0.change.id, $0.accounts.map(\.key)) })
    for item in done { rows[item.change.id] = item.rows }
    for item in overwritten {
      rows[item.change.id] = try again(item)
    }
    return rows
  }

  /// Once more, by itself and while it is still held.
  private func again(_ item: Ready) throws(Refusal) -> [ResultRow] {
    do throws(Refusal) {
      return try undo.undo(
        try undo.journal.change(item.change.id), item.accounts, request, item.session,
        isOverwritten: true)
    } catch {
      return item.refused(error)
    }
  }

  /// Takes some steps of each.
  /// - Returns: those of which all were taken.
  private func write(
    _ items: [Ready], _ rows: inout [String: [ResultRow]],
    _ steps: @escaping @Sendable (UndoPlan.Step) -> Bool
  ) -> [Ready] {
    let outcomes = OrderedWork.map(items, threads: writers) { item in
      Result { () throws(Refusal) in
        try UndoWriter(root: item.session.target.root).write(item.planned.plan.steps.filter(steps))
      }
    }
    var written: [Ready] = []
    for (item, outcome) in zip(items, outcomes) {
      switch outcome {
      case .success: written.append(item)
      case .failure(let error):
        rows[item.change.id] = item.refused(undo.settled(after: error, item.change, item.session))
      }
    }
    return written
  }
}

extension UndoBatch.Ready {
  fileprivate mutating func warn(_ warnings: [Warning]) {
    if let first = accounts.first { planned.warnings[first.key, default: []] += warnings }
  }

  fileprivate var rows: [ResultRow] {
    accounts.map { account in
      ResultRow(
        change: change.id, name: session.target.name, account: account.key, status: .undone,
        warnings: planned.warnings[account.key] ?? [])
    }
  }

  fileprivate func refused(_ error: Refusal) -> [ResultRow] {
    accounts.map { Undo.refused(error, change, $0.key) }
  }
}
