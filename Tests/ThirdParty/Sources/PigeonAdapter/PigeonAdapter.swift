import Adapters
import ConfigFormats
import ProfileRewriter

/// Pigeon, a mail client that nobody has: one keyfile, `~/.pigeon/pigeon.ini`.
public struct PigeonAdapter: ClientAdapter {
  public init() {}

  public var client: String { "pigeon" }

  public var program: String? { "Pigeon" }

  public var profileFileNames: [String] { ["pigeon.ini"] }

  public var installationPaths: [String] { [] }

  /// It reads its file at the start and writes it at the end.
  public var lock: ClientLock {
    .processes(
      ClientProcesses(
        programs: ["pigeon"], watchers: [], settling: 0, stop: ["/usr/bin/pigeon", "--quit"]))
  }

  public func profiles(in home: any DirectoryView) -> [ProfileListing] {
    let path = RelativePath(known: ".pigeon")
    do throws(Refusal) {
      guard try home.kind(path.appending(PigeonFile.path)) != nil else { return [] }
      return [ProfileListing(path: path, shownPath: path.text)]
    } catch {
      return [ProfileListing(path: path, shownPath: path.text, problem: error)]
    }
  }

  public func isProfile(_ directory: any DirectoryView) -> Bool {
    (try? directory.kind(PigeonFile.path)) == .file
  }

  public func accounts(in profile: ProfileContext) throws(Refusal) -> [Account] {
    try PigeonFile(profile).accounts.map(\.account)
  }

  public func plan(
    _ switches: [AccountSwitch], in profile: ProfileContext, options: SwitchOptions,
    choices: inout PlanChoices
  ) throws(Refusal) -> ProfilePlan {
    try PigeonPlanner(file: PigeonFile(profile), options: options).plan(switches)
  }

  public func document(
    at path: RelativePath, _ source: SourceText
  ) throws(SyntaxError) -> any KeyedDocument {
    try KeyFileDocument(parsing: source.bytes)
  }

  public func undoWarnings(accounts: [SwitchedAccount], in profile: ProfileContext) -> [Warning] {
    let file = try? PigeonFile(profile)
    return accounts.compactMap { account in
      guard file?[account.key]?.takesMailOff == true else { return nil }
      return Warning(
        .popDeletesFromServer,
        "the account takes mail off the server again once it is POP (rollback --leave-on-server "
          + "prevents it)")
    }
  }

  public func leaveOnServerValues(
    account: SwitchedAccount, in profile: ProfileContext
  ) -> [KeyValue] {
    [KeyValue(file: PigeonFile.path, key: "\(account.key)/Remove", value: Array("no".utf8))]
  }
}
