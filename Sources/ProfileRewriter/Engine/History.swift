import ConfigFormats

extension Engine {
  /// Recorded changes, newest first; none where nothing was ever recorded.
  public func history(paths: [[UInt8]] = []) throws(Refusal) -> [Change] {
    var changes: [Change] = []
    try forEachRecordedChange(paths: paths) { recorded in
      changes.append(recorded.change)
      return true
    }
    return changes
  }

  /// One recorded change by its id or a beginning of it that is unique.
  public func change(_ id: String) throws(Refusal) -> Change {
    guard let journal = try openJournal() else {
      throw Refusal(.notFound, "no change \(id.printable): nothing has been recorded yet")
    }
    return try journal.change(id)
  }

  /// A change as a unified diff that GNU patch reads (`patch --binary -R -p0` in the root undoes
  /// it). Files that have moved on since are listed by key, as comments.
  /// - Parameter includeSensitive: sensitive files in full; the caller sees to who may read it.
  public func diff(of change: Change, includeSensitive: Bool = false) throws(Refusal) -> [UInt8] {
    let target = try? Undo.target(of: change, engine: self)
    var comments: [UInt8] = []
    var diffs: [UInt8] = []
    for patch in change.files {
      if patch.action == .edit, !patch.sensitive || includeSensitive, let target,
        let now = try? target.root.view(at: nil).read(patch.path),
        let (old, new) = sides(of: patch, now: now)
      {
        diffs += ChangeDiff.fullSection(patch, original: old, content: new)
      } else if patch.action == .edit, !patch.sensitive {
        comments += ChangeDiff.byKey(patch)
      } else {
        comments += ChangeDiff.section(patch, original: [], content: [], context: 0)
      }
    }
    return comments + diffs
  }

  /// The file before and after, when one of the two is what stands on disk.
  private func sides(of patch: FilePatch, now: [UInt8]) -> (old: [UInt8], new: [UInt8])? {
    if let old = patch.bytesBefore(from: now) { return (old, now) }
    if let new = patch.bytesAfter(from: now) { return (now, new) }
    return nil
  }

  func openJournal() throws(Refusal) -> Journal? {
    try Journal.open(
      stateDirectory: configuration.stateDirectory, create: false, calls: configuration.calls)
  }

  /// Settles what was interrupted, in every profile the journal names or below `paths`.
  @discardableResult
  public func recover(
    paths: [[UInt8]] = [], _ emit: (ResultRow) -> Void
  ) throws(Refusal) -> ApplySummary {
    var summary = ApplySummary()
    guard let journal = try openJournal() else { return summary }
    let selected = PathSet(homes.recorded(paths))
    let unfinished = try journal.changes(
      ChangeFilter(states: Change.State.unfinished)
    ).filter(selected.touches)
    var seen: Set<ProfileName> = []
    for change in unfinished {
      if configuration.shouldStop() { break }
      let name = change.name
      guard seen.insert(name).inserted else { continue }
      for row in recover(change, name, journal) {
        summary.count(row)
        emit(row)
      }
    }
    return summary
  }

  private func recover(_ change: Change, _ name: ProfileName, _ journal: Journal) -> [ResultRow] {
    do throws(Refusal) {
      let target = try Undo.target(of: change, engine: self)
      let session = try ProfileSession.open(target, journal: journal, configuration: configuration)
      return try Recovery(engine: self, journal: journal).settleWhatIsClear(session)
        .flatMap { settled in
          settled.change.rowAccounts.map { account in
            guard !settled.isStuck else {
              var row = ResultRow(
                settled.refusal, name: name, account: account, status: .conflict)
              row.change = settled.change.id
              return row
            }
            return ResultRow(
              change: settled.change.id, name: name, account: account,
              status: settled.direction == .forward ? .applied : .undone,
              text: "was interrupted; settled")
          }
        }
    } catch {
      return change.rowAccounts.map { account in
        var row = ResultRow(error, name: name, account: account, status: .failed)
        row.change = change.id
        return row
      }
    }
  }
}
