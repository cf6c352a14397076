/// A profile held for a change: no other run is in it, and its client cannot start.
///
/// The locks go when the session does.
final class ProfileSession {
  let target: ProfileTarget
  private let runLock: ProfileGuard
  private let clientLock: FileLock

  private init(target: ProfileTarget, runLock: ProfileGuard, clientLock: FileLock) {
    self.target = target
    self.runLock = runLock
    self.clientLock = clientLock
  }

  /// - Throws: `busy`, `client-running`, `lock-not-provable`, or what kept the lock file from
  ///   being opened.
  static func open(
    _ target: ProfileTarget, journal: Journal, configuration: EngineConfiguration
  ) throws(Refusal) -> ProfileSession {
    let runLock = try journal.guardProfile(
      root: target.rootPath, client: target.adapter.client, profile: target.profile,
      timeout: configuration.lockTimeout, shouldStop: configuration.shouldStop)
    switch target.adapter.lock {
    case .recordLock(let file):
      if !configuration.clientIsClosed, try !target.root.locksAreProvable(at: target.profile) {
        throw lockNotProvable(target)
      }
      // The lock file is made like the profile's directory: the client must be able to open it.
      switch try target.root.recordLock(target.path(file), createLike: .some(nil)) {
      case .held(let lock):
        // What a run left that was killed while it made the lock file: no journal knows of it.
        try target.root.removeLitter(in: target.profile)
        return ProfileSession(target: target, runLock: runLock, clientLock: lock)
      case .busy(let holder):
        throw running(target, holder: holder)
      case .absent:
        throw Refusal(.io, "cannot make the lock file \(file.shown) of this profile")
      }
    }
  }

  /// What stands in the way when the client's lock is held: the client, or another run, perhaps
  /// with another journal.
  static func running(_ target: ProfileTarget, holder: LockHolder) -> Refusal {
    if holder.isAnotherRun {
      return Refusal(
        .busy,
        "another run is at work on this profile; wait for it, or give --lock-timeout")
    }
    let who = holder.process.map { " (process \($0))" } ?? ""
    return Refusal(
      .clientRunning,
      "\(target.adapter.client) is running on this profile\(who); close it and run again")
  }

  static func lockNotProvable(_ target: ProfileTarget) -> Refusal {
    Refusal(
      .lockNotProvable,
      "this file system does not show locks of other machines; make sure that "
        + "\(target.adapter.client) is closed everywhere and add --client-is-closed")
  }
}
