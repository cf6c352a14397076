import ConfigFormats

/// What the user named on the command line: a home, a profile directory, or one config file.
public struct Selection: Sendable {
  /// Absolute paths as given.
  public var paths: ByteStrings
  /// The paths are homes, whoever's: nobody named them one by one.
  public var areHomes: Bool
  /// Client names to keep; empty keeps all.
  public var clients: Set<String>
  public var pattern: AccountPattern?
  /// The clients' own account keys to keep; nil keeps all.
  public var accounts: Set<String>?
  /// Who should own a home, as the user database says; a path that is not here may be anybody's.
  public var owners: HomeOwners
  /// Where the base directories of these homes lie, if not in the usual places.
  public var xdg: [[UInt8]: XDGDirectories]

  public init(
    paths: ByteStrings, clients: Set<String> = [], pattern: AccountPattern? = nil,
    accounts: Set<String>? = nil, xdg: [[UInt8]: XDGDirectories] = [:],
    owners: HomeOwners = HomeOwners(), areHomes: Bool = false
  ) {
    self.owners = owners
    self.areHomes = areHomes
    self.xdg = xdg
    self.paths = paths
    self.clients = clients
    self.pattern = pattern
    self.accounts = accounts
  }

  func selects(_ account: Account) -> Bool {
    (accounts?.contains(account.key) ?? true) && (pattern?.matches(account) ?? true)
  }

  /// Whether an account is to have an outcome. One that is neither POP nor IMAP is passed over as IMAP
  /// is, unless the user means it: half of a fleet may be on Exchange.
  func asksToSwitch(_ account: Account) -> Bool {
    switch account.kind {
    case .pop3: true
    case .imap: false
    case .other: pattern?.isExact ?? false
    }
  }
}

/// One profile, reachable: the opened root, and the client's directory below it.
struct ProfileTarget: Sendable {
  var root: OpenRoot
  var rootPath: [UInt8]
  var home: [UInt8]?
  var adapter: any ClientAdapter
  /// nil when the root is the profile.
  var profile: RelativePath?
  var relocations: [Relocation] = []
  /// The profile's directory as it was opened on the way here, for reading; only until it has been read: who
  /// changes something opens it anew.
  var opened: ReadDirectory?
  /// Where it is read for a plan.
  private(set) var planning: PlanningView?
  /// Shared by all who look at the profile in one run.
  let parsed = ParsedFiles()

  var name: ProfileName {
    ProfileName(
      home: home, client: adapter.client,
      profile: home == nil ? root.absolute(profile) : profile?.bytes ?? rootPath)
  }

  /// The path by which the journal knows it.
  var recordedPlace: [UInt8] { Relocation.absolute(profile, root: rootPath, relocations) }

  /// Tells one profile from another, by whatever paths they are reached; nil where it is not there.
  var identity: ProfileIdentity? {
    let status =
      opened.map { opened in try? opened.root.status(nil) }
      ?? (try? root.asOwner { try root.status(profile) })
    guard let status else { return nil }
    return ProfileIdentity(
      client: adapter.client, device: status.device, inode: status.inode)
  }

  /// What the adapter may read: the profile's directory, or the home limited to its trees.
  var directory: any DirectoryView {
    if let planning { return planning }
    if trees == nil, let opened { return opened }
    return readingView
  }

  private var readingView: any FileReadingView {
    trees.map { TreesView(root: root, trees: $0) } ?? root.readingView(at: profile)
  }

  /// The same as one planning sees it.
  func forPlanning() -> ProfileTarget {
    var target = self
    target.planning = PlanningView(readingView, isListed: trees == nil && relocations.isEmpty)
    return target
  }

  /// Which program opens it, and where; read anew each time.
  var origin: ProfileOrigin? { root.asOwner { adapter.origin(of: directory) } }

  /// Who holds the client's lock on the profile; takes none.
  func lockHolder(_ file: RelativePath) throws(Refusal) -> LockHolder? {
    if let opened { return try opened.root.recordLockHolder(file) }
    return try root.recordLockHolder(path(file))
  }

  /// Whether locks seen in the profile's directory prove anything.
  func locksAreProvable() throws(Refusal) -> Bool {
    if let opened { return try opened.root.locksAreProvable(at: nil) }
    return try root.locksAreProvable(at: profile)
  }

  private var trees: [RelativePath]? { profile.flatMap(adapter.trees) }

  /// Where the adapter's paths begin, below the root; nil: at the root.
  var base: RelativePath? { trees == nil ? profile : nil }

  /// The directory that the profile is, or lies in as a file.
  var place: RelativePath? { adapter.profileIsFile ? profile?.parent : profile }

  /// A path of the adapter as a path of the root.
  func path(_ below: RelativePath) -> RelativePath { base?.appending(below) ?? below }

  /// A path of the root as the adapter's.
  func pathForAdapter(_ path: RelativePath) -> RelativePath {
    base.flatMap { path.relative(to: $0) } ?? path
  }
}

/// A profile that was found, or that the client names but that cannot be used.
enum FoundProfile: Sendable {
  case target(ProfileTarget)
  case problem(ProfileName, Refusal)
  /// There is no profile below this path.
  case nothing([UInt8])

  /// The same with nothing held open but its root.
  var closed: FoundProfile {
    guard case .target(var target) = self else { return self }
    target.opened = nil
    return .target(target)
  }
}

/// Goes from paths to profiles.
struct ProfileFinder: Sendable {
  /// Those that are asked for.
  let adapters: [any ClientAdapter]
  private let byName: AdaptersByName
  let homes: HomeOpening
  let xdg: [[UInt8]: XDGDirectories]
  let owners: HomeOwners

  init(_ adapters: [any ClientAdapter], _ homes: HomeOpening, _ selection: Selection) {
    self.adapters = adapters.filter { adapter in
      (selection.clients.isEmpty || selection.clients.contains(adapter.client))
        && (adapter.livesInHomes || !selection.areHomes)
    }
    byName = AdaptersByName(self.adapters)
    self.homes = homes
    xdg = selection.xdg
    owners = selection.owners
  }

  /// - Throws: a refusal when the path itself cannot be used.
  func profiles(at path: [UInt8]) throws(Refusal) -> [FoundProfile] {
    let directory = Array(path[..<(path.lastIndex(of: UInt8(ascii: "/")) ?? 0)])
    if let owner = adapters.first(where: { names(path, aFileOf: $0) }) {
      return [try profile(named: path, in: directory, of: owner)]
    }
    let relocations = xdg[path]?.relocations(in: path) ?? []
    let root: OpenRoot
    do throws(Refusal) {
      root = try homes.open(path, owners: owners[path], relocations: relocations)
    } catch {
      guard error.reason == .notRegular, let owner = adapters.first(where: { isFile(path, of: $0) })
      else { throw error }
      return [try profile(named: path, in: directory, of: owner)]
    }
    return try root.asOwner { () throws(Refusal) in
      let view = ListedView(root, isWhole: relocations.isEmpty)
      let called = byName.called(by: view.entries)
      for (index, adapter) in adapters.enumerated()
      where called.asProfile.contains(index) && adapter.isProfile(view) {
        return [try profile(named: path, in: path, of: adapter)]
      }
      var profiles: [UnsearchableDirectories.Found] = []
      for (index, adapter) in adapters.enumerated() where called.inHome.contains(index) {
        for listing in adapter.profiles(in: view) {
          let path = listing.path ?? RelativePath(Array(listing.shownPath.utf8))
          for profile in found(listing, adapter: adapter, root: root, view, relocations) {
            profiles.append((profile, path))
          }
        }
      }
      let places = UnsearchableDirectories(root: root)
      if profiles.isEmpty, view.entries == nil { try places.requireSearchableRoot() }
      return try places.gathered(profiles)
    }
  }

  /// A profile that the user named by itself, or by one of its files.
  private func profile(
    named path: [UInt8], in directory: [UInt8], of adapter: any ClientAdapter
  ) throws(Refusal) -> FoundProfile {
    let directory = directory.isEmpty ? [UInt8(ascii: "/")] : directory
    let root = try homes.open(directory, owners: owners[path])
    if adapter.profileIsFile, let name = Self.name(of: path) {
      return .target(
        ProfileTarget(root: root, rootPath: root.path, home: nil, adapter: adapter, profile: name))
    }
    if let name = RelativePath(root.path.dropFirst()), adapter.trees(of: name) != nil {
      return .problem(
        ProfileName(home: nil, client: adapter.client, profile: path),
        Refusal(
          .outsideHome,
          "\(adapter.client) keeps an account's files in several places of the home; name the home")
      )
    }
    return .target(ProfileTarget(root: root, rootPath: root.path, home: nil, adapter: adapter))
  }

  private func names(_ path: [UInt8], aFileOf adapter: any ClientAdapter) -> Bool {
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return false }
    let name = String(decoding: path[(slash + 1)...], as: UTF8.self)
    return adapter.profileFileNames.contains { known in
      known.hasPrefix(".") ? name.hasSuffix(known) : name == known
    } && !isDirectory(path)
  }

  /// Whether a file is a profile by what is in it.
  private func isFile(_ path: [UInt8], of adapter: any ClientAdapter) -> Bool {
    guard adapter.profileIsFile, let name = Self.name(of: path),
      let root = try? homes.open(Array(path.dropLast(name.bytes.count)))
    else { return false }
    return root.asOwner { adapter.isProfile(name, in: root) }
  }

  private static func name(of path: [UInt8]) -> RelativePath? {
    path.split(separator: UInt8(ascii: "/")).last.flatMap { RelativePath($0) }
  }

  private func isDirectory(_ path: [UInt8]) -> Bool {
    (try? OpenRoot(path: path, calls: homes.calls)) != nil
  }

  private func found(
    _ listing: ProfileListing, adapter: any ClientAdapter, root: OpenRoot, _ view: ListedView,
    _ relocations: [Relocation], followingLinks: Bool = true
  ) -> [FoundProfile] {
    let shown = listing.path?.bytes ?? Array(listing.shownPath.utf8)
    let home = listing.isBelowHome ? root.path : nil
    let name = ProfileName(
      home: home, client: adapter.client,
      profile: home == nil && listing.path != nil ? root.absolute(listing.path) : shown)
    if let problem = listing.problem {
      let linked = followingLinks ? linkedProfiles(listing, problem, adapter, root) : nil
      return linked ?? [.problem(name, problem)]
    }
    guard let path = listing.path else {
      return [
        .problem(
          name, Refusal(.outsideHome, "\(listing.shownPath.printable) is outside the home"))
      ]
    }
    return [
      .target(
        ProfileTarget(
          root: root, rootPath: root.path, home: home, adapter: adapter, profile: path,
          relocations: relocations, opened: view.opened(path)))
    ]
  }

  /// What lies behind a link, as if the directory it leads to had been named: a profile, or as `~/.thunderbird` the
  /// profiles in it, of which none may be a link again. nil where links are not allowed, or that is not what stands in the
  /// way.
  private func linkedProfiles(
    _ listing: ProfileListing, _ problem: Refusal, _ adapter: any ClientAdapter, _ root: OpenRoot
  ) -> [FoundProfile]? {
    guard homes.allowingLinks, problem.reason == .symlink, let path = listing.path,
      adapter.trees(of: path) == nil
    else { return nil }
    let place = root.absolute(path)
    do throws(Refusal) {
      let linked = try homes.open(place, owners: root.owner.map { [$0] })
      let inside = linked.asOwner {
        let view = ListedView(linked, isWhole: true)
        return adapter.isProfile(view)
          ? []
          : adapter.profiles(in: view).flatMap {
            found($0, adapter: adapter, root: linked, view, [], followingLinks: false)
          }
      }
      guard inside.isEmpty else { return inside }
      return [
        .target(ProfileTarget(root: linked, rootPath: linked.path, home: nil, adapter: adapter))
      ]
    } catch {
      return [.problem(ProfileName(home: nil, client: adapter.client, profile: place), error)]
    }
  }
}

/// How homes, and directories in them, are opened.
struct HomeOpening: Sendable {
  var calls: any SystemCalls
  var allowingLinks = false
  var users = Owners.shared
  var parent = KnownParent()

  /// Paths as the journal has them: where links are allowed, what was named by one stands there as
  /// what it leads to.
  func recorded(_ paths: [[UInt8]]) -> [[UInt8]] {
    guard allowingLinks else { return paths }
    return paths.map { path in (try? open(path))?.path ?? path }
  }

  /// - Throws: `not-found`, `symlink`, `not-regular`, `not-owner`, `io`.
  func open(
    _ path: [UInt8], owners: Set<UInt32>? = nil, relocations: [Relocation] = []
  ) throws(Refusal) -> OpenRoot {
    do throws(Refusal) {
      return try OpenRoot.home(
        path, owners: owners, relocations: relocations, allowingLinks: allowingLinks, calls: calls,
        users: users, parent: parent)
    } catch {
      guard error.reason == .symlink, !allowingLinks else { throw error }
      throw Refusal(
        .symlink,
        "\(error.text); --allow-links takes a home or profile that is itself a link to a directory of its "
          + "user")
    }
  }
}
