import ArgumentParser
import ProfileRewriter

/// Which clients and accounts of what was found.
struct FilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only accounts of this user name, host or domain, or user@host; * stands for anything.",
      valueName: "pattern"))
  var match: String?

  @Option(
    name: .customLong("client"),
    help: ArgumentHelp(
      "Only this mail client (\(Self.known)); may be given more than once.", valueName: "name"))
  var clients: [String] = []

  static var known: String { KnownClients.names.joined(separator: ", ") }

  var isGiven: Bool { match != nil || !clients.isEmpty }

  var pattern: AccountPattern? { match.map { AccountPattern($0) } }

  func validate() throws {
    for client in clients where !KnownClients.names.contains(client) {
      throw ValidationError("no client '\(client)'; this build knows: \(Self.known)")
    }
    guard match?.isEmpty != true else { throw ValidationError("--match takes a pattern") }
  }
}

/// Which homes and profiles to read.
struct SelectionOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      """
      A home, a profile directory, a profile's prefs.js, an autoconfig file or a directory of them \
      (default: your own home).
      """,
      valueName: "path"))
  var paths: [BytePath] = []

  @OptionGroup
  var fleet: FleetOptions

  @OptionGroup
  var filter: FilterOptions

  @OptionGroup
  var xdg: XDGOptions

  func validate() throws {
    guard paths.isEmpty || !fleet.namesHomes else {
      throw ValidationError("give only one of: PATH, --all-users, --homes-from")
    }
    try xdg.requireOneHome(fleet.namesHomes || paths.count > 1)
  }

  func selection() throws(Fatal) -> Selection {
    var (paths, owners) = try absolutePaths()
    paths = fleet.excluded(from: paths)
    return Selection(
      paths: paths, clients: Set(filter.clients), pattern: filter.pattern,
      xdg: try xdg.directories(of: paths), owners: owners,
      areHomes: self.paths.isEmpty && fleet.homesFrom == nil)
  }

  /// A pattern that fits no account is most likely misspelt.
  func sayUnmatched(accounts: Int, withoutProfile: ByteStrings) {
    guard let match = filter.match, accounts == 0, withoutProfile.isEmpty, !Interruption.wasAsked
    else { return }
    Talk.say("no account is called so: --match \(Shell.quoted(match))")
  }

  /// Whether a PATH or anything in its place was given.
  var isGiven: Bool { fleet.isGiven || !paths.isEmpty }

  /// Paths that were named and hold no profile: most likely the wrong ones.
  func sayNothing(at found: ByteStrings) {
    guard !paths.isEmpty, !found.isEmpty, !Interruption.wasAsked else { return }
    for path in found.prefix(Self.mostNamed) {
      Talk.say(
        "no mail profile below \(Talk.printable(path)): name a home, a profile directory or an "
          + "autoconfig file")
    }
    if found.count > Self.mostNamed {
      Talk.say("nor below \(Talk.count(found.count - Self.mostNamed, "other PATH"))")
    }
  }

  private static let mostNamed = 5

  /// With whose they should be, as far as the user database was asked.
  private func absolutePaths() throws(Fatal) -> (paths: ByteStrings, owners: HomeOwners) {
    if fleet.allUsers {
      let found = Homes.all()
      found.say()
      return (found.homes, found.owners)
    }
    if let homesFrom = fleet.homesFrom {
      return (try HomeList.paths(homesFrom), HomeOwners())
    }
    guard !paths.isEmpty else { return ([try Homes.own()], HomeOwners()) }
    return (try ByteStrings(AbsolutePath.all(of: paths)), HomeOwners())
  }
}

extension AbsolutePath {
  /// Each once, in the order given.
  static func all(of paths: [BytePath]) throws(Fatal) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var seen: Set<[UInt8]> = []
    for path in paths {
      let absolute = try from(path.bytes)
      if seen.insert(absolute).inserted { result.append(absolute) }
    }
    return result
  }
}
