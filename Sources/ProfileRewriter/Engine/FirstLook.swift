/// What was seen of each path when all of them were looked through before the first change, so that
/// the run opens no home again in which nothing is to do, and looks for no profile twice.
///
/// It keeps where profiles are and what is to be said of those that need nothing, and no content: what
/// is changed is read anew once it is held. Paths beyond the first 16,384 are looked through again, so
/// that memory does not grow with them.
struct FirstLook: Sendable {
  /// A profile of a home, reached by its path alone.
  struct Profile: Sendable {
    /// Among the configuration's.
    var adapter: Int
    var path: RelativePath
    var identity: ProfileIdentity?
    /// The selected accounts, where all of them are what they are to be; nil: something may be to do.
    var current: [String]?
  }

  enum Seen: Sendable {
    case nothing
    case profiles([Profile])
  }

  private let mostPaths: Int
  private var kept = KeptProfiles()
  /// The profiles that need nothing: each is done once, by whatever path it is reached.
  private var idle = KnownProfiles()

  /// - Parameter mostPaths: so many paths are remembered.
  init(mostPaths: Int = 1 << 14) { self.mostPaths = mostPaths }

  mutating func note(_ seen: Seen?) {
    guard kept.paths < mostPaths else { return }
    kept.add(seen)
    guard case .profiles(let profiles)? = seen else { return }
    for profile in profiles where profile.current != nil {
      if let identity = profile.identity { idle.insert(identity) }
    }
  }

  /// nil: the path is to be looked through again.
  func seen(at place: Int) -> Seen? { place < kept.paths ? kept.seen(at: place) : nil }

  func isIdle(_ profile: ProfileIdentity) -> Bool { idle.contains(profile) }
}

extension Engine {
  /// Looks through all paths.
  func firstLook(
    _ selection: Selection, remembering look: FirstLook = FirstLook(),
    _ account: (Account) -> Void
  ) -> FirstLook {
    var look = look
    var known = KnownProfiles()
    let finder = finder(for: selection)
    forEachPath(in: selection, threads: configuration.jobs) { place, _ in
      finder.visit(selection.paths[place]) { selectedAccounts(of: $0, selection) }
    } _: { place, visited in
      guard let visited else { return false }
      let new = visited.filter { profile in
        profile.identity.map { known.insert($0) } ?? true
      }
      for profile in new {
        for found in (try? profile.reading?.get()) ?? [] { account(found) }
      }
      look.note(summary(of: new, at: selection.paths[place], selection))
      return !configuration.shouldStop()
    }
    return look
  }

  /// nil where there is more to say than of profiles of a home whose accounts are current or ready.
  private func summary(
    of visited: [VisitedProfile<Result<[Account], Refusal>>], at path: [UInt8],
    _ selection: Selection
  ) -> FirstLook.Seen? {
    if visited.count == 1, case .nothing = visited[0].found { return .nothing }
    var profiles: [FirstLook.Profile] = []
    for profile in visited {
      guard case .target(let target) = profile.found, target.home == path,
        let place = target.profile, target.relocations.isEmpty,
        let found = try? profile.reading?.get(),
        let adapter = configuration.adapters.firstIndex(where: {
          $0.client == target.adapter.client
        })
      else { return nil }
      let accounts = found.filter { $0.state != .blocked || selection.asksToSwitch($0) }
      guard accounts.allSatisfy({ $0.state != .blocked }) else { return nil }
      let isIdle = accounts.allSatisfy { $0.state == .current }
      profiles.append(
        FirstLook.Profile(
          adapter: adapter, path: place, identity: profile.identity,
          current: isIdle ? accounts.map(\.key) : nil))
    }
    return .profiles(profiles)
  }
}

extension Engine {
  /// Every profile below the selected paths, as ``forEachProfile(in:threads:while:reading:_:)`` gives
  /// them, but for what the first look has told already.
  func forEachProfile(
    of request: SwitchRequest, knowing look: FirstLook, while mayGoOn: () -> Bool,
    _ body: (FoundByApply) throws -> Void
  ) throws {
    let selection = request.selection
    let finder = finder(for: selection)
    var done = KnownProfiles()
    try forEachPath(in: selection, threads: configuration.jobs, while: mayGoOn) {
      place, _ -> [FoundByApply] in
      let path = selection.paths[place]
      switch look.seen(at: place) {
      case .nothing: return [.other(.nothing(path))]
      case .profiles(let profiles):
        return found(profiles, at: path, selection)
      case nil:
        return finder.visit(path) { selectedAccounts(of: $0, selection) }.map { visited in
          guard case .target(let target) = visited.found, let accounts = visited.reading else {
            return .other(visited.found)
          }
          return .read(target, visited.identity, accounts)
        }
      }
    } _: { _, found in
      for found in found ?? [] {
        if configuration.shouldStop() || !mayGoOn() { return false }
        if let identity = found.identity, look.isIdle(identity) || !done.insert(identity) {
          continue
        }
        try body(found)
      }
      return true
    }
  }

  private func found(
    _ profiles: [FirstLook.Profile], at path: [UInt8], _ selection: Selection
  ) -> [FoundByApply] {
    let idle = profiles.filter { $0.current != nil }.map { FoundByApply.idle(path, $0) }
    guard idle.count < profiles.count else { return idle }
    do throws(Refusal) {
      let root = try homes.open(path, owners: selection.owners[path])
      return profiles.map { profile in
        profile.current == nil
          ? .ready(target(profile, root), profile.identity) : .idle(path, profile)
      }
    } catch {
      let name = ProfileName(home: path, client: "", profile: path)
      return idle + [.other(.problem(name, error))]
    }
  }

  /// A profile that was seen at a home's path, as it is now.
  func target(_ profile: FirstLook.Profile, at path: [UInt8], _ selection: Selection)
    throws(Refusal)
    -> ProfileTarget
  {
    target(profile, try homes.open(path, owners: selection.owners[path]))
  }

  private func target(_ profile: FirstLook.Profile, _ root: OpenRoot) -> ProfileTarget {
    ProfileTarget(
      root: root, rootPath: root.path, home: root.path,
      adapter: configuration.adapters[profile.adapter], profile: profile.path)
  }
}

/// What apply comes upon.
enum FoundByApply: Sendable {
  /// Seen at the first look to need nothing.
  case idle(_ home: [UInt8], FirstLook.Profile)
  /// Seen then to have something to do.
  case ready(ProfileTarget, ProfileIdentity?)
  /// Looked at now.
  case read(ProfileTarget, ProfileIdentity?, Result<[Account], Refusal>)
  case other(FoundProfile)

  /// nil where it is nothing, or was counted before.
  var identity: ProfileIdentity? {
    switch self {
    case .ready(_, let identity), .read(_, let identity, _): identity
    case .idle, .other: nil
    }
  }
}
