import ProfileRewriter

/// What a provider may say of sending.
extension OutgoingServers {
  static func lab(
    _ offers: [OutgoingOffer] = [.lab()], provider: String = "lab.test"
  ) -> OutgoingServers {
    OutgoingServers(provider: provider, offers: offers)
  }
}

extension OutgoingOffer {
  static func lab(
    _ host: String = "smtp.lab.test", port: Int = 465, security: TransportSecurity = .tls,
    auth: [AuthMethod] = [.passwordCleartext], user: String? = "alice@lab.test"
  ) -> OutgoingOffer {
    OutgoingOffer(host: host, port: port, security: security, auth: auth, username: user)
  }
}
