import ConfigFormats

extension Engine {
  /// Looks whether the journal is sound, whether anything is unsettled, and what an undo would meet
  /// in each profile today. Changes nothing.
  /// - Parameter paths: limits to changes at or below these; empty does not limit.
  @discardableResult
  public func examine(
    paths: [[UInt8]] = [], _ emit: @escaping (DoctorFinding) -> Void
  ) -> DoctorSummary {
    let doctor = Doctor(engine: self, paths: paths, emit: emit)
    doctor.examine()
    return doctor.summary
  }
}

/// One examination.
private final class Doctor {
  private let engine: Engine
  private let paths: [[UInt8]]
  private let selected: PathSet
  private let emit: (DoctorFinding) -> Void
  private(set) var summary = DoctorSummary()

  init(engine: Engine, paths: [[UInt8]], emit: @escaping (DoctorFinding) -> Void) {
    self.engine = engine
    self.paths = paths
    selected = PathSet(paths)
    self.emit = emit
  }

  private func find(_ finding: DoctorFinding) {
    summary.findings[finding.severity, default: 0] += 1
    emit(finding)
  }

  func examine() {
    guard let journal = openJournal() else { return }
    summary.hasJournal = true
    do throws(Refusal) {
      for problem in try journal.problems() { find(DoctorFinding(.journal, .error, problem)) }
      let unsettled = try journal.changes(ChangeFilter(states: Change.State.unfinished))
      for change in unsettled where selected.touches(change) { reportUnsettled(change) }
      try examineProfiles(journal)
      try examineFollowUps(journal)
    } catch {
      find(DoctorFinding(.journal, .error, error.text))
    }
  }

  private func openJournal() -> Journal? {
    let configuration = engine.configuration
    do throws(Refusal) {
      guard
        let state = try StateDirectory.open(
          configuration.stateDirectory, create: false, calls: configuration.calls)
      else { return nil }
      for (path, mode) in try state.readableByOthers() {
        find(
          DoctorFinding(
            .readableByOthers, .warning,
            "\(path.printable) can be read by others; it tells who has mail where",
            remedy: .makePrivate(path: path, mode: mode)))
      }
    } catch {
      find(DoctorFinding(.stateDirectory, .error, error.text))
      return nil
    }
    do throws(Refusal) { return try engine.openJournal() } catch {
      find(DoctorFinding(.journal, .error, error.text))
      return nil
    }
  }

  private func reportUnsettled(_ change: Change) {
    switch change.state {
    case .prepared, .undoing:
      find(
        DoctorFinding(
          .unsettled, .warning,
          "the \(Self.what(change)) was interrupted; the client opens "
            + "the profile without loss, and the next run on it settles it",
          change: change, remedy: .recover))
    case .conflict:
      find(
        DoctorFinding(
          .conflict, .error,
          "it was interrupted, and its keys have been changed since: set them as you want them, "
            + "then undo it",
          change: change, remedy: .show(change: change.id)))
    case .applied, .undone: break
    }
  }

  private static func what(_ change: Change) -> String {
    change.state == .undoing ? "undo" : change.staging != nil ? "restore" : "switch"
  }

  // MARK: Profiles

  /// Of a profile with several changes the newest speaks: the older ones are undone after it, and
  /// what they would meet then is not what is there now.
  private func examineProfiles(_ journal: Journal) throws(Refusal) {
    var seen: Set<[UInt8]> = []
    try journal.forEachChange { recorded in
      let change = recorded.change
      guard selected.touches(change) else { return true }
      summary.changes += 1
      // The others are still counted.
      guard change.state != .undone, !engine.configuration.shouldStop() else { return true }
      let isNewest = seen.insert(Array(change.client.utf8) + [0] + change.place).inserted
      guard change.state == .applied else { return true }
      summary.applied += 1
      if isNewest { examine(change, journal) }
      return true
    }
  }

  private func examine(_ change: Change, _ journal: Journal) {
    do throws(Refusal) {
      let target = try Undo.target(of: change, engine: engine)
      if change.staging != nil { return try examineStaged(change, target) }
      if try isAsLeft(change, target) {
        summary.exact += 1
      } else if try change.side(in: target) == .old {
        find(
          DoctorFinding(
            .alreadyBack, .warning,
            "its settings are the old ones again, and not by rollback (a backup put back?); "
              + "rollback takes away what is left of it and records that",
            change: change, remedy: .rollback(change: change.id)))
      } else {
        try foretell(change, target, journal)
      }
    } catch {
      find(DoctorFinding(.unreachable, .warning, error.text, change: change))
    }
  }

  private func examineStaged(_ change: Change, _ target: ProfileTarget) throws(Refusal) {
    let warnings = try StagedUndo(change: change, target: target).plan().warnings
    guard !warnings.isEmpty else {
      summary.exact += 1
      return
    }
    find(
      DoctorFinding(
        .undoInPart, .note,
        "undo would leave what was changed since: "
          + warnings.map(\.text).joined(separator: "; "), change: change))
  }

  private func isAsLeft(_ change: Change, _ target: ProfileTarget) throws(Refusal) -> Bool {
    for file in change.files where file.action == .edit || file.action == .create {
      guard let after = file.after, try target.root.state(file.path)?.sha256 == after.sha256 else {
        return false
      }
    }
    return true
  }

  /// What an undo would meet now.
  private func foretell(
    _ change: Change, _ target: ProfileTarget, _ journal: Journal
  ) throws(Refusal) {
    let plan = try UndoPlanner(
      change: change, target: target, leaving: Set(change.accounts.map(\.key)), journal: journal
    ).plan()
    guard !plan.conflicts.isEmpty else {
      summary.byKey += 1
      return
    }
    let keys = plan.conflicts.map { "\($0.key.printable) in \($0.file.shown)" }
      .joined(separator: ", ")
    if plan.blocked {
      find(
        DoctorFinding(
          .undoBlocked, .warning,
          "undo would refuse: changed by the switch and by somebody else since: \(keys)",
          change: change, remedy: .show(change: change.id)))
    } else {
      find(
        DoctorFinding(
          .undoInPart, .note, "undo would leave what was changed since: \(keys)", change: change))
    }
  }

  // MARK: Follow-ups

  private func examineFollowUps(_ journal: Journal) throws(Refusal) {
    let unfinished = try engine.unfinishedSwitches(FinishRequest(paths: paths), journal)
    for (change, accounts) in unfinished where !engine.configuration.shouldStop() {
      do throws(Refusal) {
        let target = try Undo.target(of: change, engine: engine)
        let plan = try target.adapter.followUp(
          to: change, accounts: accounts, in: engine.context(of: target), proved: [])
        for account in accounts { report(plan.states[account.key], account, change) }
      } catch {
        // Said with the profile already.
        continue
      }
    }
  }

  private func report(
    _ state: FollowUpPlan.State?, _ account: SwitchedAccount, _ change: Change
  ) {
    let name = account.key.printable
    switch state {
    case .due:
      find(
        DoctorFinding(
          .finishDue, .note, "\(name) is ready for finish", change: change,
          remedy: .finish(change: change.id)))
    case .notYet(let text), .ask(_, let text, _):
      find(DoctorFinding(.finishWaits, .note, "\(name): \(text)", change: change))
    case nil: break
    }
  }
}
