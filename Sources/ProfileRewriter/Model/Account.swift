/// One incoming account as a client's files describe it.
public struct Account: Sendable, Hashable {
  public enum State: String, Sendable, Codable, CaseIterable {
    /// POP3, and nothing known speaks against switching it.
    case ready
    /// Already IMAP.
    case current
    /// It cannot be switched, as things stand or because it is no POP account; ``Account/reason`` says why.
    case blocked
  }

  /// The client's own key for the account ("account1", a keyfile's name).
  public var key: String
  public var kind: IncomingProtocol
  public var settings: ServerSettings
  public var state: State
  public var reason: ReasonCode?
  /// One sentence for people, where there is a reason.
  public var explanation: String?
  /// The user's own mail addresses on this account, for looking settings up by domain.
  public var addresses: [String]
  /// How it is to authenticate under IMAP where nobody says otherwise: as now, but for a method that
  /// IMAP has not (APOP).
  public var imapAuth: AuthMethod
  /// The IMAP server that stands beside this one in the account's own file. It goes before any
  /// look-up.
  public var ownIMAP: ServerSettings?
  /// The servers that it sends by, as the client is set up, the one of its first identity first. A user name
  /// may be empty. No part of what is switched without being asked for.
  public var outgoing: [ServerSettings]
  /// The settings are for all users of a domain: the user name is a pattern such as
  /// %EMAILADDRESS%, the host may hold one, and they stay patterns.
  public var isForAllUsers: Bool

  public init(
    key: String, kind: IncomingProtocol, settings: ServerSettings, state: State,
    reason: ReasonCode? = nil, explanation: String? = nil, addresses: [String] = [],
    imapAuth: AuthMethod? = nil, ownIMAP: ServerSettings? = nil, outgoing: [ServerSettings] = [],
    isForAllUsers: Bool = false
  ) {
    self.outgoing = outgoing
    self.ownIMAP = ownIMAP
    self.isForAllUsers = isForAllUsers
    self.imapAuth = imapAuth ?? settings.auth
    self.key = key
    self.kind = kind
    self.settings = settings
    self.state = state
    self.reason = reason
    self.explanation = explanation
    self.addresses = addresses
  }
}

extension Account {
  /// The most accounts that one profile may have, more than anybody uses. Planning one looks through the others, so that
  /// a file with a hundred thousand, which a user may write, would hold up the run for everybody else.
  public static let mostInProfile = 500

  /// For adapters that know how many there are before they read them.
  /// - Throws: `too-large` where there are more than ``mostInProfile``.
  public static func requireFew(_ count: Int) throws(Refusal) {
    guard count > mostInProfile else { return }
    throw Refusal(
      .tooLarge,
      "the profile has \(count) accounts; one with more than \(mostInProfile) is left alone: remove accounts in the "
        + "client first")
  }
}

/// One account together with where it is to go.
public struct AccountSwitch: Sendable, Hashable {
  public var account: Account
  public var target: ServerSettings
  /// How its provider wants mail sent; nil where that is not known.
  public var outgoing: OutgoingServers?

  public init(account: Account, target: ServerSettings, outgoing: OutgoingServers? = nil) {
    self.account = account
    self.target = target
    self.outgoing = outgoing
  }
}

/// Choices that hold for every account of a run.
public struct SwitchOptions: Sendable, Codable, Hashable {
  /// The folder on the server that holds all others ("INBOX."), where the server wants one.
  public var pathPrefix: String?
  /// Whether the client keeps copies of all IMAP mail; nil leaves the client's default.
  public var offlineMail: Bool?
  /// Permit less transport security, or a cleartext password where there was a challenge.
  public var allowWeaker: Bool
  /// Set outgoing servers to what the provider says of them, where they differ.
  public var fixSMTP: Bool
  /// Keep the POP server as the second choice, where a file can name several.
  public var keepPOP: Bool

  public init(
    pathPrefix: String? = nil, offlineMail: Bool? = nil, allowWeaker: Bool = false,
    fixSMTP: Bool = false, keepPOP: Bool = false
  ) {
    self.pathPrefix = pathPrefix
    self.offlineMail = offlineMail
    self.allowWeaker = allowWeaker
    self.fixSMTP = fixSMTP
    self.keepPOP = keepPOP
  }

  /// Options that a plan of an earlier version does not have are off.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      pathPrefix: try values.decodeIfPresent(String.self, forKey: .pathPrefix),
      offlineMail: try values.decodeIfPresent(Bool.self, forKey: .offlineMail),
      allowWeaker: try values.decode(Bool.self, forKey: .allowWeaker),
      fixSMTP: try values.decodeIfPresent(Bool.self, forKey: .fixSMTP) ?? false,
      keepPOP: try values.decodeIfPresent(Bool.self, forKey: .keepPOP) ?? false)
  }
}
