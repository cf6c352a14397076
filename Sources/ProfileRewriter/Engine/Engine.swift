import ConfigFormats

/// The one way through: paths → homes → profiles → accounts → target settings → edits → patch →
/// journal → files. It knows no client; adapters know no engine.
public struct Engine: Sendable {
  public var configuration: EngineConfiguration
  /// Of the run that is under way.
  private var installations: InstallationViews?
  private var parent: KnownParent?

  public init(_ configuration: EngineConfiguration) {
    self.configuration = configuration
  }

  /// This engine, for the length of one run: what it has found out of the system holds until then.
  var forOneRun: Engine {
    var engine = self
    if installations == nil {
      engine.installations = InstallationViews()
      engine.parent = KnownParent()
    }
    return engine
  }

  func finder(for selection: Selection) -> ProfileFinder {
    ProfileFinder(configuration.adapters, homes, selection)
  }

  var homes: HomeOpening {
    HomeOpening(
      calls: configuration.calls, allowingLinks: configuration.allowLinks,
      users: configuration.users, parent: parent ?? KnownParent())
  }

  func context(of target: ProfileTarget) throws(Refusal) -> ProfileContext {
    let installation = try (installations ?? InstallationViews()).installation(
      of: target.adapter, root: configuration.installationRoot, calls: configuration.calls)
    return ProfileContext(
      directory: target.directory, profile: target.profile, installation: installation.view,
      installationFacts: installation.facts, parsed: target.parsed)
  }

  /// The incoming accounts of a profile.
  /// - Throws: `syntax` for a main file without a single byte, too: no client leaves one, a full
  ///   disk or a crash does, and it would read as a profile without accounts.
  func accounts(of target: ProfileTarget) throws(Refusal) -> [Account] {
    try target.root.asOwner { () throws(Refusal) in try accountsAsOwner(of: target) }
  }

  private func accountsAsOwner(of target: ProfileTarget) throws(Refusal) -> [Account] {
    let accounts = try target.adapter.accounts(in: try context(of: target))
    try Account.requireFew(accounts.count)
    guard accounts.isEmpty else { return accounts }
    for name in target.adapter.profileFileNames where !name.hasPrefix(".") {
      guard let path = RelativePath(name), try target.directory.size(path) == 0 else { continue }
      throw Refusal.isEmptied(target.root.absolute(target.path(path)))
    }
    return []
  }

  /// Every profile below the selected paths, each once however often it is named; a path that
  /// cannot be used is a problem of its own. Ends early when the run is to stop.
  func forEachProfile(
    in selection: Selection, while mayGoOn: () -> Bool = { true },
    _ body: (FoundProfile) throws -> Void
  ) rethrows {
    try forEachProfile(
      in: selection, threads: 1, while: mayGoOn, reading: { _ in () },
      { found, _ in try body(found) })
  }

  /// The same, with what `read` makes of each profile, in the order of the paths. Where there are
  /// several threads, paths are looked through and profiles read ahead of `body`, which the caller
  /// runs; one that is found twice may then be read twice.
  func forEachProfile<Reading: Sendable>(
    in selection: Selection, threads: Int, while mayGoOn: () -> Bool = { true },
    reading read: @escaping @Sendable (ProfileTarget) -> Reading,
    _ body: (FoundProfile, Reading?) throws -> Void
  ) rethrows {
    let finder = finder(for: selection)
    var seen = KnownProfiles()
    try forEachPath(in: selection, threads: threads, while: mayGoOn) { place, isAhead in
      finder.visit(selection.paths[place]) { target in isAhead ? read(target) : nil }
    } _: { _, visited in
      for profile in visited ?? [] {
        if configuration.shouldStop() || !mayGoOn() { return false }
        if let identity = profile.identity, !seen.insert(identity) { continue }
        var reading = profile.reading
        if reading == nil, case .target(let target) = profile.found { reading = read(target) }
        try body(profile.found.closed, reading)
      }
      return true
    }
  }

  /// What `find` makes of each path, by its place among them, in their order. Where there are several
  /// threads it runs ahead of `body`, which the caller runs and which says whether to go on. Ends early
  /// when the run is to stop; nil is what was not looked at any more.
  func forEachPath<Found: Sendable>(
    in selection: Selection, threads: Int, while mayGoOn: () -> Bool = { true },
    find: @escaping @Sendable (_ place: Int, _ isAhead: Bool) -> Found,
    _ body: (_ place: Int, _ found: Found?) throws -> Bool
  ) rethrows {
    let count = selection.paths.count
    let readsAhead = threads > 1 && count > Self.fewPaths
    var done = 0
    try OrderedWork.run(
      0..<count, threads: readsAhead ? threads : 1,
      atOnce: Self.pathsAtOnce(count, threads: threads)
    ) { place -> Found? in
      configuration.shouldStop() ? nil : find(place, readsAhead)
    } consume: { found in
      guard try body(done, found) else { return false }
      done += 1
      configuration.progress(done, count)
      // After the last there is nothing that a limit could keep it from.
      return done == count || !configuration.shouldStop() && mayGoOn()
    }
  }

  /// How many paths a thread takes at a time: handing over costs as much as a path, few are to be shared
  /// by all threads, and what is read of many at once is held in memory.
  private static func pathsAtOnce(_ paths: Int, threads: Int) -> Int {
    min(8, max(1, paths / (threads * 4)))
  }

  /// So few are read sooner than a thread is made.
  private static let fewPaths = 4
}

/// A profile that was found, which one it is, and what was read of it.
struct VisitedProfile<Reading: Sendable>: Sendable {
  var found: FoundProfile
  /// nil where it is not there.
  var identity: ProfileIdentity?
  var reading: Reading?
}

extension ProfileFinder {
  /// What is below a path; never nothing.
  func visit<Reading: Sendable>(
    _ path: [UInt8], reading: (ProfileTarget) -> Reading?
  ) -> [VisitedProfile<Reading>] {
    do throws(Refusal) {
      let found = try profiles(at: path)
      if found.isEmpty { return [VisitedProfile(found: .nothing(path))] }
      return found.map { found in
        guard case .target(let target) = found else { return VisitedProfile(found: found) }
        let reading = reading(target)
        // It may wait behind many others.
        if reading != nil { target.parsed.forget() }
        return VisitedProfile(
          found: reading == nil ? found : found.closed, identity: target.identity, reading: reading)
      }
    } catch {
      return [
        VisitedProfile(
          found: .problem(ProfileName(home: path, client: "", profile: path), error))
      ]
    }
  }
}

public struct EngineConfiguration: Sendable {
  public var adapters: [any ClientAdapter]
  /// Where the journal lives.
  public var stateDirectory: [UInt8]
  /// Seconds to wait for another run that works on the same profile.
  public var lockTimeout: Double
  /// The user's word that no client is open, where locks prove nothing.
  public var clientIsClosed: Bool
  /// Homes and profiles may be links, to directories of their owner.
  public var allowLinks: Bool
  /// The users this process may be.
  var users = Owners.shared
  /// "/" but in tests.
  public var installationRoot: [UInt8]
  public var calls: any SystemCalls
  /// What runs, for clients that have no lock.
  public var processes: any ProcessList {
    didSet { recent = RecentProcesses(processes) }
  }
  /// May end a running client, where it has a command for that.
  public var stopClients: Bool
  private(set) var recent: RecentProcesses
  /// Waits for some seconds, until a client's watchers have seen a change.
  public var wait: @Sendable (Double) -> Void
  /// Asked between profiles: whether the run is to end. What is in hand is finished first.
  public var shouldStop: @Sendable () -> Bool
  /// How many threads read profiles, the caller's among them where it is one.
  public var jobs = 1
  /// Told after each path that was named: how many are done of how many.
  public var progress: @Sendable (_ done: Int, _ of: Int) -> Void = { _, _ in }
  /// Asks an account's server what no file tells; nil: nobody is asked.
  public var mailboxCheck: (any MailboxCheck)?
  /// Knows what was uploaded to accounts; nil: nothing was.
  public var uploadedMail: (any UploadedMail)?
  /// Asked before an account is switched: whether its mail is backed up; nil: nobody asks for that.
  public var backupCheck: (any BackupCheck)?
  /// Asks the servers of accounts whose mail is counted what they have; nil: nobody is asked.
  public var serverMailCheck: (any ServerMailCheck)?
  /// Milliseconds since 1970 and the local calendar day at that moment.
  public var clock: @Sendable () -> (milliseconds: Int, today: CalendarDay)

  public init(
    adapters: [any ClientAdapter], stateDirectory: [UInt8], lockTimeout: Double = 0,
    clientIsClosed: Bool = false, allowLinks: Bool = false,
    installationRoot: [UInt8] = [UInt8(ascii: "/")],
    calls: any SystemCalls = LinuxSystemCalls.shared,
    processes: any ProcessList = LinuxProcessList.shared, stopClients: Bool = false,
    wait: @escaping @Sendable (Double) -> Void = WallClock.wait,
    shouldStop: @escaping @Sendable () -> Bool = { false },
    mailboxCheck: (any MailboxCheck)? = nil, uploadedMail: (any UploadedMail)? = nil,
    clock: @escaping @Sendable () -> (milliseconds: Int, today: CalendarDay) = WallClock.now
  ) {
    self.adapters = adapters
    self.stateDirectory = stateDirectory
    self.lockTimeout = lockTimeout
    self.clientIsClosed = clientIsClosed
    self.allowLinks = allowLinks
    self.installationRoot = installationRoot
    self.calls = calls
    self.processes = processes
    self.stopClients = stopClients
    self.wait = wait
    recent = RecentProcesses(processes)
    self.shouldStop = shouldStop
    self.mailboxCheck = mailboxCheck
    self.uploadedMail = uploadedMail
    self.clock = clock
  }

  /// How many threads write: they wait for the disk, and what many wait for at once is one wait.
  var writers: Int { jobs > 1 ? 32 : 1 }

  func choices() -> PlanChoices {
    let now = clock()
    return PlanChoices(nowMilliseconds: now.milliseconds, today: now.today)
  }
}
