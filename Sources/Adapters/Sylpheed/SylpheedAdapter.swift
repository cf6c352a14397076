import ConfigFormats
import ProfileRewriter

/// Sylpheed since 2.0: `~/.sylpheed-2.0`.
public struct SylpheedAdapter: FamilyAdapter {
  public init() {}

  public var client: String { "sylpheed" }

  /// As with Claws Mail: a socket, and files that are read at the start and written at the end (seen
  /// with 3.8).
  public var lock: ClientLock {
    .processes(
      ClientProcesses(
        programs: ["sylpheed"], watchers: [], settling: 0, stop: ["/usr/bin/sylpheed", "--exit"]))
  }

  var family: FamilyClient { Self.family }

  private static let family =
    FamilyClient(
      name: "Sylpheed", directories: [RelativePath(known: ".sylpheed-2.0")],
      oldDirectories: [RelativePath(known: ".sylpheed")],
      common: RelativePath(known: "sylpheedrc"), imapNumber: { _ in 3 },
      filterKey: ("imap_filter_inbox_on_receive", false),
      rules: { profile, account throws(Refusal) in try SylpheedRules.rules(profile, account) },
      // A valid certificate is taken without a question (seen with 3.8).
      asksForCertificate: { _ in false },
      authentication: FamilyAuthentication(
        pop: popAuthentication,
        imap: [1: .passwordCleartext, 2: .passwordEncrypted, 4: .passwordCleartext, 8: .oauth2],
        smtp: [1: .passwordCleartext, 2: .passwordEncrypted, 4: .passwordEncrypted]),
      mailFormat: .sylpheedMH, tagNames: { _ in [:] })

  @Sendable private static func popAuthentication(_ account: FamilyAccount) -> AuthMethod {
    if account.flag("use_apop_auth") { return .passwordEncrypted }
    return (account.number("pop_auth_method") ?? 0) == 0 ? .passwordCleartext : .oauth2
  }
}

/// `filter.xml`. A rule is for all accounts but those that a condition of it leaves out.
enum SylpheedRules {
  private static let path = RelativePath(known: "filter.xml")

  static func rules(
    _ profile: FamilyProfile, _ account: String
  ) throws(Refusal) -> FamilyRules {
    var rules = FamilyRules()
    guard let bytes = try profile.directory.read(path) else { return rules }
    let tree: XMLTree
    do {
      tree = try XMLTree(parsing: bytes)
    } catch {
      throw Refusal(syntax: error, in: path, root: profile.directory.absolutePath)
    }
    for rule in tree.root.elements("rule") where rule.attribute("enabled") != "false" {
      let actions = rule.elements("action-list").flatMap(\.elements).map(\.name)
      rules.add(
        rule.attribute("name") ?? "", moves: actions.contains("move"),
        deletes: actions.contains("delete") || actions.contains("not-receive"))
    }
    return rules
  }
}
