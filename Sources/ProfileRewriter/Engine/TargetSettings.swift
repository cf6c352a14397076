import ConfigFormats

/// Where IMAP settings for an account come from.
public protocol IMAPSettingsSource: Sendable {
  /// The settings `account` is to go to.
  /// - Throws: `no-imap-settings` and the like.
  func settings(for account: Account) throws(Refusal) -> ServerSettings

  /// On what grounds ``settings(for:)`` answers, for people.
  func grounds(for account: Account) -> SettingsGrounds

  /// How the provider of `account` wants mail sent; nil where that is not known.
  func outgoing(for account: Account) -> OutgoingServers?

  /// One server for whatever account is selected: safe only for accounts of one POP provider.
  var isOneServerForAll: Bool { get }

  /// One user name for whatever account is selected: safe only for one account.
  var isOneUsernameForAll: Bool { get }
}

extension IMAPSettingsSource {
  /// What the user said needs no grounds.
  public func grounds(for account: Account) -> SettingsGrounds { SettingsGrounds() }

  /// Who names an incoming server says nothing of sending.
  public func outgoing(for account: Account) -> OutgoingServers? { nil }
}

/// Why settings are what they are.
public struct SettingsGrounds: Sendable, Codable, Hashable {
  /// What was found where, one sentence each.
  public var evidence: [String]
  /// What the user must do at the provider.
  public var warnings: [Warning]
  /// Whether writing "imap" for "pop" in the host's name would have named a host without IMAP.
  public var textReplacementIsWrong: Bool

  public init(
    evidence: [String] = [], warnings: [Warning] = [], textReplacementIsWrong: Bool = false
  ) {
    self.evidence = evidence
    self.warnings = warnings
    self.textReplacementIsWrong = textReplacementIsWrong
  }
}

/// Where accounts are to go, as the user said it: what is nil is derived per account.
public struct TargetRequest: IMAPSettingsSource, Codable, Hashable {
  public var host: String?
  public var port: Int?
  public var security: TransportSecurity?
  public var auth: AuthMethod?
  /// May hold %EMAILADDRESS%, %EMAILLOCALPART% and %EMAILDOMAIN%.
  public var username: String?

  public init(
    host: String? = nil, port: Int? = nil, security: TransportSecurity? = nil,
    auth: AuthMethod? = nil, username: String? = nil
  ) {
    self.host = host
    self.port = port
    self.security = security
    self.auth = auth
    self.username = username
  }

  public var isOneServerForAll: Bool { host != nil }

  public var isOneUsernameForAll: Bool { usernameIsLiteral }

  /// Whether ``username`` names one person.
  private var usernameIsLiteral: Bool {
    guard let username else { return false }
    return !Self.placeholders.contains { username.contains($0) }
  }

  private static let placeholders = ["%EMAILADDRESS%", "%EMAILLOCALPART%", "%EMAILDOMAIN%"]

  public func settings(for account: Account) throws(Refusal) -> ServerSettings {
    guard let host else {
      throw Refusal(
        .noIMAPSettings,
        "no IMAP settings known for \(account.settings.host.printable); "
          + "name the server with --imap-host")
    }
    let security = self.security ?? .tls
    // What the account's own file says of this very server goes before what is derived.
    let own = account.ownIMAP.flatMap { $0.host == host.lowercased() ? $0 : nil }
    return ServerSettings(
      host: host, port: port ?? IncomingProtocol.imap.defaultPort(security), security: security,
      auth: auth ?? own?.auth ?? account.imapAuth,
      username: try username(for: account, own?.username))
  }

  private func username(
    for account: Account, _ own: String?
  ) throws(Refusal) -> String {
    guard let username else { return own ?? account.settings.username }
    if account.isForAllUsers {
      guard usernameIsLiteral else { return username }
      throw Refusal(
        .noIMAPSettings,
        "\(account.key.printable) is for all users of a domain; --username takes a pattern such as "
          + "%EMAILADDRESS% for it, not \(username.printable)")
    }
    guard !usernameIsLiteral else { return username }
    let candidates = [account.settings.username] + account.addresses
    guard let address = candidates.first(where: { $0.contains("@") }),
      let at = address.lastIndex(of: "@")
    else {
      throw Refusal(
        .noIMAPSettings,
        "--username \(username.printable) needs the account's mail address, and it has none")
    }
    return username.replacing("%EMAILADDRESS%", with: address)
      .replacing("%EMAILLOCALPART%", with: address[..<at])
      .replacing("%EMAILDOMAIN%", with: address[address.index(after: at)...])
  }
}

/// Picks accounts by what the user calls them: a user name or address, a host, a domain, or
/// user@host; `*` stands for any characters. Case is ignored.
public struct AccountPattern: Sendable, Hashable {
  private let pattern: String

  public init(_ pattern: String) { self.pattern = pattern.lowercased() }

  /// It has no wildcard: who gives it means these accounts and no others.
  var isExact: Bool { !pattern.utf8.contains(UInt8(ascii: "*")) }

  public func matches(_ account: Account) -> Bool {
    matches(settings: account.settings, addresses: account.addresses)
  }

  public func matches(settings: ServerSettings, addresses: [String] = []) -> Bool {
    let host = settings.host.lowercased()
    let user = settings.username.lowercased()
    var names = [host, user, "\(user)@\(host)"]
    let people = ([user] + addresses.map { $0.lowercased() }).filter { $0.contains("@") }
    names += people
    names += people.compactMap { $0.split(separator: "@").last.map(String.init) }
    var domain = Substring(host)
    while let dot = domain.firstIndex(of: ".") {
      domain = domain[domain.index(after: dot)...]
      names.append(String(domain))
    }
    return names.contains { Self.glob(Array(pattern.utf8), Array($0.utf8)) }
  }

  private static func glob(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var (p, t, star, mark) = (0, 0, -1, 0)
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        (star, mark) = (p, t)
        p += 1
      } else if p < pattern.count, pattern[p] == text[t] {
        p += 1
        t += 1
      } else if star >= 0 {
        p = star + 1
        mark += 1
        t = mark
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
    return p == pattern.count
  }
}
