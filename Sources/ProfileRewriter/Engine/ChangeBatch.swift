/// Changes computed and not yet made, collected so that many patches become durable at once; then
/// written, looked at again, and recorded as made.
final class ChangeBatch {
  struct Pending: Sendable {
    var session: ProfileSession
    var change: Change
    var files: [FileWork]
    /// What to say of each account, by key.
    var warnings: [String: [Warning]]
    /// How often it was made already and then overwritten.
    var attempts = 0

    var bytes: Int { files.reduce(0) { $0 + $1.content.count } }
    var target: ProfileTarget { session.target }
  }

  private let engine: Engine
  private let report: (ResultRow) -> Void
  private var work: [Pending] = []
  private var start = 0
  private var bytes = 0

  init(engine: Engine, report: @escaping (ResultRow) -> Void) {
    self.engine = engine
    self.report = report
  }

  var isEmpty: Bool { work.isEmpty }

  var count: Int { work.count }

  func add(_ pending: Pending) {
    if work.isEmpty { start = engine.configuration.clock().milliseconds }
    work.append(pending)
    bytes += pending.bytes
  }

  /// Whether it has grown too large or too old.
  var isDue: Bool {
    guard !work.isEmpty else { return false }
    let age = engine.configuration.clock().milliseconds - start
    return work.count >= Engine.batchProfiles || age > Engine.batchMilliseconds
      || bytes > Engine.batchBytes
  }

  /// Makes the patches durable in one transaction, then changes the files.
  /// - Returns: what a client has written over meanwhile and was taken back; it may be tried again.
  func flush(_ journal: Journal) throws(Refusal) -> [Pending] {
    guard !work.isEmpty else { return [] }
    var rows: [ResultRow] = []
    var written: [Pending] = []
    let prepared = try prepare(in: journal)
    let outcomes = OrderedWork.map(prepared, threads: engine.configuration.writers) { pending in
      Result { () throws(Refusal) in
        try SwitchWriter(root: pending.target.root).write(pending.files)
      }
    }
    for (pending, outcome) in zip(prepared, outcomes) {
      do throws(Refusal) {
        try outcome.get()
        written.append(pending)
      } catch {
        rows += try takeBack(pending, after: error, journal)
      }
    }
    var done: [String] = []
    var overwritten: [Pending] = []
    for (pending, verdict) in zip(written, verdicts(on: written)) {
      switch verdict {
      case .stands(let warnings):
        done.append(pending.change.id)
        rows += applied(pending, warnings)
      case .clientCame(let refusal):
        rows += try undo(pending, because: refusal, journal)
      case .overwritten:
        let refusal = Refusal(
          .clientRunning,
          "\(pending.target.adapter.client)'s settings service wrote the old settings back while "
            + "they were being changed; close what uses it and run again")
        let failures = try undo(pending, because: refusal, journal)
        if pending.attempts == 0, failures.allSatisfy({ $0.status == .refused }) {
          overwritten.append(pending)
        } else {
          rows += failures
        }
      }
    }
    try markApplied(done, rows, journal)
    return overwritten
  }

  private func verdicts(on written: [Pending]) -> [AfterCheck.Verdict] {
    AfterCheck(engine: engine).verdicts(
      on: written.map {
        AfterCheck.Item(target: $0.target, change: $0.change, accounts: nil, wanted: .new)
      })
  }

  private func applied(_ pending: Pending, _ more: [Warning]) -> [ResultRow] {
    pending.change.accounts.map { account in
      ResultRow(
        change: pending.change.id, name: pending.target.name, account: account.key,
        status: .applied, warnings: (pending.warnings[account.key] ?? []) + more, to: account.to)
    }
  }

  private func markApplied(
    _ done: [String], _ rows: [ResultRow], _ journal: Journal
  ) throws(Refusal) {
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
    let work = self.work
    self.work = []
    bytes = 0
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
      report(ResultRow(refusal, name: pending.target.name, account: account.key))
    }
  }

  /// A profile that was written, and whose client came in between, is put back by key.
  private func undo(
    _ pending: Pending, because refusal: Refusal, _ journal: Journal
  ) throws(Refusal) -> [ResultRow] {
    do throws(Refusal) {
      try Recovery(engine: engine, journal: journal).takeBack(pending.change, pending.target)
      return pending.change.accounts.map {
        var row = ResultRow(refusal, name: pending.target.name, account: $0.key)
        row.text = (row.text ?? "") + "; the change was taken back"
        return row
      }
    } catch {
      return pending.change.accounts.map {
        var row = ResultRow(error, name: pending.target.name, account: $0.key, status: .failed)
        row.text = "\(refusal.text); putting it back failed, too: \(error.text)"
        row.change = pending.change.id
        return row
      }
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
        failure, name: pending.target.name, account: account.key,
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
