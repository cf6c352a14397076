import ConfigFormats

/// Takes new folders away again: those that are as they were made, with the client's indexes of them.
/// What was used since stays, and whatever it lies in.
struct StagedUndo {
  let change: Change
  let target: ProfileTarget

  private var root: OpenRoot { target.root }

  struct Plan {
    /// What goes, in order; of a directory all that is in it.
    var leaving: [RelativePath] = []
    var files: [UndoIntent.File] = []
    var warnings: [Warning] = []
  }

  private enum Found {
    case gone
    case ours
    case changed
  }

  /// - Parameter indices: only these files; nil: all.
  func plan(only indices: Set<Int>? = nil) throws(Refusal) -> Plan {
    var plan = Plan()
    var found: [Int: Found] = [:]
    for (index, file) in change.files.enumerated() where file.action != .mkdir {
      found[index] = indices?.contains(index) == false ? .gone : try look(at: file)
    }
    let staying = Set(found.filter { $0.value == .changed }.keys.map { String($0) })
    for (index, file) in change.files.enumerated() where found[index] == .changed {
      plan.warnings.append(
        Warning(.usedSince, "\(file.path.shown) was changed since it was restored and stays"))
    }
    var going: Set<RelativePath> = []
    for (index, file) in change.files.enumerated() where file.action != .mkdir {
      guard found[index] != .changed, staying.isDisjoint(with: file.users) else { continue }
      if found[index] == .ours {
        going.insert(file.path)
        plan.files.append(.init(path: file.path, before: file.after?.sha256, after: nil))
      }
      if indices?.contains(index) != false { going.formUnion(try indexes(of: file.path)) }
    }
    try keepParents(&going, &plan)
    try collapse(&going)
    plan.leaving = order(going)
    return plan
  }

  /// A folder stays whose directory of folders holds what somebody has put there.
  private func keepParents(
    _ going: inout Set<RelativePath>, _ plan: inout Plan
  ) throws(Refusal) {
    let directories = change.files.filter { $0.action == .mkdir }
      .sorted { $0.path.bytes.count > $1.path.bytes.count }
    var staying: Set<RelativePath> = []
    for directory in directories where try root.kind(directory.path) == .directory {
      let entries = try names(in: directory.path)
      let below = Set(directories.map(\.path))
      let strange = entries.filter { !going.contains($0) && !below.contains($0) }
      guard !strange.isEmpty || entries.contains(where: staying.contains) else { continue }
      staying.insert(directory.path)
      let known = Set(change.files.map(\.path))
      for entry in strange where !known.contains(entry) {
        plan.warnings.append(
          Warning(.usedSince, "\(entry.shown) was put there since, and stays with what it lies in"))
      }
      for file in change.files
      where file.action != .mkdir && Set(file.users).isStrictSuperset(of: directory.users) {
        going.remove(file.path)
        for index in try indexes(of: file.path) { going.remove(index) }
        plan.files.removeAll { $0.path == file.path }
      }
    }
  }

  private func look(at file: FilePatch) throws(Refusal) -> Found {
    guard let status = try root.status(file.path) else { return .gone }
    // Of another size it is another, and need not be read.
    if file.action == .create, status.size != file.after?.size { return .changed }
    let digest =
      file.action == .tree
      ? try root.treeDigest(of: file.path) : try root.digest(of: file.path)
    return digest?.sha256 == file.after?.sha256 ? .ours : .changed
  }

  /// What the client keeps beside a folder.
  private func indexes(of path: RelativePath) throws(Refusal) -> [RelativePath] {
    guard let directory = path.parent else { return [] }
    return try names(in: directory).filter { target.adapter.isIndex($0, of: path) }
  }

  private func names(in directory: RelativePath) throws(Refusal) -> [RelativePath] {
    (try root.list(directory) ?? []).compactMap { RelativePath($0).map(directory.appending) }
  }

  /// A directory of the change all of whose entries go, goes itself, with them.
  private func collapse(_ going: inout Set<RelativePath>) throws(Refusal) {
    let directories = change.files.filter { $0.action == .mkdir }.map(\.path)
      .sorted { $0.bytes.count > $1.bytes.count }
    for directory in directories where try root.kind(directory) == .directory {
      let entries = try names(in: directory)
      guard entries.allSatisfy(going.contains) else { continue }
      going.subtract(entries)
      going.insert(directory)
    }
  }

  /// What came last goes first; indexes at the end.
  private func order(_ going: Set<RelativePath>) -> [RelativePath] {
    let known = change.files.map(\.path).reversed().filter(going.contains)
    return known + going.subtracting(known).sorted()
  }

  /// Moves what goes into the staging directory, and removes that.
  func carryOut(_ plan: Plan) throws(Refusal) {
    guard let path = change.staging else { return }
    try root.removeStaging(path)
    guard !plan.leaving.isEmpty else { return }
    let staging = try StagingDirectory(making: path, in: root)
    for (index, entry) in plan.leaving.enumerated() {
      try staging.move(entry, in: RelativePath(number: index))
    }
    try root.removeStaging(path)
  }
}

extension Undo {
  /// Undoes a change that made folders.
  func undoStaged(_ change: Change, _ session: ProfileSession) throws(Refusal) -> [ResultRow] {
    let target = session.target
    let undo = StagedUndo(change: change, target: target)
    let plan = try undo.plan()
    try journal.recordUndoIntent(UndoIntent(change: change.id, accounts: [], files: plan.files))
    do throws(Refusal) {
      try undo.carryOut(plan)
    } catch {
      throw settled(after: error, change, session)
    }
    try journal.markUndone(change.id, accounts: [], fully: true)
    let came = AfterCheck(engine: engine).clientCame(to: target).map(Self.cameMeanwhile)
    return [
      ResultRow(
        change: change.id, name: target.name, account: nil, status: .undone,
        warnings: plan.warnings + (came.map { [$0] } ?? []))
    ]
  }
}

extension Recovery {
  /// Settles a change that makes folders. What is in the staging directory is ours by its name; what
  /// has come to its place is told by its hashes.
  func settleStaged(_ change: Change, _ target: ProfileTarget) throws(Refusal) -> Settled {
    let staged = StagedChange(change, target.root)
    let undo = StagedUndo(change: change, target: target)
    let isUndoing = try journal.undoIntent(of: change.id) != nil
    if isUndoing {
      try undo.carryOut(undo.plan())
      try journal.markUndone(change.id, accounts: [], fully: true)
      return Settled(change: change, direction: .back)
    }
    var isForward = try staged.isAllOut
    if !isForward {
      let plan = try undo.plan(only: staged.indicesOut())
      // Somebody has begun to use what is there: the rest comes to it.
      isForward = !plan.warnings.isEmpty
      if !isForward { try takeAway(plan, change, target) }
    }
    guard isForward else {
      try journal.abandon(change.id)
      return Settled(change: change, direction: .back)
    }
    try staged.moveOut()
    try journal.markApplied([change.id])
    return Settled(change: change, direction: .forward)
  }

  /// Back into the staging directory, which goes with all that never came out of it.
  private func takeAway(
    _ plan: StagedUndo.Plan, _ change: Change, _ target: ProfileTarget
  ) throws(Refusal) {
    guard let staging = change.staging else { return }
    if !plan.leaving.isEmpty, try target.root.status(staging) == nil {
      _ = try StagingDirectory(making: staging, in: target.root)
    }
    for entry in plan.leaving {
      // Numbers are taken there, and this may be the second attempt.
      let name = RelativePath(component: RandomText.letters(8))
      try target.root.move(entry, to: staging.appending(name))
    }
    try target.root.removeStaging(staging)
  }
}

extension Change {
  /// What result rows of it name: its accounts, or, of one that has none, the profile alone.
  var rowAccounts: [String?] { staging != nil ? [nil] : accounts.map(\.key) }
}
