import ConfigFormats
import ProfileRewriter

/// Windows Mail and Windows Live Mail, as a file server or a mounted disk shows their account files
/// (`account{…}.oeaccount`).
///
/// The clients do not run here: what is read and written rests on Microsoft's documentation, and what
/// that leaves open is in docs/windows-mail.md.
public struct WindowsMailAdapter: ClientAdapter {
  public init() {}

  public var client: String { "windows-mail" }

  public var profileFileNames: [String] { [] }

  public var installationPaths: [String] { [] }

  /// Nothing of it runs here; where it does, ``origin(of:)`` says.
  public var lock: ClientLock {
    .processes(ClientProcesses(programs: [], watchers: [], settling: 0, stop: []))
  }

  public func origin(of profile: any DirectoryView) -> ProfileOrigin? {
    let isLive = ByteText.hasSuffix(profile.absolutePath, Array("/Windows Live Mail".utf8))
    return ProfileOrigin(
      program: isLive ? "windows-live-mail" : "windows-mail", system: .windows)
  }

  private static let stores: [RelativePath] = [
    RelativePath(known: "AppData/Local/Microsoft/Windows Mail"),
    RelativePath(known: "AppData/Local/Microsoft/Windows Live Mail"),
    RelativePath(known: "Local Settings/Application Data/Microsoft/Windows Mail"),
    RelativePath(known: "Local Settings/Application Data/Microsoft/Windows Live Mail"),
  ]

  public var homePlaces: [RelativePath]? { Self.stores }

  /// Windows has the directory whether anybody uses the client or not.
  public func profiles(in home: any DirectoryView) -> [ProfileListing] {
    Self.stores.compactMap { path in
      do throws(Refusal) {
        // "Local Settings" is a junction in newer versions, and the place itself is among these.
        guard let kind = try? home.kind(path) else { return nil }
        guard kind != .link else {
          throw Refusal(.symlink, "\(path.text) is a symbolic link")
        }
        guard try !AccountStore.paths(in: home, below: path).isEmpty else { return nil }
        return ProfileListing(path: path, shownPath: path.text)
      } catch {
        return ProfileListing(path: path, shownPath: path.text, problem: error)
      }
    }
  }

  public func isProfile(_ directory: any DirectoryView) -> Bool {
    let name = ByteText.lastComponent(directory.absolutePath)
    return Self.stores.contains { $0.name.elementsEqual(name) }
      && (try? AccountStore.paths(in: directory, below: nil).isEmpty) == false
  }

  public func accounts(in profile: ProfileContext) throws(Refusal) -> [Account] {
    StoreAccounts(store: try AccountStore(profile)).accounts
  }

  public func plan(
    _ switches: [AccountSwitch], in profile: ProfileContext, options: SwitchOptions,
    choices: inout PlanChoices
  ) throws(Refusal) -> ProfilePlan {
    try StorePlanner(store: AccountStore(profile), options: options)
      .plan(switches, choices: &choices)
  }

  public func document(
    at path: RelativePath, _ source: SourceText
  ) throws(SyntaxError) -> any KeyedDocument {
    try XMLDocument(parsing: source.bytes)
  }

  public func undoWarnings(accounts: [SwitchedAccount], in profile: ProfileContext) -> [Warning] {
    advice(accounts, profile).flatMap(\.warnings)
  }

  public func leaveOnServerValues(
    account: SwitchedAccount, in profile: ProfileContext
  ) -> [KeyValue] {
    advice([account], profile).flatMap(\.leaveOnServerValues)
  }

  private func advice(
    _ accounts: [SwitchedAccount], _ profile: ProfileContext
  ) -> [StoreUndoAdvice] {
    guard let store = try? AccountStore(profile) else { return [] }
    return accounts.compactMap { account in
      store[account.key].map { StoreUndoAdvice(account: $0, store: store) }
    }
  }
}
