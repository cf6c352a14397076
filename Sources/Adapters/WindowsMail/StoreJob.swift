import ConfigFormats
import ProfileRewriter

/// One account on its way from POP to IMAP.
struct StoreJob {
  let account: AccountFile
  /// The wanted settings, the host in lower case.
  let target: ServerSettings
  private let old: ServerSettings
  private let outgoing: OutgoingServers?
  private let options: SwitchOptions
  private let weakness: [Warning]

  init(
    _ wanted: AccountSwitch, _ store: AccountStore, _ options: SwitchOptions
  ) throws(Refusal) {
    guard let account = store[wanted.account.key] else {
      throw Refusal(.notFound, "the store has no account \(wanted.account.key.printable)")
    }
    self.account = account
    self.options = options
    outgoing = wanted.outgoing
    old = wanted.account.settings
    (target, weakness) = try TargetCheck.accept(wanted, options)
    try checkOptions()
    guard !store.files.contains(where: { $0.kind == .imap && wouldDouble($0.settings) }) else {
      throw double
    }
  }

  /// - Throws: `unsupported` for what such a file has no words for.
  private func checkOptions() throws(Refusal) {
    if target.security == .starttls {
      throw Refusal(
        .unsupported,
        "Windows Mail protects a connection from its first byte or not at all; name the port of "
          + "implicit TLS with --security tls")
    }
    guard [.passwordCleartext, .ntlm].contains(target.auth) else {
      throw Refusal(
        .unsupported,
        "Windows Mail signs in with a password or with NTLM, not with \(target.auth.rawValue)")
    }
    if options.offlineMail != nil {
      throw Refusal(
        .unsupported,
        "Windows Mail keeps copies of IMAP mail folder by folder; choose it in the folders' properties"
      )
    }
  }

  func wouldDouble(_ other: ServerSettings) -> Bool {
    other.host == target.host && other.username == target.username
  }

  var double: Refusal {
    Refusal(
      .duplicateAccount,
      "there is, or would be, an IMAP account of \(target.username.printable) at "
        + "\(target.host.printable) already; remove one in the client, or leave this POP account as it "
        + "is")
  }

  // MARK: Files

  private var users: [String] { [account.key] }

  /// The string in braces is what the client names the account's directory by.
  func adding(named identifier: String) throws(Refusal) -> PlannedFile {
    let name = "account{\(identifier.uppercased())}.oeaccount"
    guard let path = RelativePath(name) else {
      throw Refusal(.unsupported, "\(name.printable) is no file name")
    }
    let content = try Successor(
      account: account, target: target, pathPrefix: options.pathPrefix
    ).content()
    return PlannedFile(
      path: path, work: .create(content: content, like: account.path), users: users)
  }

  /// - Throws: `unsupported` where the document has no spelling for it.
  func leavingOut() throws(Refusal) -> PlannedFile {
    let (name, document) = (AccountFile.skip, account.document)
    let value = AccountFile.spelling(1)
    let change: XMLChange =
      document.children(of: 0, named: name).first.map { .text(of: $0, value) }
      ?? .append(in: 0, Successor.number(name, 1))
    do {
      let edit = PlannedEdit(
        key: name, before: document.value(forKey: name), after: Array(value.utf8),
        edits: try document.edits(applying: [change]), deciding: true, users: users)
      return PlannedFile(
        path: account.path, work: .edit(source: document.source, edits: [edit], branches: []),
        sensitive: account.holdsPasswords, users: users)
    } catch {
      throw Refusal(
        .unsupported, "\(account.path.shown) cannot be edited without touching more (\(error))")
    }
  }

  // MARK: Words

  var warnings: [Warning] { weakness + [mailPlace, password] + username + sending }

  private var mailPlace: Warning {
    let stays = "; the POP account stays with it, and is left out when mail is fetched"
    if mailSettings.onServer == .kept {
      return Warning(
        .mailShownTwice,
        "mail that was left on the server is shown twice: there, and in the local folders" + stays)
    }
    return Warning(
      .mailOnlyLocal,
      "mail is not left on the server for good: what is gone there is only in the local folders"
        + stays)
  }

  private var password: Warning {
    Warning(
      .noSavedPassword,
      "a file that makes an account holds no password: the client asks once"
        + (account.number("SMTP_Use_Sicily") == 3 ? ", and once more for sending" : ""))
  }

  private var username: [Warning] {
    guard target.username != old.username else { return [] }
    return [
      Warning(
        .usernameDiffers,
        "the IMAP user name is \(target.username.printable), not \(old.username.printable)"
          + (account.number("SMTP_Use_Sicily") == 2 ? "; sending signs in with it, too" : ""))
    ]
  }

  private var sending: [Warning] {
    guard let present = account.outgoing else { return [] }
    return OutgoingDecision(
      present: present,
      senders: [.init(account: account.key, offers: outgoing, incoming: old)], others: [],
      options: options, obstacle: { _ in "it is set in the account's properties" }
    ).outcome().warnings.map(\.warning)
  }

  /// Message rules are in the registry, which is not seen from here; the client applies them to POP
  /// accounts alone.
  var mailSettings: MailSettings { account.mailSettings }
}

extension AccountFile {
  /// Without the value the client takes mail off the server.
  var mailSettings: MailSettings {
    let rules = RuleRisk(incoming: 0, moving: [], deleting: [], cover: .noRules)
    guard flag("Leave_Mail_On_Server") else {
      return MailSettings(onServer: .notKept, rules: rules)
    }
    let days = flag("Remove_When_Expired") ? number("Expire_Days").map(Int.init) : nil
    return MailSettings(
      onServer: days == nil ? .kept : .keptForDays, days: days,
      deletesAlong: flag("Remove_When_Deleted"), rules: rules)
  }
}
