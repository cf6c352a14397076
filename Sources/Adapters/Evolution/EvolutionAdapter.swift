import ConfigFormats
import ProfileRewriter

/// Evolution: accounts as keyfiles below `~/.config/evolution/sources`, kept by
/// evolution-source-registry.
///
/// What is read and written, and why, rests on experiments with Evolution 3.46.4
/// (docs/clients/evolution-findings.md); each place says which.
public struct EvolutionAdapter: ClientAdapter {
  public init() {}

  public var client: String { "evolution" }

  public var program: String? { "Evolution" }

  public var profileFileNames: [String] { [".source"] }

  /// A running Evolution keeps a POP account POP until it is started again. The registry takes a
  /// change over 3.5 s after the last one in its directory; until then it writes what it knew before
  /// when a program changes the account (docs/clients/evolution-findings.md, section 4).
  public var lock: ClientLock {
    .processes(
      ClientProcesses(
        programs: ["evolution", ".evolution-wrapped"],
        watchers: [
          "evolution-source-registry", "evolution-sourc", ".evolution-source-registry-wrapped",
        ], settling: 5, stop: ["/usr/bin/evolution", "--quit"]))
  }

  public var installationPaths: [String] { EvolutionSettings.systemDirectories }

  public func trees(of profile: RelativePath) -> [RelativePath]? {
    (EvolutionLayout(profile: profile) ?? .usual).trees
  }

  public func profiles(in home: any DirectoryView) -> [ProfileListing] {
    EvolutionLocations(home: home).listings
  }

  public var homePlaces: [RelativePath]? { EvolutionLocations.homePlaces }

  /// The configuration directory named by itself: its home must be named instead.
  public func isProfile(_ directory: any DirectoryView) -> Bool {
    let name = ByteText.lastComponent(directory.absolutePath)
    guard name.elementsEqual("evolution".utf8) || name.elementsEqual("sources".utf8) else {
      return false
    }
    if name.elementsEqual("sources".utf8) {
      let names = (try? directory.list(nil)) ?? []
      return names.contains { ByteText.hasSuffix($0, Array(".source".utf8)) }
    }
    return (try? directory.kind(RelativePath(known: "sources"))) == .directory
  }

  /// By the account's uid alone (evolution-data-server 3.46.4: schema
  /// `org.gnome.Evolution.Data.Source`, attribute `e-source-uid`).
  public func keyringAttributes(of account: String) -> [String] { ["e-source-uid", account] }

  public func accounts(in profile: ProfileContext) throws(Refusal) -> [Account] {
    EvolutionAccounts(loaded: try LoadedSources(profile)).accounts
  }

  public func localMail(
    of account: String, in profile: ProfileContext
  ) throws(Refusal) -> [LocalMailPlace] {
    [try OnThisComputer(LoadedSources(profile)).place]
  }

  public var takesRestoredFolders: Bool { true }

  public func restorePlace(
    named name: String, for folders: [[String]], in profile: ProfileContext
  ) throws(Refusal) -> RestorePlace {
    try EvolutionRestoredFolders(LoadedSources(profile)).place(named: name, for: folders)
  }

  /// What Evolution keeps beside a folder's directory (seen with 3.46.4: state, and the index of words).
  public func isIndex(_ path: RelativePath, of folder: RelativePath) -> Bool {
    [".cmeta", ".ibex.index", ".ibex.index.data"].contains {
      path.bytes == folder.bytes + Array($0.utf8)
    }
  }

  public func recordedUniqueIDs(
    of account: String, in profile: ProfileContext
  ) throws(Refusal) -> Set<[UInt8]>? {
    try UIDCache(of: account, LoadedSources(profile)).uniqueIDs
  }

  public func plan(
    _ switches: [AccountSwitch], in profile: ProfileContext, options: SwitchOptions,
    choices: inout PlanChoices
  ) throws(Refusal) -> ProfilePlan {
    try EvolutionPlanner(loaded: LoadedSources(profile), options: options).plan(switches)
  }

  public func document(
    at path: RelativePath, _ source: SourceText
  ) throws(SyntaxError) -> any KeyedDocument {
    try KeyFileDocument(parsing: source.bytes)
  }

  public func undoWarnings(accounts: [SwitchedAccount], in profile: ProfileContext) -> [Warning] {
    advice(accounts, profile).compactMap(\.warning)
  }

  public func leaveOnServerValues(
    account: SwitchedAccount, in profile: ProfileContext
  ) -> [KeyValue] {
    advice([account], profile).flatMap(\.leaveOnServerValues)
  }

  public func followUp(
    to change: Change, accounts: [SwitchedAccount], in profile: ProfileContext,
    proved: Set<MailboxQuestion>
  ) throws(Refusal) -> FollowUpPlan {
    try FilterFollowUp(loaded: LoadedSources(profile), change: change)
      .plan(accounts, proved: proved)
  }

  private func advice(
    _ accounts: [SwitchedAccount], _ profile: ProfileContext
  ) -> [EvolutionUndoAdvice] {
    guard let loaded = try? LoadedSources(profile) else { return [] }
    return accounts.compactMap { loaded[$0.key].map(EvolutionUndoAdvice.init) }
  }
}
