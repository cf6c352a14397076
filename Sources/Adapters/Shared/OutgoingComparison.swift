import ConfigFormats
import ProfileRewriter

/// One outgoing server as a client has it, beside what the provider of an account that sends by it
/// offers. Without signing in, the authentication is `none` and the user name counts for nothing.
struct OutgoingComparison {
  let present: ServerSettings
  let offers: OutgoingServers
  /// How the account gets its mail now. Where signing in begins, its password is what is at stake.
  let incoming: ServerSettings

  /// Whether the present server is one of the provider's.
  var isListed: Bool { offers.offers.contains(where: isPresent) }

  private func isPresent(_ offer: OutgoingOffer) -> Bool {
    guard offer.host.lowercased() == present.host.lowercased(), offer.port == present.port,
      offer.security == present.security
    else { return false }
    guard present.auth != .none else { return offer.auth.contains(.none) }
    return takes(present.auth, offer)
      && (offer.username.map { $0.lowercased() == present.username.lowercased() } ?? true)
  }

  /// How a password is proven may differ; a password where only OAuth2 is taken may not.
  private func takes(_ auth: AuthMethod, _ offer: OutgoingOffer) -> Bool {
    offer.auth.contains(auth) || offer.auth.contains { $0 != .oauth2 }
  }

  /// What the server is to become: the provider's preferred host, there the strongest offer, of
  /// equal ones the first; never weaker than it is. Signing in, where it begins, is not to show the
  /// password on a worse connection than getting mail does.
  /// - Returns: the settings, and in words what is weaker about them where that is allowed.
  /// - Throws: why there is nothing that fits.
  func recommended(
    allowWeaker: Bool
  ) throws(Refusal) -> (settings: ServerSettings, weakness: String?) {
    let host = offers.offers.first?.host
    let sameHost = offers.offers.filter { $0.host == host }
    let candidates = strongestFirst(sameHost).compactMap(settings)
    guard let first = candidates.first else { throw unfit(sameHost) }
    if let settings = candidates.first(where: { weakness(of: $0) == nil }) {
      return (settings, nil)
    }
    guard allowWeaker else {
      throw Refusal(
        .wouldWeakenSecurity, "\(first.host.printable): \(weakness(of: first) ?? "it is weaker")")
    }
    return (first, weakness(of: first))
  }

  /// By name what tells `settings` from the present ones.
  func differences(from settings: ServerSettings) -> [String] {
    var names: [String] = []
    if settings.host.lowercased() != present.host.lowercased() { names.append("host") }
    if settings.port != present.port { names.append("port") }
    if settings.security != present.security { names.append("security") }
    if settings.auth != present.auth { names.append("authentication") }
    if present.auth != .none, settings.username.lowercased() != present.username.lowercased() {
      names.append("user")
    }
    return names
  }

  // MARK: Choosing

  private func strongestFirst(_ offers: [OutgoingOffer]) -> [OutgoingOffer] {
    offers.enumerated().sorted {
      (-$0.element.security.strength, $0.offset) < (-$1.element.security.strength, $1.offset)
    }.map(\.element)
  }

  private func settings(_ offer: OutgoingOffer) -> ServerSettings? {
    guard let auth = auth(offer), let username = username(offer, auth) else { return nil }
    return ServerSettings(
      host: offer.host.lowercased(), port: offer.port, security: offer.security, auth: auth,
      username: username)
  }

  /// As now where that is offered; else the first way that a password is enough for.
  private func auth(_ offer: OutgoingOffer) -> AuthMethod? {
    if offer.auth.contains(present.auth) { return present.auth }
    return offer.auth.first { $0 == .passwordCleartext || $0 == .passwordEncrypted }
  }

  /// The present spelling where it is the same name.
  private func username(_ offer: OutgoingOffer, _ auth: AuthMethod) -> String? {
    guard let name = offer.username else {
      return present.username.isEmpty && auth != .none ? nil : present.username
    }
    return name.lowercased() == present.username.lowercased() ? present.username : name
  }

  private func weakness(of settings: ServerSettings) -> String? {
    if let weakness = settings.weakness(comparedTo: present) { return weakness }
    guard present.auth == .none, settings.auth == .passwordCleartext,
      settings.security.strength < incoming.security.strength
    else { return nil }
    return "the password would be sent in the clear without TLS, which protects it now"
  }

  private func unfit(_ offers: [OutgoingOffer]) -> Refusal {
    let methods = Set(offers.flatMap(\.auth))
    if methods == [.oauth2] {
      return Refusal(
        .oauth2Only, "\(self.offers.provider.printable) takes no passwords for sending, only OAuth2"
      )
    }
    let names = methods.map(\.rawValue).sorted().joined(separator: ", ")
    return Refusal(
      .unsupported,
      "\(self.offers.provider.printable) names no user for sending, or takes only \(names)")
  }
}

extension ServerSettings {
  /// For sentences about sending.
  var outgoingDescription: String {
    let protection =
      switch security {
      case .none: "no TLS"
      case .starttls: "STARTTLS"
      case .tls: "TLS"
      }
    let login =
      auth == .none ? "no authentication" : "\(auth.rawValue), user \(username.printable)"
    return "\(host.printable):\(port) (\(protection), \(login))"
  }
}
