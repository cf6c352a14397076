/// One incoming account as a client's files describe it.
public struct Account: Sendable, Hashable {
  public enum State: String, Sendable, Codable {
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

  public init(
    key: String, kind: IncomingProtocol, settings: ServerSettings, state: State,
    reason: ReasonCode? = nil, explanation: String? = nil, addresses: [String] = [],
    imapAuth: AuthMethod? = nil
  ) {
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

/// One account together with where it is to go.
public struct AccountSwitch: Sendable, Hashable {
  public var account: Account
  public var target: ServerSettings

  public init(account: Account, target: ServerSettings) {
    self.account = account
    self.target = target
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

  public init(pathPrefix: String? = nil, offlineMail: Bool? = nil, allowWeaker: Bool = false) {
    self.pathPrefix = pathPrefix
    self.offlineMail = offlineMail
    self.allowWeaker = allowWeaker
  }
}
