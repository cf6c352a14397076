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
    OrderedWork.map(candidates, threads: engine.configuration.writers) { candidate in
      defer { candidate.target.parsed.forget() }
      return (try? held(candidate)) ?? .other
    }
  }

  private func held(_ candidate: Candidate) throws(Refusal) -> Held {
    let target = candidate.target
    guard engine.obstacle(to: target) == nil else { return .other }
    // A client's lock file is made for what is changed, and for nothing else.
    if try holdingLeavesTrace(target) {
      let preview = try stage(candidate)
      guard !preview.files.isEmpty else {
        return try isUnfinished(target) ? .other : .nothingToDo(preview)
      }
    }
    try target.root.requireWritable(target.place)
    let session = try ProfileSession.open(
      target, journal: journal, configuration: engine.configuration)
    guard try !isUnfinished(target) else { return .other }
    let staged = try stage(candidate)
    return staged.files.isEmpty ? .nothingToDo(staged) : .held(session, staged)
  }

  private func holdingLeavesTrace(_ target: ProfileTarget) throws(Refusal) -> Bool {
    guard case .recordLock(let file) = target.adapter.lock else { return false }
    return try target.root.asOwner { () throws(Refusal) in
      try target.root.status(target.path(file)) == nil
    }
  }

  private func isUnfinished(_ target: ProfileTarget) throws(Refusal) -> Bool {
    try journal.isUnfinished(client: target.adapter.client, place: target.recordedPlace)
  }

  private func stage(_ candidate: Candidate) throws(Refusal) -> Engine.StagedProfile {
    var choices = engine.configuration.choices()
    return try engine.stage(candidate.target, candidate.request, choices: &choices)
  }
}
