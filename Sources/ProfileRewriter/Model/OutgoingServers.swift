/// What a provider says of its outgoing servers (SMTP), for one account: names filled in.
public struct OutgoingServers: Sendable, Codable, Hashable {
  /// The provider's name, for people.
  public var provider: String
  /// The preferred one first.
  public var offers: [OutgoingOffer]

  public init(provider: String, offers: [OutgoingOffer]) {
    self.provider = provider
    self.offers = offers
  }
}

/// One outgoing server as a provider offers it.
public struct OutgoingOffer: Sendable, Codable, Hashable {
  public var host: String
  public var port: Int
  public var security: TransportSecurity
  /// In the provider's order of preference; `none` where no signing in is asked for. Never empty.
  public var auth: [AuthMethod]
  /// nil where the provider says nothing of it.
  public var username: String?

  public init(
    host: String, port: Int, security: TransportSecurity, auth: [AuthMethod], username: String?
  ) {
    self.host = host
    self.port = port
    self.security = security
    self.auth = auth
    self.username = username
  }
}
