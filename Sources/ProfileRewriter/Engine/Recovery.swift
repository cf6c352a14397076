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

    /// Marked now, or before, and still for a person to look at.
    var isStuck: Bool { direction == .unclear }

    var refusal: Refusal {
      Refusal(
        .unsettled,
        "change \(change.id) was interrupted and its keys have been changed since; look at "
          + "`show \(change.id)`, set them as you want them, and undo it by `rollback`")
    }
  }

  /// Settles every unfinished change of the session's profile.
  /// - Throws: `unsettled` when one has come to need a person. One that was marked before does not
  ///   keep anybody from going on.
  @discardableResult
  func settle(_ session: ProfileSession) throws(Refusal) -> [Settled] {
    let settled = try settleWhatIsClear(session)
    if let stuck = settled.first(where: { $0.isStuck && $0.change.state != .conflict }) {
      throw stuck.refusal
    }
    return settled
  }

  /// The same, and marks what a person must look at. What was marked before is tried again: its
  /// keys may have been mended since.
  @discardableResult
  func settleWhatIsClear(_ session: ProfileSession) throws(Refusal) -> [Settled] {
    let target = session.target
    let unfinished = try journal.unfinished(
      root: target.rootPath, client: target.adapter.client, profile: target.profile,
      relocations: target.relocations)
    var settled: [Settled] = []
    for change in unfinished {
      if change.staging != nil {
        settled.append(try settleStaged(change, target))
        continue
      }
      for directory in Set(change.files.map { $0.path.parent }) {
        try target.root.removeLitter(in: directory)
      }
      switch change.state {
      case .prepared: settled.append(try settleApply(change, target))
      case .undoing: settled.append(try settleUndo(change, target))
      case .conflict:
        let wasUndoing = try journal.undoIntent(of: change.id) != nil
        settled.append(
          wasUndoing ? try settleUndo(change, target) : try settleApply(change, target))
      case .applied, .undone: break
      }
    }
    return settled
  }

  private func settleApply(_ change: Change, _ target: ProfileTarget) throws(Refusal) -> Settled {
    switch try direction(of: change, target, expectingOld: nil) {
    case .forward:
      try journal.markApplied([change.id])
      return Settled(change: change, direction: .forward)
    case .back:
      return try goBack(change, target)
    case .unclear:
      return try mark(change)
    }
  }

  private func goBack(_ change: Change, _ target: ProfileTarget) throws(Refusal) -> Settled {
    let plan = try UndoPlanner(
      change: change, target: target, leaving: Set(change.accounts.map(\.key)), journal: journal
    ).plan()
    if plan.blocked { return try mark(change) }
    try UndoWriter(root: target.root).write(plan.steps)
    try journal.abandon(change.id)
    return Settled(change: change, direction: .back)
  }

  /// Puts a change back that was written and not yet recorded as made.
  /// - Throws: `unsettled` where its keys are not ours any more.
  func takeBack(_ change: Change, _ target: ProfileTarget) throws(Refusal) {
    let settled = try goBack(change, target)
    if settled.isStuck { throw settled.refusal }
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
    let commit =
      intent.flatMap { decidingFile(of: change, $0) } ?? change.files.last(where: \.commits)
    guard let commit, let now = try target.root.view(at: nil).read(commit.path) else {
      return .unclear
    }
    let hash = SHA256.hash(now)
    if let intent, let file = intent.files.first(where: { $0.path == commit.path }) {
      if hash == file.after { return .back }
      if hash == file.before { return .forward }
    } else {
      if hash == commit.after?.sha256 { return .forward }
      if hash == commit.before?.sha256 { return .back }
    }
    let deciding = commit.deciding(intent?.accounts)
    guard !deciding.isEmpty else { return .unclear }
    switch try commit.side(byKeys: deciding, now, target) {
    case .new: return .forward
    case .old: return .back
    case .neither: return .unclear
    }
  }

  /// Of an undo the file that it wrote first: the committing file, or, where only some accounts go
  /// back, the last one that decides on them.
  private func decidingFile(of change: Change, _ intent: UndoIntent) -> FilePatch? {
    let written = change.files.filter { file in
      intent.files.contains { $0.path == file.path } && !file.deciding(intent.accounts).isEmpty
    }
    return written.last(where: \.commits) ?? written.last
  }
}
