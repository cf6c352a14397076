extension ServerSettings {
  /// How these settings withstand less than `other`, in words, or nil where they do not.
  ///
  /// Weaker is less transport security, and a password that the server gets to see over a
  /// connection without TLS where it was proven by challenge, ticket or certificate before.
  public func weakness(comparedTo other: ServerSettings) -> String? {
    if security.strength < other.security.strength {
      return "the connection would be \(security.phrase) where it is \(other.security.phrase) now"
    }
    if security == .none, other.auth.keepsPasswordSecret, !auth.keepsPasswordSecret {
      return "the password would be sent in the clear without TLS where "
        + "\(other.auth.rawValue) keeps it secret now"
    }
    return nil
  }
}

extension TransportSecurity {
  /// For sentences: "the connection is …".
  var phrase: String {
    switch self {
    case .none: "unprotected"
    case .starttls: "protected by STARTTLS"
    case .tls: "protected by TLS"
    }
  }
}
