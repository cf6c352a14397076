/// Holds and plans many profiles at once, where that goes without a word: what is in the way of one
/// is told by whoever then takes it by itself.
struct HoldingProfiles {
  var engine: Engine
  var journal: Journal

  struct Candidate: Sendable {
    var target: ProfileTarget
    var request: SwitchRequest
  }

  enum Held: Sendable {
    /// With something to change.
    case held(ProfileSession, Engine.StagedProfile)
    case nothingToDo(Engine.StagedProfile)
    /// Nothing is held, and nothing was done.
    case other
  }

  /// In the order of `candidates`, of which no two are one profile.
  func hold(_ candidates: [Candidate]) -> [Held] {
    let held = holdAll(candidates)
    // Asked once for all, and when they are held: whoever left a change behind let go before. What was
    // planned on one is planned again when that is settled.
    let profiles = candidates.map { ($0.target.adapter.client, $0.target.recordedPlace) }
    guard let unfinished = try? journal.areUnfinished(profiles) else {
      return candidates.map { _ in .other }
    }
    return zip(unfinished, held).map { $0 ? .other : $1 }
  }

  /// Reading waits for the processor, and making lock files for the disk: that is done by as many
  /// threads as write.
  private func holdAll(_ candidates: [Candidate]) -> [Held] {
    var held = onThreads(engine.configuration.jobs, candidates, holdTraceless)
    let left = held.indices.filter { held[$0] == nil }
    let later = onThreads(
      engine.configuration.writers, left.map { candidates[$0] }, holdMakingLockFile)
    for (place, result) in zip(left, later) { held[place] = result }
    return held.map { $0 ?? .other }
  }

  /// What cannot be held is `other`.
  private func onThreads(
    _ count: Int, _ candidates: [Candidate],
    _ hold: @escaping @Sendable (Candidate) throws(Refusal) -> Held?
  ) -> [Held?] {
    OrderedWork.map(candidates, threads: count) { candidate in
      defer { candidate.target.parsed.forget() }
      do throws(Refusal) { return try hold(candidate) } catch { return .other }
    }
  }

  /// nil where the client's lock file is missing.
  @Sendable private func holdTraceless(_ candidate: Candidate) throws(Refusal) -> Held? {
    guard
      let opened = try ProfileSession.openIfTraceless(
        candidate.target, journal: journal, configuration: engine.configuration)
    else { return nil }
    return try stage(
      Candidate(target: opened.near, request: candidate.request), in: opened.session)
  }

  /// A client's lock file is made for what is changed, and for nothing else.
  @Sendable private func holdMakingLockFile(_ candidate: Candidate) throws(Refusal) -> Held? {
    let target = candidate.target
    guard engine.obstacle(to: target) == nil else { return .other }
    let preview = try stage(candidate)
    guard !preview.files.isEmpty else { return .nothingToDo(preview) }
    try target.root.requireWritable(target.place)
    return try stage(
      candidate,
      in: ProfileSession.open(target, journal: journal, configuration: engine.configuration))
  }

  private func stage(
    _ candidate: Candidate, in session: ProfileSession
  ) throws(Refusal) -> Held {
    var staged = try stage(candidate)
    guard !staged.files.isEmpty else { return .nothingToDo(staged) }
    // Many are held, and what is written is held against the file itself.
    for index in staged.files.indices { staged.files[index].original = [] }
    try candidate.target.root.requireWritable(candidate.target.place)
    return .held(session, staged)
  }

  private func stage(_ candidate: Candidate) throws(Refusal) -> Engine.StagedProfile {
    var choices = engine.configuration.choices()
    return try engine.stage(candidate.target, candidate.request, choices: &choices)
  }
}
