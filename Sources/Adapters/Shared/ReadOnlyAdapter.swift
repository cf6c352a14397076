import ConfigFormats
import ProfileRewriter

/// A client that has no POP accounts, or whose POP accounts are not switched: listed by scan, never
/// written.
public protocol ReadOnlyAdapter: ClientAdapter {
  /// Why there is nothing to switch, in one sentence.
  var reason: String { get }
}

extension ReadOnlyAdapter {
  public var installationPaths: [String] { [] }

  /// Never taken: nothing is written.
  public var lock: ClientLock { .none }

  public func isProfile(_ directory: any DirectoryView) -> Bool { false }

  public var profileSigns: [RelativePath]? { [] }

  public func plan(
    _ switches: [AccountSwitch], in profile: ProfileContext, options: SwitchOptions,
    choices: inout PlanChoices
  ) throws(Refusal) -> ProfilePlan {
    throw Refusal(.unsupported, reason)
  }

  public func document(
    at path: RelativePath, _ source: SourceText
  ) throws(SyntaxError) -> any KeyedDocument {
    try KeyFileDocument(parsing: source.bytes)
  }

  public func undoWarnings(accounts: [SwitchedAccount], in profile: ProfileContext) -> [Warning] {
    []
  }

  public func leaveOnServerValues(
    account: SwitchedAccount, in profile: ProfileContext
  ) -> [KeyValue] {
    []
  }
}

/// A keyfile of such a client.
enum ReadOnlyKeyFile {
  private static let mostGroups = 5_000

  /// - Returns: nil where there is no such file.
  /// - Throws: `syntax`, or what reading throws.
  static func read(
    _ path: RelativePath, in directory: any DirectoryView
  ) throws(Refusal) -> KeyFileDocument? {
    guard let bytes = try directory.read(path) else { return nil }
    let document: KeyFileDocument
    do {
      document = try KeyFileDocument(parsing: bytes)
    } catch {
      throw Refusal(syntax: error, in: path, root: directory.absolutePath)
    }
    // Each may be an account, and is looked up among the others.
    guard document.groups.count <= mostGroups else {
      throw Refusal(
        .tooLarge, "\(path.shown) has \(document.groups.count) groups, more than any client writes")
    }
    return document
  }
}
