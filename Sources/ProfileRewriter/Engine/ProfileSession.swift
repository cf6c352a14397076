/// A profile held for a change: no other run is in it, and its client cannot start.
///
/// The locks go when the session does.
final class ProfileSession {
  let target: ProfileTarget
  private let guardLock: FileLock
  private let clientLock: FileLock

  private init(target: ProfileTarget, guardLock: FileLock, clientLock: FileLock) {
    self.target = target
    self.guardLock = guardLock
    self.clientLock = clientLock
  }

  /// - Throws: `busy`, `client-running`, `lock-not-provable`, or what kept the lock file from
  ///   being opened.
  static func open(
    _ target: ProfileTarget, journal: Journal, configuration: EngineConfiguration
  ) throws(Refusal) -> ProfileSession {
    let guardLock = try journal.guardProfile(
      root: target.rootPath, client: target.adapter.client, profile: target.profile,
      timeout: configuration.lockTimeout)
    switch target.adapter.lock {
    case .recordLock(let file):
      if !configuration.clientIsClosed, try !target.root.locksAreProvable(at: target.profile) {
        throw lockNotProvable(target)
      }
      switch try target.root.takeRecordLock(target.path(file)) {
      case .taken(let lock):
        return ProfileSession(target: target, guardLock: guardLock, clientLock: lock)
      case .held(let pid):
        throw running(target, holder: pid)
      }
    }
  }

  static func running(_ target: ProfileTarget, holder: Int32) -> Refusal {
    let who = holder > 0 ? " (process \(holder))" : ""
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
