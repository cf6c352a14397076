/// A profile held for a change: no other run is in it, and its client cannot start, or, where the
/// client has no lock, did not run when this was opened.
///
/// The locks go when the session does.
final class ProfileSession: Sendable {
  let target: ProfileTarget
  private let runLock: ProfileGuard
  /// nil where the client has none.
  private let clientLock: FileLock?

  private init(target: ProfileTarget, runLock: ProfileGuard, clientLock: FileLock?) {
    self.target = target
    self.runLock = runLock
    self.clientLock = clientLock
  }

  /// - Throws: `busy`, `client-running`, `lock-not-provable`, or what kept the lock file from
  ///   being opened.
  static func open(
    _ target: ProfileTarget, journal: Journal, configuration: EngineConfiguration
  ) throws(Refusal) -> ProfileSession {
    guard let opened = try open(target, journal, configuration, makingLockFile: true) else {
      throw Refusal(.io, "cannot make the lock file of this profile")
    }
    return opened.session
  }

  /// A session just opened, and its profile for what is read in it at once: its directory is kept open, and
  /// what it lists known as it was when the client's lock was held.
  struct Opened {
    var session: ProfileSession
    var near: ProfileTarget
  }

  /// The same where that leaves nothing behind.
  /// - Returns: nil, and nothing is held, where the client's lock file would have to be made.
  static func openIfTraceless(
    _ target: ProfileTarget, journal: Journal, configuration: EngineConfiguration
  ) throws(Refusal) -> Opened? {
    try open(target, journal, configuration, makingLockFile: false)
  }

  private static func open(
    _ target: ProfileTarget, _ journal: Journal, _ configuration: EngineConfiguration,
    makingLockFile: Bool
  ) throws(Refusal) -> Opened? {
    let runLock = try journal.guardProfile(
      root: target.rootPath, client: target.adapter.client, profile: target.profile,
      relocations: target.relocations, timeout: configuration.lockTimeout,
      shouldStop: configuration.shouldStop)
    guard case .recordLock(let file) = target.adapter.lock else {
      try requireProvable(target, configuration)
      try requireNoClient(target, configuration)
      return Opened(
        session: ProfileSession(target: target, runLock: runLock, clientLock: nil), near: target)
    }
    return try target.root.asOwner { () throws(Refusal) in
      var near = target
      near.root = try target.root.holding(target.profile)
      try requireProvable(near, configuration)
      return try locked(target, near, file, runLock, makingLockFile: makingLockFile)
    }
  }

  private static func locked(
    _ target: ProfileTarget, _ near: ProfileTarget, _ file: RelativePath, _ runLock: ProfileGuard,
    makingLockFile: Bool
  ) throws(Refusal) -> Opened? {
    // The lock file is made like the profile's directory: the client must be able to open it.
    switch try near.root.recordLock(
      near.path(file), createLike: makingLockFile ? .some(nil) : .none)
    {
    case .held(let lock):
      var near = near
      // What a run left that was killed while it made the lock file: no journal knows of it.
      if let found = try near.root.clearLitter(in: near.profile) {
        near.root = near.root.knowing(found.left)
      }
      return Opened(
        session: ProfileSession(target: target, runLock: runLock, clientLock: lock), near: near)
    case .busy(let holder):
      throw running(target, holder: holder)
    case .absent: return nil
    }
  }

  private static func requireProvable(
    _ target: ProfileTarget, _ configuration: EngineConfiguration
  ) throws(Refusal) {
    // Where no client is, none can be open on another machine.
    guard target.adapter.lock != .none, !configuration.clientIsClosed else { return }
    if let refusal = try lockNotProvable(target, target.origin) { throw refusal }
  }

  private static func requireNoClient(
    _ target: ProfileTarget, _ configuration: EngineConfiguration
  ) throws(Refusal) {
    guard let presence = ClientPresence(target) else { return }
    var running = try presence.running(configuration)
    if configuration.stopClients, presence.program(among: running) != nil {
      try presence.stop(running, configuration)
      running = try presence.running(configuration)
    }
    if let program = presence.program(among: running) { throw presence.refusal(program) }
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

  /// Why a lock that is free here does not prove that nobody has the profile open; nil where it does.
  static func lockNotProvable(
    _ target: ProfileTarget, _ origin: ProfileOrigin?
  ) throws(Refusal) -> Refusal? {
    let remedy =
      "make sure that \(target.adapter.client) is closed everywhere and add "
      + "--client-is-closed"
    if let origin, origin.isElsewhere {
      return Refusal(
        .lockNotProvable,
        "this profile is one of \(origin.system.name), and what holds it open there does not show "
          + "here; \(remedy)")
    }
    guard try !target.locksAreProvable() else { return nil }
    return Refusal(
      .lockNotProvable, "this file system does not show locks of other machines; \(remedy)")
  }
}

extension Engine {
  /// What, outside the profile's content, speaks against changing it now. Asks, and takes nothing.
  func obstacle(to target: ProfileTarget) -> Refusal? { obstacle(to: target, target.origin) }

  func obstacle(
    to target: ProfileTarget, _ origin: @autoclosure () -> ProfileOrigin?
  ) -> Refusal? {
    do throws(Refusal) {
      switch target.adapter.lock {
      case .recordLock(let file):
        if let holder = try target.lockHolder(file) {
          return ProfileSession.running(target, holder: holder)
        }
      case .processes:
        if !configuration.stopClients, let presence = ClientPresence(target) {
          let running = try presence.running(configuration, recently: true)
          if let program = presence.program(among: running) { return presence.refusal(program) }
        }
      case .none: return nil
      }
      guard !configuration.clientIsClosed else { return nil }
      return try ProfileSession.lockNotProvable(target, origin())
    } catch {
      return error
    }
  }
}
