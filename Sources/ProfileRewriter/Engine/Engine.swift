/// The one way through: paths → homes → profiles → accounts → target settings → edits → patch →
/// journal → files. It knows no client; adapters know no engine.
public struct Engine: Sendable {
  public var configuration: EngineConfiguration

  public init(_ configuration: EngineConfiguration) {
    self.configuration = configuration
  }

  func finder(for selection: Selection) -> ProfileFinder {
    ProfileFinder(
      adapters: configuration.adapters, calls: configuration.calls, clients: selection.clients)
  }

  func context(of target: ProfileTarget) throws(Refusal) -> ProfileContext {
    ProfileContext(
      directory: target.directory,
      installation: try InstallationView(
        allowed: target.adapter.installationPaths, root: configuration.installationRoot,
        calls: configuration.calls))
  }

  /// Every profile below the selected paths; a path that cannot be used is a problem of its own.
  func forEachProfile(in selection: Selection, _ body: (FoundProfile) throws -> Void) rethrows {
    let finder = finder(for: selection)
    for path in selection.paths {
      let found: [FoundProfile]
      do throws(Refusal) {
        found = try finder.profiles(at: path)
      } catch {
        let name = ProfileName(home: path, client: "", profile: path)
        found = [.problem(name, error)]
      }
      for profile in found { try body(profile) }
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
  /// "/" but in tests.
  public var installationRoot: [UInt8]
  public var calls: any SystemCalls
  /// Milliseconds since 1970 and the local calendar day at that moment.
  public var clock: @Sendable () -> (milliseconds: Int, today: CalendarDay)

  public init(
    adapters: [any ClientAdapter], stateDirectory: [UInt8], lockTimeout: Double = 0,
    clientIsClosed: Bool = false, installationRoot: [UInt8] = [UInt8(ascii: "/")],
    calls: any SystemCalls = LinuxSystemCalls.shared,
    clock: @escaping @Sendable () -> (milliseconds: Int, today: CalendarDay) = WallClock.now
  ) {
    self.adapters = adapters
    self.stateDirectory = stateDirectory
    self.lockTimeout = lockTimeout
    self.clientIsClosed = clientIsClosed
    self.installationRoot = installationRoot
    self.calls = calls
    self.clock = clock
  }

  func choices() -> PlanChoices {
    let now = clock()
    return PlanChoices(nowMilliseconds: now.milliseconds, today: now.today)
  }
}
