/// How the connection to a server is protected.
public enum TransportSecurity: String, Sendable, Codable, Hashable, CaseIterable {
  /// No TLS at all.
  case none
  /// Plain connection, then STARTTLS (STLS in POP3), required.
  case starttls
  /// TLS from the first byte ("SSL/TLS" in clients), RFC 8314 implicit TLS.
  case tls

  /// A higher number withstands more. STARTTLS and implicit TLS are equal: both are required TLS.
  public var strength: Int { self == .none ? 0 : 1 }
}

/// How the client proves who the user is.
public enum AuthMethod: String, Sendable, Codable, Hashable, CaseIterable {
  case passwordCleartext = "password-cleartext"
  /// A challenge instead of the password: CRAM-MD5, APOP.
  case passwordEncrypted = "password-encrypted"
  case gssapi = "GSSAPI"
  case ntlm = "NTLM"
  case tlsClientCertificate = "TLS-client-cert"
  case oauth2 = "OAuth2"
  case none

  /// Whether the server never sees the password itself.
  public var keepsPasswordSecret: Bool {
    switch self {
    case .passwordEncrypted, .gssapi, .ntlm, .tlsClientCertificate, .oauth2: true
    case .passwordCleartext, .none: false
    }
  }
}

public enum IncomingProtocol: String, Sendable, Codable, Hashable, CaseIterable {
  case pop3
  case imap
  /// Something else, such as Exchange Web Services or news: never switched.
  case other

  /// The port a client uses when none is configured; 0 where that is not known.
  public func defaultPort(_ security: TransportSecurity) -> Int {
    switch (self, security) {
    case (.pop3, .tls): 995
    case (.pop3, _): 110
    case (.imap, .tls): 993
    case (.imap, _): 143
    case (.other, _): 0
    }
  }
}

/// What a client needs to reach one incoming server. `port` is the effective number.
public struct ServerSettings: Sendable, Codable, Hashable {
  public var host: String
  public var port: Int
  public var security: TransportSecurity
  public var auth: AuthMethod
  public var username: String

  public init(
    host: String, port: Int, security: TransportSecurity, auth: AuthMethod, username: String
  ) {
    self.host = host
    self.port = port
    self.security = security
    self.auth = auth
    self.username = username
  }
}
