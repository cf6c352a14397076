import ProfileRewriter

/// One server that is tested, as a client would be set up for it.
public struct TestService: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case imap
    case pop3
    case smtp

    /// As it is named to people.
    public var name: String {
      switch self {
      case .imap: "IMAP"
      case .pop3: "POP3"
      case .smtp: "SMTP"
      }
    }

    /// The port that is usual for it.
    public func defaultPort(_ security: TransportSecurity) -> Int {
      switch self {
      case .imap: IncomingProtocol.imap.defaultPort(security)
      case .pop3: IncomingProtocol.pop3.defaultPort(security)
      // RFC 8314, section 3.3; 587 with or without STARTTLS (RFC 6409).
      case .smtp: security == .tls ? 465 : 587
      }
    }
  }

  public var kind: Kind
  public var settings: ServerSettings
  /// The folder that is to hold all others; nil where none is set (IMAP).
  public var pathPrefix: String?
  /// Whether the account's password is for this server, too.
  public var takesAccountPassword = true

  public init(_ kind: Kind, _ settings: ServerSettings, pathPrefix: String? = nil) {
    self.kind = kind
    self.settings = settings
    self.pathPrefix = pathPrefix
  }

  /// An outgoing server as an account's client is set up for it. The account's password is for it only where
  /// it is the same provider's and the account's own user signs in: a client keeps passwords for sending by
  /// themselves, and the one for receiving is nobody else's.
  public init(
    sendingBy outgoing: ServerSettings, of account: ServerSettings, addresses: [String]
  ) {
    self.init(.smtp, outgoing)
    guard outgoing.auth != .none else { return }
    if outgoing.username.isEmpty { settings.username = account.username }
    let names = ([account.username] + addresses).map { $0.lowercased() }
    let name = settings.username.lowercased()
    let isOwn = names.contains { $0 == name || $0.hasPrefix(name + "@") }
    takesAccountPassword = isOwn && outgoing.provider == account.provider
  }

  var endpoint: Endpoint {
    Endpoint(host: settings.host, port: settings.port, security: settings.security)
  }
}

/// One account: its servers, in the order in which they are tested, and what lets in.
public struct TestItem: Sendable {
  public enum Credential: Sendable {
    case password(Secret)
    /// One was wanted, and is not to be had; the text says why.
    case missing(String)
    /// Nobody is to log in.
    case unwanted
  }

  public var services: [TestService]
  public var credential: Credential
  /// The user's own mail addresses. A message is sent to one of these or to nobody.
  public var addresses: [String]

  public init(services: [TestService], credential: Credential, addresses: [String] = []) {
    self.services = services
    self.credential = credential
    self.addresses = addresses
  }

  /// Whether mail to it comes to this account, as far as names tell: one of its addresses, a user
  /// name that is one, or a user name at any domain.
  public func owns(_ address: String) -> Bool {
    let wanted = address.lowercased()
    let names = addresses + services.map(\.settings.username)
    return names.contains { name in
      let name = name.lowercased()
      return name == wanted || !name.contains("@") && wanted.hasPrefix(name + "@")
    }
  }
}

/// What one server of an account came to.
public struct ServiceReport: Sendable, Hashable {
  public var service: TestService
  public var rows: [TestRow]

  public var hasFailed: Bool { rows.contains { $0.status == .failed } }
  public var hasWarnings: Bool { rows.contains { $0.status == .warning } }
}
