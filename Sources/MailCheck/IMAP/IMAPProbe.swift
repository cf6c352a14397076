import ProfileRewriter

/// What an IMAP server shows to anybody who connects. No login is made, and no credential is there
/// to be sent.
public struct IMAPProbe: Sendable, Hashable {
  public var endpoint: Endpoint
  /// The address that answered, as a number.
  public var address: String
  /// What the server says of itself: hostile text.
  public var greeting: String
  /// PREAUTH: whoever connects is logged in already.
  public var isPreauthenticated: Bool
  /// What is offered before STARTTLS; nil where TLS is from the start, or there is none.
  public var capabilitiesBeforeTLS: [String]?
  /// What is offered on the connection as it is used, in upper case.
  public var capabilities: [String]
  /// nil without TLS. The certificate may be one that does not hold: see its problems.
  public var tls: TLSFacts?

  /// The server takes no LOGIN on the connection as it is used.
  public var isLoginDisabled: Bool { capabilities.contains("LOGINDISABLED") }

  /// Asks; a certificate that does not hold is told, not refused.
  public init(
    _ endpoint: Endpoint, _ settings: ConnectionSettings = ConnectionSettings(),
    by deadline: Deadline? = nil
  ) throws(ConnectionFailure) {
    var settings = settings
    settings.trust.policy = .report
    do throws(IMAPFailure) {
      let client = try IMAPClient(to: endpoint, settings, by: deadline)
      self.init(client)
      client.logout()
    } catch {
      if case .connection(let failure) = error { throw failure }
      throw .protocolViolation("an answer to CAPABILITY")
    }
  }

  private init(_ client: IMAPClient) {
    endpoint = client.endpoint
    address = client.connection.address
    greeting = String(decoding: client.greeting.text, as: UTF8.self)
    isPreauthenticated = client.greeting.kind == .preauth
    capabilitiesBeforeTLS = client.capabilitiesBeforeTLS
    capabilities = client.capabilities
    tls = client.connection.tls
  }
}
