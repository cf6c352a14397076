import ConfigFormats

/// What undoing (part of) a change does to its profile, computed from the files as they are now and
/// not yet written.
struct UndoPlan {
  /// One file's step, in the order to take them: the committing file first.
  struct Step {
    enum Work {
      case replace(content: [UInt8], expecting: [UInt8])
      case remove(expecting: [UInt8])
      case removeDirectoryIfEmpty
      /// A file that is gone, and the directories it lay in.
      case restore(content: [UInt8], mode: UInt32)
    }
    var path: RelativePath
    var work: Work
    var commits: Bool

    /// Whether it removes what the new state alone needs.
    var takesAway: Bool {
      switch work {
      case .remove, .removeDirectoryIfEmpty: true
      case .replace, .restore: false
      }
    }
  }

  var steps: [Step] = []
  var warnings: [Warning] = []
  var conflicts: [KeyUndo.Conflict] = []

  /// A key that decides where the account connects or stores has been changed by somebody else:
  /// nothing of the change may be undone.
  var blocked: Bool { conflicts.contains { $0.deciding } }
}

struct UndoPlanner {
  var change: Change
  var target: ProfileTarget
  /// Accounts that are to be back when this undo is done.
  var leaving: Set<String>
  /// Values to put into the committing file on top, such as leaving mail on the server.
  var extraValues: [KeyValue] = []
  var journal: Journal
  /// Undos that come before this one where nothing is written.
  var foretold = ForetoldUndos()
  /// No other change that stands has to do with a file of this one (``Journal/undisturbed(_:)``).
  var isUndisturbed = false

  func plan() throws(Refusal) -> UndoPlan {
    try target.root.asOwner { () throws(Refusal) in try planAsOwner() }
  }

  private func planAsOwner() throws(Refusal) -> UndoPlan {
    var plan = UndoPlan()
    let committing = change.files.filter(\.commits)
    let companions = change.files.filter { !$0.commits && $0.action != .keep }.reversed()
    // What the old state needs is there before the committing file brings that state back, and what
    // the client alone wrote, which that state may not bear, is gone.
    let kept = change.files.filter { $0.action == .keep }
    let ordered =
      kept + companions.filter(\.isForTheClientToWrite) + committing
      + companions.filter { !$0.isForTheClientToWrite }
    for patch in ordered where isDue(patch) && !isGone(patch) {
      try add(patch, to: &plan)
    }
    return plan
  }

  /// A file all of whose users have left already needs nothing more; one shared with accounts that
  /// stay is undone in part.
  private func isDue(_ patch: FilePatch) -> Bool {
    switch patch.action {
    case .edit: true
    case .create, .mkdir, .keep, .tree: leaving.isSuperset(of: patch.users)
    }
  }

  /// What belongs to accounts alone that are back already: it is theirs, or a later change's.
  private func isGone(_ patch: FilePatch) -> Bool {
    patch.action == .edit && !patch.users.isEmpty
      && Set(change.undoneAccounts).isSuperset(of: patch.users)
  }

  private func add(_ patch: FilePatch, to plan: inout UndoPlan) throws(Refusal) {
    switch patch.action {
    case .mkdir:
      plan.steps.append(
        .init(path: patch.path, work: .removeDirectoryIfEmpty, commits: false))
    case .keep:
      guard try !isThere(patch.path), let content = patch.kept else { return }
      plan.steps.append(
        .init(
          path: patch.path, work: .restore(content: content, mode: patch.before?.mode ?? 0o600),
          commits: false))
    case .create:
      try addRemoval(of: patch, to: &plan)
    // Only changes that make folders have such, and those have an undo of their own.
    case .tree: break
    case .edit:
      try addReversal(of: patch, to: &plan)
    }
  }

  private func addRemoval(of patch: FilePatch, to plan: inout UndoPlan) throws(Refusal) {
    guard let now = try hash(patch.path) else { return }
    guard now == patch.after?.sha256 else {
      plan.warnings.append(
        Warning(.usedSince, "\(patch.path.shown) was changed since the switch and stays"))
      return
    }
    plan.steps.append(
      .init(path: patch.path, work: .remove(expecting: now), commits: patch.commits))
  }

  private func addReversal(of patch: FilePatch, to plan: inout UndoPlan) throws(Refusal) {
    guard let now = try content(patch.path) else {
      // Of an account that stays: whoever took it away is in nobody's way.
      if leaving.isDisjoint(with: patch.users) { return }
      // One account's own file may be gone with the account; one that all share is the profile.
      let isAll = Set(patch.users).isSuperset(of: change.accounts.map(\.key))
      if patch.commits, isAll, target.base != nil || change.profile == nil {
        throw Refusal(.notFound, "\(patch.path.shown) is gone; there is nothing to undo in")
      }
      plan.warnings.append(
        Warning(.usedSince, "\(patch.path.shown) is gone; nothing to undo in it"))
      return
    }
    if now.isEmpty, patch.commits, patch.before?.size ?? 0 > 0 {
      throw Refusal.isEmptied(target.root.absolute(patch.path))
    }
    let hash = SHA256.hash(now)
    let shared = try sharedValues(patch)
    plan.warnings += shared?.warnings ?? []
    let isWhole = wholeChangeLeaves && (shared?.patch ?? patch) == patch
    let patch = shared?.patch ?? patch
    let needed = try keysNeededElsewhere(patch)
    var content: [UInt8]
    if needed.isEmpty, !usesOthersRecords(patch), isWhole,
      let old = patch.bytesBefore(from: now)
    {
      content = old
    } else if isWhole, !usesOthersRecords(patch), hash == patch.before?.sha256 {
      content = now
    } else {
      let outcome = try undoByKey(patch, now, needed)
      plan.warnings += outcome.warnings
      plan.conflicts += outcome.conflicts
      content = outcome.content
    }
    let extra = extraValues.filter { value in
      value.file.map { target.path($0) == patch.path } ?? patch.commits
    }
    if !extra.isEmpty { content = try setting(extra, patch, content) }
    guard content != now else { return }
    plan.steps.append(
      .init(
        path: patch.path, work: .replace(content: content, expecting: hash),
        commits: patch.commits))
  }

  // MARK: Files as they are, or as foretold

  private func content(_ path: RelativePath) throws(Refusal) -> [UInt8]? {
    switch foretold.file(at: target.root.absolute(path), of: change.place) {
    case .asItIs: try target.root.view(at: nil).read(path)
    case .gone: nil
    case .content(let content): content
    }
  }

  private func hash(_ path: RelativePath) throws(Refusal) -> [UInt8]? {
    switch foretold.file(at: target.root.absolute(path), of: change.place) {
    case .asItIs: try target.root.state(path)?.sha256
    case .gone: nil
    case .content(let content): SHA256.hash(content)
    }
  }

  private func isThere(_ path: RelativePath) throws(Refusal) -> Bool {
    switch foretold.file(at: target.root.absolute(path), of: change.place) {
    case .asItIs: try target.root.status(path) != nil
    case .gone: false
    case .content: true
    }
  }

  private var wholeChangeLeaves: Bool {
    change.undoneAccounts.isEmpty && leaving.isSuperset(of: change.accounts.map(\.key))
  }

  /// A record that an earlier change made and this one only needs: when that change is gone, bytes
  /// do not tell what to take out.
  private func usesOthersRecords(_ patch: FilePatch) -> Bool {
    patch.edits.contains { $0.rule == .record && $0.spans.isEmpty }
  }

  /// nil where no other change has to do with the values of this one.
  private func sharedValues(_ patch: FilePatch) throws(Refusal) -> SharedValues? {
    let place = target.root.absolute(patch.path)
    let isAlone = isUndisturbed && place == change.place(of: patch.path)
    if isAlone, !patch.edits.contains(where: \.isHold) { return nil }
    return try SharedValues(
      patch, of: change, file: place, leaving: leaving, foretold: Set(foretold.changes), journal)
  }

  private func keysNeededElsewhere(_ patch: FilePatch) throws(Refusal) -> Set<String> {
    var needed: Set<String> = []
    let place = target.root.absolute(patch.path)
    if isUndisturbed, place == change.place(of: patch.path) { return [] }
    for edit in patch.edits where edit.rule == .record {
      let others = try journal.usersOfKey(
        client: change.client, file: place, key: edit.key, excluding: change.id)
      if others.contains(where: { !foretold.changes.contains($0.change) }) {
        needed.insert(edit.key)
      }
    }
    return needed
  }

  private func undoByKey(
    _ patch: FilePatch, _ now: [UInt8], _ needed: Set<String>
  ) throws(Refusal) -> KeyUndo.Outcome {
    let document = try document(patch, now)
    return try KeyUndo(patch: patch, leaving: leaving, neededElsewhere: needed)
      .outcome(in: document)
  }

  private func document(
    _ patch: FilePatch, _ content: [UInt8]
  ) throws(Refusal) -> any KeyedDocument {
    do {
      return try target.adapter.document(
        at: target.pathForAdapter(patch.path), SourceText(content))
    } catch {
      throw Refusal(
        syntax: error, in: patch.path, root: target.rootPath, sensitive: patch.sensitive)
    }
  }

  private func setting(
    _ values: [KeyValue], _ patch: FilePatch, _ content: [UInt8]
  ) throws(Refusal) -> [UInt8] {
    let document = try document(patch, content)
    do {
      var edits: [SourceEdit] = []
      for value in values.sorted(by: { $0.key < $1.key }) {
        edits += try document.edits(setting: value.key, to: value.value)
      }
      return try document.source.applying(edits)
    } catch {
      throw Refusal(.conflict, "\(patch.path.shown): \(error)")
    }
  }
}
