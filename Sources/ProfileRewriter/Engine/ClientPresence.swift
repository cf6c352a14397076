import ConfigFormats

/// Whether a client without a lock runs on a profile: which of its processes belong to the owner of
/// the profile and work in this home.
struct ClientPresence {
  var target: ProfileTarget
  var lock: ClientProcesses

  /// Nil for a client that has a lock to take.
  init?(_ target: ProfileTarget) {
    guard case .processes(let lock) = target.adapter.lock else { return nil }
    self.target = target
    self.lock = lock
  }

  var names: Set<String> { lock.programs.union(lock.watchers) }

  /// Those that run on the profile.
  /// - Throws: `lock-not-provable` where the system does not tell, unless the user gives their word.
  func running(
    _ configuration: EngineConfiguration, recently: Bool = false
  ) throws(Refusal) -> [RunningProcess] {
    do throws(Refusal) {
      return try onProfile(
        recently ? configuration.recent.running(names) : configuration.processes.running(names))
    } catch {
      guard error.reason == .lockNotProvable, configuration.clientIsClosed else { throw error }
      return []
    }
  }

  /// Of processes with these names those that may know this profile.
  func onProfile(_ processes: [RunningProcess]) throws(Refusal) -> [RunningProcess] {
    guard !processes.isEmpty else { return [] }
    // The directory may have been given to somebody else by mistake; the home tells, too.
    let owners = [
      try target.root.status(target.profile)?.uid, try target.root.status(nil)?.uid,
    ]
    return processes.filter { owners.contains($0.uid) && mayKnowTheHome($0) }
  }

  /// False only for one that was started with another home: a service of the same user, a sandbox.
  private func mayKnowTheHome(_ process: RunningProcess) -> Bool {
    guard let home = process.home, home != target.rootPath,
      let its = try? OpenRoot(path: home, followingLink: true, calls: target.root.calls),
      let its = try? its.status(nil), let ours = try? target.root.status(nil)
    else { return true }
    return its.isSameFile(as: ours)
  }

  /// The first program that has the profile's settings in memory.
  func program(among processes: [RunningProcess]) -> RunningProcess? {
    processes.first { lock.programs.contains($0.program) }
  }

  func watcher(among processes: [RunningProcess]) -> RunningProcess? {
    processes.first { lock.watchers.contains($0.program) }
  }

  func refusal(_ process: RunningProcess) -> Refusal {
    Refusal(
      .clientRunning,
      "\(target.adapter.client) is running on this profile (\(process.program), process "
        + "\(process.pid)); close it and run again, or add --stop-clients")
  }

  /// Asks the client to end, as its user and in its session, and waits until it has. Its exit status
  /// tells nothing; a client that asks its user something stays.
  /// - Throws: `client-running` where it does not end.
  func stop(
    _ processes: [RunningProcess], _ configuration: EngineConfiguration
  ) throws(Refusal) {
    guard let process = program(among: processes) else { return }
    let list = configuration.processes
    _ = try list.run(
      lock.stop, asUser: process.uid, environment: Self.session(list.environment(of: process)),
      seconds: 30)
    for _ in 0..<Self.patience {
      guard program(among: try running(configuration)) != nil else { return }
      configuration.wait(0.5)
    }
    throw Refusal(
      .clientRunning,
      "\(process.program) (process \(process.pid)) was asked to end and is still there; perhaps it "
        + "asks its user something. Close it by hand and run again")
  }

  /// Half seconds.
  private static let patience = 20

  /// What a program needs to find the user's session, and no more.
  private static func session(_ environment: [[UInt8]]) -> [[UInt8]] {
    let wanted = [
      "HOME", "USER", "LOGNAME", "PATH", "LANG", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY",
      "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
      "XDG_CACHE_HOME",
    ].map { Array("\($0)=".utf8) }
    return environment.filter { variable in wanted.contains { variable.starts(with: $0) } }
  }
}
