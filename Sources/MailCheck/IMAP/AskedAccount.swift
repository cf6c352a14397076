import ProfileRewriter

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

  var endpoint: Endpoint { Endpoint(host: host, port: port, security: security) }
}
