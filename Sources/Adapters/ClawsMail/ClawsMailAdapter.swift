import ProfileRewriter

/// Claws Mail: `~/.claws-mail`.
public struct ClawsMailAdapter: FamilyAdapter {
  public init() {}

  public var client: String { "claws-mail" }

  /// It keeps a socket in the user's runtime directory, which proves nothing of a profile on another
  /// machine and is no lock: it reads its files at the start and writes them at the end (seen with
  /// 4.1.1).
  public var lock: ClientLock {
    .processes(
      ClientProcesses(
        programs: ["claws-mail"], watchers: [], settling: 0,
        stop: ["/usr/bin/claws-mail", "--exit"]))
  }

  var family: FamilyClient { Self.family }

  private static let family =
    FamilyClient(
      name: "Claws Mail",
      directories: [
        RelativePath(known: ".claws-mail"),
        RelativePath(known: ".var/app/org.claws_mail.Claws-Mail/.claws-mail"),
      ],
      oldDirectories: [
        RelativePath(known: ".sylpheed-claws"), RelativePath(known: ".sylpheed-gtk2"),
      ],
      common: RelativePath(known: "clawsrc"),
      // Version 1 took out the two numbers for APOP and RPOP.
      imapNumber: { $0 >= 1 ? 1 : 3 }, filterKey: ("filter_on_receive", true),
      rules: { profile, account throws(Refusal) in try ClawsRules.rules(profile, account) },
      asksForCertificate: { !$0.flag("ssl_certs_auto_accept") },
      authentication: FamilyAuthentication(
        pop: popAuthentication,
        imap: [
          1: .passwordCleartext, 2: .passwordEncrypted, 4: .none, 8: .gssapi,
          16: .passwordEncrypted, 32: .passwordEncrypted, 64: .passwordCleartext,
        ],
        smtp: [1: .passwordCleartext, 2: .passwordEncrypted, 4: .passwordEncrypted]),
      mailFormat: .clawsMH,
      tagNames: { profile throws(Refusal) in try ClawsTagNames(profile).names })

  /// `use_apop_auth` until version 3; since then a number, of which 1 is APOP and 2 OAuth2.
  @Sendable private static func popAuthentication(_ account: FamilyAccount) -> AuthMethod {
    if account.flag("use_pop_auth") {
      switch account.number("pop_auth_method") ?? 0 {
      case 1: return .passwordEncrypted
      case 2: return .oauth2
      default: return .passwordCleartext
      }
    }
    return account.flag("use_apop_auth") ? .passwordEncrypted : .passwordCleartext
  }
}
