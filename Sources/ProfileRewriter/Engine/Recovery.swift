import ConfigFormats

/// Settles changes and undos that were interrupted, so that a profile is all-old or all-new.
///
/// The committing file tells which way: not replaced, everything goes back; replaced, everything
/// goes forward. When somebody wrote it in between, its deciding keys tell. What even they do not
/// tell is marked and left, and blocks no other profile.
struct Recovery {
  var engine: Engine
  var journal: Journal

  enum Direction {
    case back
    case forward
    case unclear
  }

  struct Settled {
    var change: Change
    var direction: Direction
  }

  /// Settles every unfinished change of the session's profile.
  /// - Throws: `unsettled` when a person must look.
  @discardableResult
  func settle(_ session: ProfileSession) throws(Refusal) -> [Settled] {
    let target = session.target
    let unfinished = try journal.unsettled(
      root: target.rootPath, client: target.adapter.client, profile: target.profile)
    var settled: [Settled] = []
    for change in unfinished {
      for directory in Set(change.files.map { $0.path.parent }) {
        try target.root.removeLitter(in: directory)
      }
      switch change.state {
      case .prepared: settled.append(try settleApply(change, target))
      case .undoing: settled.append(try settleUndo(change, target))
      case .applied, .undone, .conflict: break
      }
    }
    if let stuck = settled.first(where: { $0.direction == .unclear }) {
      throw Refusal(
        .unsettled,
        "change \(stuck.change.id) was interrupted and its keys have been changed since; look at "
          + "`show \(stuck.change.id)` and set them by hand")
    }
    return settled
  }

  private func settleApply(_ change: Change, _ target: ProfileTarget) throws(Refusal) -> Settled {
    switch try direction(of: change, target, expectingOld: nil) {
    case .forward:
      try journal.markApplied([change.id])
      return Settled(change: change, direction: .forward)
    case .back:
      let plan = try UndoPlanner(
        change: change, target: target, leaving: Set(change.accounts.map(\.key)),
        journal: journal
      ).plan()
      if plan.blocked { return try mark(change) }
      try UndoWriter(root: target.root).write(plan.steps)
      try journal.abandon(change.id)
      return Settled(change: change, direction: .back)
    case .unclear:
      return try mark(change)
    }
  }

  private func settleUndo(_ change: Change, _ target: ProfileTarget) throws(Refusal) -> Settled {
    guard let intent = try journal.undoIntent(of: change.id) else { return try mark(change) }
    switch try direction(of: change, target, expectingOld: intent) {
    case .back:
      // "Back" is towards the old profile: the undo had begun to count, so it is finished.
      try Undo(engine: engine, journal: journal).finish(change, intent, target)
      return Settled(change: change, direction: .back)
    case .forward:
      try journal.markApplied([change.id])
      return Settled(change: change, direction: .forward)
    case .unclear:
      return try mark(change)
    }
  }

  private func mark(_ change: Change) throws(Refusal) -> Settled {
    try journal.markConflict(change.id)
    return Settled(change: change, direction: .unclear)
  }

  /// Which side the committing file is on: `.forward` is the new profile, `.back` the old one.
  private func direction(
    of change: Change, _ target: ProfileTarget, expectingOld intent: UndoIntent?
  ) throws(Refusal) -> Direction {
    guard let commit = change.files.last(where: \.commits),
      let now = try target.root.view(at: nil).read(commit.path)
    else { return .unclear }
    let hash = SHA256.hash(now)
    if let intent, let file = intent.files.first(where: { $0.path == commit.path }) {
      if hash == file.after { return .back }
      if hash == file.before { return .forward }
    } else {
      if hash == commit.after?.sha256 { return .forward }
      if hash == commit.before?.sha256 { return .back }
    }
    return try directionByKey(commit, now, target, accounts: intent?.accounts)
  }

  private func directionByKey(
    _ commit: FilePatch, _ now: [UInt8], _ target: ProfileTarget, accounts: [String]?
  ) throws(Refusal) -> Direction {
    let below = target.profile.flatMap { commit.path.relative(to: $0) } ?? commit.path
    let document: any KeyedDocument
    do {
      document = try target.adapter.document(at: below, SourceText(now))
    } catch {
      throw Refusal(syntax: error, in: commit.path, root: target.rootPath)
    }
    let deciding = commit.edits.filter { edit in
      edit.deciding && edit.before != edit.after
        && (accounts.map { Set($0).isSuperset(of: edit.users) } ?? true)
    }
    guard !deciding.isEmpty else { return .unclear }
    let values = deciding.map { document.value(forKey: $0.key) }
    if zip(deciding, values).allSatisfy({ $0.after == $1 }) { return .forward }
    if zip(deciding, values).allSatisfy({ $0.before == $1 }) { return .back }
    return .unclear
  }
}
