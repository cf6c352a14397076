import ProfileRewriter

extension IMAPFailure {
  /// As the outcome of an account.
  public func refusal(at endpoint: Endpoint) -> Refusal {
    let reason: ReasonCode =
      switch self {
      case .loginRefused, .unusableCredential, .alreadyTried: .loginRefused
      case .loginDisabled, .passwordNeedsTLS: .unsupported
      case .connection, .commandRefused: .serverUnreachable
      }
    return Refusal(reason, text(at: endpoint))
  }
}

extension ServerSettings {
  /// A password is tried only where the client itself sends one, or proves that it knows it.
  /// - Throws: `unsupported`.
  public func requirePassword() throws(Refusal) {
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
}
