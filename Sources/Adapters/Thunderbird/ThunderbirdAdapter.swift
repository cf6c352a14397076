import ConfigFormats
import ProfileRewriter

/// Thunderbird and its kin (Betterbird, Icedove, SeaMonkey), on this system and on others: profiles
/// with a prefs.js.
///
/// What is read and written, and why, rests on experiments with Thunderbird 153 and 140; each place
/// says which.
public struct ThunderbirdAdapter: ClientAdapter {
  public init() {}

  public var client: String { "thunderbird" }

  public var program: String? { "Thunderbird" }

  public var profileFileNames: [String] { ["prefs.js"] }

  /// The client holds an fcntl lock on it while it runs. The symbolic link `lock` beside it stays
  /// behind and proves nothing (seen with Thunderbird 153).
  public var lock: ClientLock { .recordLock(file: RelativePath(known: ".parentlock")) }

  public var installationPaths: [String] {
    Relative.allCases.flatMap { [$0.systemDirectory] + $0.applicationDirectories }
  }

  public func origin(of profile: any DirectoryView) -> ProfileOrigin? { ProfileOrigin(of: profile) }

  public func profiles(in home: any DirectoryView) -> [ProfileListing] {
    ProfileLocations(home).listings()
  }

  public var homePlaces: [RelativePath]? { ProfileLocations.homePlaces }

  public var profileSigns: [RelativePath]? { [.prefsJS] }

  public func isProfile(_ directory: any DirectoryView) -> Bool {
    let found = try? directory.kind(.prefsJS)
    return (found ?? nil) != nil
  }

  public func accounts(in profile: ProfileContext) throws(Refusal) -> [Account] {
    let loaded = try LoadedProfile(profile)
    try ProfileLimits.check(loaded)
    return AccountReader(loaded).entries().map(\.account)
  }

  public func localMail(
    of account: String, in profile: ProfileContext
  ) throws(Refusal) -> [LocalMailPlace] {
    try LocalMailFolders(LoadedProfile(profile)).places(of: account)
  }

  public var takesRestoredFolders: Bool { true }

  public func restorePlace(
    named name: String, for folders: [[String]], in profile: ProfileContext
  ) throws(Refusal) -> RestorePlace {
    try RestoredFolders(LoadedProfile(profile)).place(named: name, for: folders)
  }

  /// The folder's index.
  public func isIndex(_ path: RelativePath, of folder: RelativePath) -> Bool {
    path.bytes == folder.bytes + Array(".msf".utf8)
  }

  public func recordedUniqueIDs(
    of account: String, in profile: ProfileContext
  ) throws(Refusal) -> Set<[UInt8]>? {
    let loaded = try LoadedProfile(profile)
    guard let entry = AccountReader(loaded).entries().first(where: { $0.key == account }) else {
      return nil
    }
    let directory = try MailDirectory(of: entry.server, in: loaded).pathHere
    return try PopState(profile.directory, directory).uniqueIDs
  }

  public func plan(
    _ switches: [AccountSwitch], in profile: ProfileContext, options: SwitchOptions,
    choices: inout PlanChoices
  ) throws(Refusal) -> ProfilePlan {
    try SwitchPlanner(profile, options: options).plan(switches, choices: &choices)
  }

  public func document(
    at path: RelativePath, _ source: SourceText
  ) throws(SyntaxError) -> any KeyedDocument {
    switch path {
    case .loginsJSON: try LoginsDocument(parsing: source.bytes)
    case .virtualFolders: try VirtualFoldersDocument(parsing: source.bytes)
    case _ where path.name == RelativePath.filterRules.bytes:
      try FilterRulesDocument(parsing: source.bytes)
    default: try PrefsDocument(parsing: source.bytes)
    }
  }

  public func undoWarnings(accounts: [SwitchedAccount], in profile: ProfileContext) -> [Warning] {
    guard let loaded = try? LoadedProfile(profile) else { return [] }
    return accounts.compactMap { UndoAdvice(account: $0.key, in: loaded.prefs)?.warning }
  }

  public func undoValues(
    of change: Change, accounts: [SwitchedAccount], in profile: ProfileContext
  ) -> [KeyValue] {
    guard let loaded = try? LoadedProfile(profile) else { return [] }
    return Deferral.valuesForUndo(of: change, accounts: accounts.map(\.key), in: loaded)
  }

  public func leaveOnServerValues(
    account: SwitchedAccount, in profile: ProfileContext
  ) -> [KeyValue] {
    guard let loaded = try? LoadedProfile(profile) else { return [] }
    return UndoAdvice(account: account.key, in: loaded.prefs)?.leaveOnServerValues ?? []
  }
}
