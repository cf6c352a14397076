import ProfileRewriter

extension ServerSettings {
  /// A password is tried only where the client itself sends one, or proves that it knows it.
  func requirePassword() throws(Refusal) {
    switch (auth, security) {
    case (.passwordCleartext, _), (.passwordEncrypted, .tls), (.passwordEncrypted, .starttls):
      return
    default:
      throw Refusal(
        .unsupported,
        "the account authenticates by \(auth.rawValue), and the server can be asked by a "
          + "password only")
    }
  }

  var endpoint: Endpoint { Endpoint(host: host, port: port, security: security) }
}

extension IMAPFailure {
  /// As an account that was asked about is refused.
  var reason: ReasonCode {
    switch self {
    case .loginRefused, .unusableCredential, .alreadyTried: .loginRefused
    case .loginDisabled, .passwordNeedsTLS: .unsupported
    case .connection, .commandRefused: .serverUnreachable
    }
  }
}
