import ConfigFormats
import ProfileRewriter

/// One account of a profile: what the model knows of it and what the planner needs besides.
struct AccountEntry {
  var account: Account
  var server: ServerPrefs
  var identities: [String]

  var key: String { account.key }
}

/// Reads the accounts of a profile as Thunderbird 153 does.
struct AccountReader {
  let profile: LoadedProfile
  private var prefs: PrefsDocument { profile.prefs }

  init(_ profile: LoadedProfile) { self.profile = profile }

  /// The POP and IMAP accounts in the order of the client's list.
  func entries() -> [AccountEntry] {
    var servers = Set<String>()
    var accounts = Set<String>()
    var result: [AccountEntry] = []
    for key in Self.listedAccounts(prefs) where accounts.insert(key).inserted {
      // Of two accounts with one server the client keeps the first.
      guard let server = prefs.string(forKey: "mail.account.\(key).server"),
        servers.insert(server).inserted, let entry = entry(key, profile.server(server))
      else { continue }
      result.append(entry)
    }
    return result
  }

  /// The elements of `mail.accountmanager.accounts`. The client splits at commas and trims nothing:
  /// ` account2` is an account of that name, which is not there.
  static func listedAccounts(_ prefs: PrefsDocument) -> [String] {
    (prefs.string(forKey: "mail.accountmanager.accounts") ?? "")
      .utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
  }

  /// This list, unlike that of the accounts, the client does trim.
  private static func trimmed(_ part: Substring.UTF8View) -> String {
    var bytes = part.drop { $0 == UInt8(ascii: " ") }
    while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
    return String(Substring(bytes))
  }

  static func identities(of account: String, _ prefs: PrefsDocument) -> [String] {
    identityList(of: account, prefs).map(trimmed)
  }

  /// The elements of the account's `identities`, with their blanks.
  static func identityList(
    of account: String, _ prefs: PrefsDocument
  ) -> [Substring.UTF8View] {
    (prefs.string(forKey: "mail.account.\(account).identities") ?? "")
      .utf8.split(separator: UInt8(ascii: ","))
  }

  private func entry(_ key: String, _ server: ServerPrefs) -> AccountEntry? {
    guard let kind = kind(server) else { return nil }
    var account = Account(
      key: key, kind: kind, settings: Self.settings(of: server, kind),
      state: kind == .imap ? .current : .ready)
    let identities = Self.identities(of: key, prefs)
    account.addresses = identities.compactMap {
      prefs.string(forKey: "mail.identity.\($0).useremail")
    }
    account.outgoing = OutgoingServerList(profile).servers(ofAll: identities).compactMap { key in
      let server = OutgoingServerPrefs(profile: profile, key: key)
      return server.isSMTP ? server.settings : nil
    }
    if let refusal = obstacle(to: account, server) {
      account.state = .blocked
      account.reason = refusal.reason
      account.explanation = refusal.text
    }
    return AccountEntry(account: account, server: server, identities: identities)
  }

  /// nil for what is neither POP nor IMAP. A type that is missing or misspelled makes the client
  /// drop the account at its next start: such an account is shown as POP, and blocked.
  private func kind(_ server: ServerPrefs) -> IncomingProtocol? {
    guard let type = server.text("type") else { return .pop3 }
    switch type.lowercased() {
    case "pop3": return .pop3
    case "imap": return .imap
    default: return nil
    }
  }

  // MARK: Settings

  static func settings(of server: ServerPrefs, _ kind: IncomingProtocol) -> ServerSettings {
    let security = security(of: server)
    let port = server.int("port").map(Int.init) ?? 0
    return ServerSettings(
      host: effectiveHost(server) ?? "",
      port: (1...65535).contains(port) ? port : kind.defaultPort(security), security: security,
      auth: AuthPref.method(server.int("authMethod") ?? AuthPref.standard),
      username: effectiveUser(server) ?? "")
  }

  /// `realhostname` and `realuserName` of old profiles are ignored: Thunderbird 153 does so and
  /// does not migrate them, and POP and IMAP connect to `hostname` (seen).
  static func effectiveHost(_ server: ServerPrefs) -> String? { server.text("hostname") }

  static func effectiveUser(_ server: ServerPrefs) -> String? { server.text("userName") }

  /// 1 ("STARTTLS if the server has it") counts as STARTTLS: the client makes it 2 when it migrates
  /// an old profile, and taking it for less would let a switch weaken it. Without `socketType` the
  /// old `isSecure` decides (seen with Thunderbird 153).
  static func security(of server: ServerPrefs) -> TransportSecurity {
    switch server.int("socketType") {
    case 1, 2: .starttls
    case 3: .tls
    case .some: .none
    case nil: server.bool("isSecure") ? .tls : .none
    }
  }

  // MARK: Obstacles

  private func obstacle(to account: Account, _ server: ServerPrefs) -> Refusal? {
    if let text = incompleteness(account, server) {
      return Refusal(.incompleteAccount, "\(account.key): \(text)")
    }
    guard account.kind == .pop3 else { return nil }
    // The client drops all accounts of a profile that was not made with it (seen).
    if profile.bool("mail.panorama.enabled") {
      return Refusal(
        .unsupported, "the profile keeps its mail in a database (mail.panorama.enabled)")
    }
    // Most profiles have no user.js.
    if profile.userJS != nil {
      let keys =
        ServerKeys.deciding.map(server.name)
        + ["mail.account.\(account.key).server", "mail.accountmanager.accounts"]
      if let key = profile.keySetByUserJS(among: keys) { return UserJS.refusal(key) }
    }
    if account.settings.username.isEmpty {
      return Refusal(
        .incompleteAccount, "\(account.key): \(missing("userName", in: server))")
    }
    do throws(Refusal) {
      _ = try MailDirectory(of: server, in: profile)
    } catch {
      return error
    }
    return nil
  }

  /// Why the client drops the account at its next start, if it does.
  private func incompleteness(_ account: Account, _ server: ServerPrefs) -> String? {
    guard let type = server.text("type") else {
      return "\(server.name("type")) is missing; Thunderbird drops such an account"
    }
    guard type == account.kind.rawValue else {
      return "\(server.name("type")) is spelled \"\(type)\"; Thunderbird drops such an account"
    }
    guard !account.settings.host.isEmpty else {
      return "\(missing("hostname", in: server)); Thunderbird drops such an account"
    }
    // With blanks the client makes another name of it; with a port it drops a POP account and
    // crashes on an IMAP one (seen).
    if account.settings.host.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: ":") }) {
      return "\(server.name("hostname")) is not a host name"
    }
    return nil
  }

  private func missing(_ leaf: String, in server: ServerPrefs) -> String {
    if server.bytes(leaf) != nil {
      return "\(server.name(leaf)) is not UTF-8, as Thunderbird writes it"
    }
    let old = "real\(leaf)"
    guard server.text(leaf) == nil, server.text(old) != nil else {
      return "\(server.name(leaf)) is missing"
    }
    return "\(server.name(leaf)) is missing, and \(old) beside it is of a version long gone and "
      + "ignored"
  }
}

/// Names of the preferences below `mail.server.serverN.`.
enum ServerKeys {
  /// Where the account connects and stores.
  static let deciding = [
    "type", "hostname", "port", "socketType", "authMethod", "userName", "directory",
    "directory-rel",
  ]
}

enum UserJS {
  static func refusal(_ key: String) -> Refusal {
    Refusal(
      .overriddenByUserJS,
      "user.js sets \(key), which the client takes over at every start; take that line out first")
  }
}
