import ConfigFormats

/// One change that makes new folders: recorded, made aside, recorded whole, moved to its place.
struct RestoreRun {
  let engine: Engine
  let journal: Journal
  let session: ProfileSession
  let progress: RestoreProgress

  private var target: ProfileTarget { session.target }

  func run(_ plan: RestorePlan, _ request: RestoreRequest) throws(Refusal) -> RestoreOutcome {
    try target.root.requireWritable(plan.place.workshop)
    let run = request.run ?? journal.beginRun(command: "backup restore")
    var change = Change(
      id: journal.newChangeID(), run: run, root: target.rootPath, home: target.home,
      client: target.adapter.client, profile: target.profile, relocations: target.relocations,
      staging: StagingDirectory.name(in: plan.place.workshop), accounts: [], files: [],
      warnings: [], state: .prepared,
      createdAt: engine.configuration.clock().milliseconds / 1000)
    try journal.prepare([change])
    var outcome = plan.outcome
    do throws(Refusal) {
      change.files = try make(plan, request, change, &outcome)
      try journal.recordMade(change)
      try StagedChange(change, target.root).moveOut()
    } catch {
      throw takenBack(change, after: error)
    }
    do throws(Refusal) { try journal.markApplied([change.id]) } catch {
      throw Refusal(
        error.reason,
        "the folders are in place, but that could not be recorded (\(error.text)); the next run settles "
          + "it, and rollback \(change.id) takes it back")
    }
    // It sees them at its next start, and loses nothing until then: to take them from it would be worse.
    if let refusal = AfterCheck(engine: engine).clientCame(to: target) {
      outcome.warnings.append(Undo.cameMeanwhile(refusal))
    }
    outcome.change = change.id
    outcome.run = run
    return outcome
  }

  /// A restore that could not be made is settled at once.
  private func takenBack(_ change: Change, after error: Refusal) -> Refusal {
    var failure = error
    do throws(Refusal) {
      let settled = try Recovery(engine: engine, journal: journal).settle(session)
      if settled.contains(where: { $0.change.id == change.id && $0.direction == .forward }) {
        failure.text += "; the folders are in place, and rollback \(change.id) takes them back"
      }
    } catch {
      failure.text += "; taking it back failed, too: \(error.text)"
    }
    return failure
  }

  private func make(
    _ plan: RestorePlan, _ request: RestoreRequest, _ change: Change,
    _ outcome: inout RestoreOutcome
  ) throws(Refusal) -> [FilePatch] {
    guard let path = change.staging else { return [] }
    var files = plan.place.entries.map { entry in
      FilePatch(
        path: entry.path, action: entry.kind == .directory ? .mkdir : .create, before: nil,
        after: nil, users: entry.users.map { String($0) })
    }
    files[files.count - 1].commits = true
    let layout = StagedLayout(files)
    let writer = FolderWriter(
      staging: try StagingDirectory(making: path, in: target.root), format: plan.place.format,
      counter: MessageCounter(progress, engine.configuration.shouldStop))
    // A directory before what lies in it.
    let order = plan.place.entries.indices.sorted { left, right in
      let (a, b) = (layout.place(left).bytes, layout.place(right).bytes)
      return a.count == b.count ? left < right : a.count < b.count
    }
    for index in order {
      let entry = plan.place.entries[index]
      let place = layout.place(index)
      switch entry.kind {
      case .directory: try writer.makeDirectory(place)
      case .folder(let source):
        let made = try writer.make(
          place, source.map { request.folders[$0].folder }, from: request.source)
        files[index].after = made.state
        if plan.place.format != .mbox { files[index].action = .tree }
        if let source {
          outcome.folders[source].messages = made.messages
          outcome.folders[source].bytes = made.bytes
          outcome.folders[source].withoutKeywords = made.withoutKeywords
        }
      }
    }
    for index in order where files[index].action == .mkdir {
      try writer.sync(layout.place(index))
    }
    try writer.sync(nil)
    return files
  }
}

/// Where the files of a change lie in its staging directory: one whose directory is none of the
/// change's under its number, all others in that.
struct StagedLayout {
  private let places: [RelativePath]
  /// Indices of those that are moved; the others go with them.
  let tops: [Int]

  init(_ files: [FilePatch]) {
    let directories = files.enumerated().filter { $0.element.action == .mkdir }
    var places: [RelativePath] = []
    var tops: [Int] = []
    for (index, file) in files.enumerated() {
      let above = directories.filter { file.path.relative(to: $0.element.path) != nil }
        .min { $0.element.path.bytes.count < $1.element.path.bytes.count }
      if let above, let rest = file.path.relative(to: above.element.path) {
        places.append(RelativePath(number: above.offset).appending(rest))
      } else {
        places.append(RelativePath(number: index))
        tops.append(index)
      }
    }
    self.places = places
    self.tops = tops
  }

  func place(_ index: Int) -> RelativePath { places[index] }
}
