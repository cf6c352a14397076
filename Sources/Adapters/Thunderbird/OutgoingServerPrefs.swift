import ConfigFormats
import ProfileRewriter

/// The preferences of one outgoing server, `mail.smtpserver.smtpN.*`, as Thunderbird 153 reads them
/// (SmtpServer.sys.mjs).
struct OutgoingServerPrefs {
  let profile: LoadedProfile
  /// `smtp1` and the like.
  let key: String
  /// What all its keys begin with.
  private let branch: String

  init(profile: LoadedProfile, key: String) {
    self.profile = profile
    self.key = key
    branch = "mail.smtpserver.\(key)."
  }

  /// Where it connects and as whom.
  static let deciding = ["hostname", "port", "try_ssl", "authMethod", "username"]

  func name(_ leaf: String) -> String { branch + leaf }

  /// Another kind (`ews`) is the client's own way of sending by another protocol.
  var isSMTP: Bool { (text("type") ?? "smtp") == "smtp" }

  /// Whether an incoming server's password is used instead of one of its own.
  var usesIncomingPassword: Bool {
    text("incomingAccount")?.isEmpty == false
      || profile.bool("mail.smtp.useMatchingHostNameServer")
      || profile.bool("mail.smtp.useMatchingDomainServer")
  }

  /// nil without a host name.
  var settings: ServerSettings? {
    guard let host = text("hostname"), !host.isEmpty else { return nil }
    let security: TransportSecurity =
      switch number("try_ssl") {
      // 1, "STARTTLS if the server has it", counts as it does for incoming servers.
      case 1, 2: .starttls
      case 3: .tls
      default: .none
      }
    let port = number("port").map(Int.init) ?? 0
    return ServerSettings(
      host: host, port: port > 0 ? port : security == .tls ? 465 : 587, security: security,
      auth: AuthPref.method(number("authMethod") ?? AuthPref.standard),
      username: text("username") ?? "")
  }

  private func text(_ leaf: String) -> String? { profile.value(name(leaf))?.text }

  /// The server's own value, else that for all.
  func number(_ leaf: String) -> Int32? {
    func number(_ key: String) -> Int32? {
      profile.first(key) { if case .int(let number) = $0 { number } else { nil } }
    }
    return number(name(leaf)) ?? number("mail.smtpserver.default." + leaf)
  }
}

/// The outgoing servers that the client knows.
struct OutgoingServerNames {
  fileprivate let all: Set<String>
  /// For identities that name none.
  fileprivate let standard: String?
  let count: Int

  init(_ profile: LoadedProfile) {
    let listed = (profile.value("mail.smtpservers")?.text ?? "").split(separator: ",")
      .map(String.init)
    all = Set(listed)
    count = listed.count
    let standard = profile.value("mail.smtp.defaultserver")?.text ?? ""
    self.standard = standard.isEmpty ? listed.first : standard
  }
}

/// Who sends by which server.
struct OutgoingServerList {
  let profile: LoadedProfile
  private var prefs: PrefsDocument { profile.prefs }

  init(_ profile: LoadedProfile) { self.profile = profile }

  /// By which servers an account sends: by that of its first identity, which is its own, and by
  /// those of other identities with an address of the same domain. Who writes under another domain's
  /// name may well send elsewhere.
  func servers(of identities: [String]) -> [String] {
    let domain = identities.first.flatMap(domain)
    let own = identities.enumerated().filter { index, identity in
      index == 0 || self.domain(identity) == domain
    }
    return servers(ofAll: own.map(\.element))
  }

  /// By which servers all identities of an account send, also under other domains' names.
  func servers(ofAll identities: [String]) -> [String] {
    var seen = Set<String>()
    return identities.compactMap(server).filter { seen.insert($0).inserted }
  }

  /// Accounts of any kind by the servers that their identities send by, in the client's order.
  func accountsByServer() -> [String: [String]] {
    var accounts: [String: [String]] = [:]
    for account in AccountReader.listedAccounts(prefs) {
      for server in servers(ofAll: AccountReader.identities(of: account, prefs)) {
        accounts[server, default: []].append(account)
      }
    }
    return accounts
  }

  private func domain(_ identity: String) -> String? {
    prefs.string(forKey: "mail.identity.\(identity).useremail")?
      .split(separator: "@").last?.lowercased()
  }

  /// One that is not in the list of servers is not there for the client; without a default it takes
  /// the first.
  private func server(of identity: String) -> String? {
    let own = profile.value("mail.identity.\(identity).smtpServer")?.text ?? ""
    let wanted = own.isEmpty ? profile.outgoingServers.standard : own
    return wanted.flatMap { profile.outgoingServers.all.contains($0) ? $0 : nil }
  }
}
