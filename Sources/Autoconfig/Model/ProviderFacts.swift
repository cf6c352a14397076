/// What is known about one mail provider.
public struct ProviderFacts: Sendable, Hashable {
  /// Its name in the source, usually its main domain.
  public var id: String
  /// Domains of its users' addresses, in lower case.
  public var domains: [String]
  /// Incoming and outgoing servers, of each kind the preferred one first.
  public var servers: [ServerOffer]
  /// What users must do before IMAP works, in a sentence.
  public var action: String?
  /// A page that tells how.
  public var help: String?
  /// Who signs users in where OAuth2 is taken.
  public var oauth2Issuer: String?

  public init(
    id: String, domains: [String], servers: [ServerOffer], action: String? = nil,
    help: String? = nil, oauth2Issuer: String? = nil
  ) {
    self.id = id
    self.domains = domains
    self.servers = servers
    self.action = action
    self.help = help
    self.oauth2Issuer = oauth2Issuer
  }

  public func servers(_ kind: ServerKind) -> [ServerOffer] { servers.filter { $0.kind == kind } }
}
