import ConfigFormats
import ProfileRewriter

/// Autoconfig files (`clientConfig`, version 1.1 and the IETF draft after it): each file is a
/// profile, and its POP servers give way to IMAP.
///
/// Such a file is for all users of its domains: user names are patterns (%EMAILADDRESS%) and stay
/// patterns. No client keeps it open. What is read and written, and why: docs/autoconfig.md.
public struct AutoconfigXMLAdapter: ClientAdapter {
  public init() {}

  public var client: String { "autoconfig-xml" }

  public var profileFileNames: [String] { [".xml"] }

  public var profileIsFile: Bool { true }

  /// Nothing is looked for in anybody's home: such files lie in web roots, provider databases and
  /// installations, which the user names.
  public var livesInHomes: Bool { false }

  public var canKeepPOP: Bool { true }

  public var lock: ClientLock { .none }

  public var installationPaths: [String] { [] }

  public func trees(of profile: RelativePath) -> [RelativePath]? { [profile] }

  public func isProfile(_ directory: any DirectoryView) -> Bool { false }

  public func isProfile(_ file: RelativePath, in directory: any DirectoryView) -> Bool {
    AutoconfigLocations(directory: directory).isAutoconfig(file)
  }

  public func profiles(in home: any DirectoryView) -> [ProfileListing] {
    AutoconfigLocations(directory: home).listings
  }

  public func accounts(in profile: ProfileContext) throws(Refusal) -> [Account] {
    try AutoconfigFile(profile).providers.flatMap(\.accounts)
  }

  public func plan(
    _ switches: [AccountSwitch], in profile: ProfileContext, options: SwitchOptions,
    choices: inout PlanChoices
  ) throws(Refusal) -> ProfilePlan {
    try AutoconfigPlanner(file: AutoconfigFile(profile), options: options).plan(switches)
  }

  public func document(
    at path: RelativePath, _ source: SourceText
  ) throws(SyntaxError) -> any KeyedDocument {
    try XMLDocument(parsing: source.bytes)
  }

  /// Nothing is fetched or deleted by a file.
  public func undoWarnings(accounts: [SwitchedAccount], in profile: ProfileContext) -> [Warning] {
    []
  }

  public func leaveOnServerValues(
    account: SwitchedAccount, in profile: ProfileContext
  ) -> [KeyValue] {
    []
  }
}
