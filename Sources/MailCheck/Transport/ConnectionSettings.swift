import ProfileRewriter

/// Where a server listens, and how it is spoken to.
public struct Endpoint: Sendable, Hashable {
  /// A host name or an address.
  public var host: String
  public var port: Int
  public var security: TransportSecurity
  /// Where to connect instead; the certificate must still be for ``host``.
  public var detour: Detour?

  /// A host name or an address, and a port.
  public struct Detour: Sendable, Hashable {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
      self.host = host
      self.port = port
    }
  }

  public init(host: String, port: Int, security: TransportSecurity, detour: Detour? = nil) {
    self.host = host
    self.port = port
    self.security = security
    self.detour = detour
  }

  /// As it is named to people.
  var shown: String { "\(host.printable):\(port)" }

  /// What a certificate must name and the resolver is asked for: without the dot at the end that a
  /// fully qualified name may have.
  var hostName: String { host.hasSuffix(".") ? String(host.dropLast()) : host }
}

/// Which certificates are believed.
public struct TrustSettings: Sendable, Hashable {
  public enum Policy: Sendable, Hashable {
    /// A certificate that does not hold ends the connection.
    case require
    /// The connection goes on, and says what is wrong (``CertificateFacts/problems``). For looking
    /// only: nothing secret may be sent on it.
    case report
  }

  /// A PEM file whose authorities are trusted besides the system's.
  public var extraAuthorities: String?
  /// Whether the machine's own trust store counts.
  public var usesSystemStore: Bool
  public var policy: Policy

  public init(
    extraAuthorities: String? = nil, usesSystemStore: Bool = true, policy: Policy = .require
  ) {
    self.extraAuthorities = extraAuthorities
    self.usesSystemStore = usesSystemStore
    self.policy = policy
  }
}

/// How long is waited, and how much is read, before a server is given up.
public struct ConnectionLimits: Sendable, Hashable {
  /// Seconds for name, connection and TLS handshake, each.
  public var connecting: Double
  /// Seconds for one answer. A server may hold back the answer to a wrong password for some.
  public var answer: Double
  /// Seconds for everything on one connection.
  public var total: Double
  /// Bytes of one line.
  public var line: Int
  /// Bytes of one answer with all its lines and literals.
  public var response: Int
  /// Bytes that a server may send in all.
  public var size: Int

  public init(
    connecting: Double = 10, answer: Double = 20, total: Double = 60, line: Int = 64 << 10,
    response: Int = 32 << 20, size: Int = 64 << 20
  ) {
    self.connecting = connecting
    self.answer = answer
    self.total = total
    self.line = line
    self.response = response
    self.size = size
  }
}

public struct ConnectionSettings: Sendable, Hashable {
  public var trust: TrustSettings
  public var limits: ConnectionLimits

  public init(trust: TrustSettings = TrustSettings(), limits: ConnectionLimits = ConnectionLimits())
  {
    self.trust = trust
    self.limits = limits
  }
}
