import ConfigFormats
import ProfileRewriter

/// One account on its way from POP to IMAP.
struct FamilyJob {
  let source: FamilyAccount
  let profile: FamilyProfile
  let old: ServerSettings
  /// The wanted settings, the host in lower case.
  let target: ServerSettings
  let outgoing: OutgoingServers?
  let rules: FamilyRules
  private let options: SwitchOptions
  private let imapNumber: Int
  private let weakness: [Warning]
  private let authentication: Int?

  /// The account's key, by which the patch names those who need an edit.
  var user: String { source.number }

  init(
    _ wanted: AccountSwitch, _ profile: FamilyProfile, _ options: SwitchOptions
  ) throws(Refusal) {
    guard let source = profile[wanted.account.key] else {
      throw Refusal(.notFound, "the profile has no account \(wanted.account.key.printable)")
    }
    self.source = source
    self.profile = profile
    self.options = options
    outgoing = wanted.outgoing
    old = wanted.account.settings
    (target, weakness) = try TargetCheck.accept(wanted, options)
    imapNumber = profile.client.imapNumber(try profile.version(of: source))
    authentication = try profile.client.authentication.change(
      from: source.number("imap_auth_method") ?? 0, to: target.auth, profile.client.name)
    let found = try profile.client.rules(profile, source.number)
    if let obstacle = found.obstacle { throw obstacle }
    // Both clients: whether what POP fetches is filtered. Sylpheed's key for IMAP may be on without it, and
    // counts once the account is IMAP.
    let filter = profile.client.filterKey
    let areOn =
      source.flag("filter_on_receive", default: true)
      || source.flag(filter.name, default: filter.isOnByDefault)
    rules = areOn ? found : FamilyRules()
    try checkOptions()
  }

  private func checkOptions() throws(Refusal) {
    if options.offlineMail == true {
      throw Refusal(
        .unsupported,
        "\(profile.client.name) keeps copies of IMAP mail folder by folder; choose it in the folders' "
          + "properties")
    }
  }

  // MARK: Edits

  /// What `accountrc` is to have for this account: the keys, and whether each decides where it connects.
  var wishes: [FamilyWish] {
    func wish(_ name: String, _ value: String, deciding: Bool = true) -> FamilyWish {
      FamilyWish(key: source.key(name), value: Array(value.utf8), deciding: deciding, user: user)
    }
    var wishes = [
      wish("protocol", String(imapNumber)), wish("receive_server", target.host),
      wish("user_id", target.username), wish("set_imapport", "1"),
      wish("imap_port", String(target.port)),
      wish("ssl_imap", String(FamilyAccount.number(of: target.security))),
    ]
    // An old file's numbers are the client's to renew.
    wishes[0].rewrite = ClientRewrite(
      "Claws Mail renumbers protocols when it takes over the file of an older version",
      .beginning(Array("1".utf8)))
    if let authentication { wishes.append(wish("imap_auth_method", String(authentication))) }
    if !rules.names.isEmpty {
      wishes.append(wish(profile.client.filterKey.name, "0", deciding: false))
    }
    if let prefix = options.pathPrefix {
      wishes.append(wish("imap_directory", Self.directory(prefix), deciding: false))
    }
    return wishes
  }

  /// Both clients take the folder's name, without the separator behind it.
  private static func directory(_ prefix: String) -> String {
    var name = prefix[...]
    while name.count > 1, let last = name.last, last == "." || last == "/" {
      name = name.dropLast()
    }
    return String(name)
  }

  var fetchedPath: RelativePath? { profile.fetched(by: source) }

  /// The record of what POP has fetched: undo needs it, whatever becomes of it meanwhile.
  func fetched(_ budget: inout ReadBudget) throws(Refusal) -> PlannedFile? {
    guard let path = fetchedPath, let content = try profile.directory.read(path) else { return nil }
    try budget.take(content.count, of: path)
    return PlannedFile(path: path, work: .keep(content: content), users: [user])
  }

  // MARK: Words

  var warnings: [Warning] { weakness + [mailPlace] + certificate + filters + username }

  private var client: String { profile.client.name }

  private var mailPlace: Warning {
    if mailSettings.onServer == .kept {
      return Warning(
        .mailShownTwice,
        "mail that was left on the server is shown twice: there, and in the local mailbox")
    }
    return Warning(
      .mailOnlyLocal,
      "mail is not left on the server for good: what is gone there is only in the local mailbox")
  }

  private var certificate: [Warning] {
    guard target.security != .none, profile.client.asksForCertificate(source) else { return [] }
    return [
      Warning(
        .certificateException,
        "\(client) asks once about every certificate that it has not seen: about "
          + "\(target.host.printable)'s when it first connects, and the account gets no mail before"
      )
    ]
  }

  private var filters: [Warning] {
    guard !rules.names.isEmpty else { return [] }
    return [
      Warning(
        .filtersPaused,
        "filter rules for incoming mail are off for this account, as the first synchronisation would "
          + "treat all mail that lies on the server: let \(client) get it all, open the inbox, close "
          + "it, and run `finish --online`, which asks the server whether that is so")
    ]
  }

  /// For the follow-up: rules treated what POP fetched.
  var note: String? { rules.names.isEmpty ? nil : FamilyFollowUp.note }

  private var username: [Warning] {
    guard target.username != old.username else { return [] }
    let sends =
      source.flag("use_smtp_auth") && (source.text("smtp_user_id") ?? "").isEmpty
      ? ", and so does sending" : ""
    return [
      Warning(
        .usernameDiffers,
        "the IMAP user name is \(target.username.printable), not \(old.username.printable); the saved "
          + "password is used with it\(sends)")
    ]
  }

  /// Without the key the client takes mail off the server.
  var mailSettings: MailSettings {
    guard source.flag("remove_mail", default: true) else {
      return MailSettings(onServer: .kept, rules: rules.risk)
    }
    let days = source.number("message_leave_time").flatMap { $0 > 0 ? $0 : nil }
    return MailSettings(
      onServer: days == nil ? .notKept : .keptForDays, days: days, rules: rules.risk)
  }
}

/// A key of `accountrc` and what it is to be.
struct FamilyWish {
  var key: String
  var value: [UInt8]
  var deciding: Bool
  var rewrite: ClientRewrite?
  var user: String

  init(key: String, value: [UInt8], deciding: Bool, user: String) {
    self.key = key
    self.value = value
    self.deciding = deciding
    self.user = user
  }
}
