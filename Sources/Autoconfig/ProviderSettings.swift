import ConfigFormats
import ProfileRewriter

/// IMAP settings per account, from files of the user's choosing and the embedded facts: host, port,
/// security, authentication and user name all of one entry, and none of them by guessing.
public struct ProviderSettings: IMAPSettingsSource {
  public let lookup: ProviderLookup
  /// Permit what is weaker than the account has now.
  public let allowWeaker: Bool

  public init(lookup: ProviderLookup = ProviderLookup(), allowWeaker: Bool = false) {
    self.lookup = lookup
    self.allowWeaker = allowWeaker
  }

  /// Each account goes to its own provider.
  public var isOneServerForAll: Bool { false }

  /// A name without placeholders is used only by who has it already.
  public var isOneUsernameForAll: Bool { false }

  /// The strongest of the entry's offers that is not weaker than what the account has; of equal
  /// ones the first.
  /// - Throws: `no-imap-settings` when nothing certain is known; `oauth2-only` when the provider
  ///   takes no passwords and the account uses one; `would-weaken-security` when all it offers is
  ///   weaker.
  public func settings(for account: Account) throws(Refusal) -> ServerSettings {
    if let own = account.ownIMAP { return try Self.checked(own, for: account) }
    let answer = lookup.answer(for: account)
    let listed = account.isForAllUsers ? answer.provider?.servers(.imap) ?? [] : answer.imap
    guard let preferred = listed.first, let provider = answer.provider else {
      throw Self.refusal(answer, account)
    }
    let offers = listed.strongestOnPreferredHost
    guard account.isForAllUsers || !preferred.host.contains("%") else {
      throw Self.needsAddress(account, preferred.host)
    }
    guard account.settings.auth == .oauth2 || !offers.allSatisfy(\.takesOnlyOAuth2) else {
      throw Refusal(
        .oauth2Only,
        "\(provider.id.printable) takes no passwords for IMAP, only OAuth2; set the account up "
          + "anew in the mail client")
    }
    var candidates: [ServerSettings] = []
    for offer in offers {
      guard let auth = Self.auth(of: offer, for: account) else { continue }
      candidates.append(
        ServerSettings(
          host: offer.host, port: offer.port, security: offer.security, auth: auth,
          username: try Self.username(offer.username, account, provider)))
    }
    let permitted = candidates.first { $0.weakness(comparedTo: account.settings) == nil }
    if let settings = permitted ?? (allowWeaker ? candidates.first : nil) { return settings }
    guard let weaker = candidates.first, let reason = weaker.weakness(comparedTo: account.settings)
    else {
      let methods = Set(offers.flatMap(\.auth)).map(\.rawValue).sorted()
      throw Refusal(
        .noIMAPSettings,
        "\(provider.id.printable) lists IMAP only with \(methods.joined(separator: ", ")); name "
          + "the server and the authentication with --imap-host and --auth")
    }
    throw Refusal(.wouldWeakenSecurity, "\(weaker.host.printable): \(reason)")
  }

  /// The server that the account's own file lists.
  private static func checked(
    _ own: ServerSettings, for account: Account
  ) throws(Refusal) -> ServerSettings {
    guard own.auth != .oauth2 || account.settings.auth == .oauth2 else {
      throw Refusal(
        .oauth2Only,
        "the file's own \(own.host.printable) takes no passwords for IMAP, only OAuth2, and many "
          + "clients could not sign in; name another with --imap-host and --auth")
    }
    return own
  }

  public func grounds(for account: Account) -> SettingsGrounds {
    if let own = account.ownIMAP {
      return SettingsGrounds(evidence: ["the file itself lists IMAP at \(own.host.printable)"])
    }
    let answer = lookup.answer(for: account)
    return SettingsGrounds(
      evidence: answer.evidence.map(\.description),
      warnings: answer.actions.map { action in
        Warning(.providerAction, action.text + (action.url.map { " (\($0))" } ?? ""))
      },
      textReplacementIsWrong: TextReplacement.isWrong(
        popHost: account.settings.host, imap: answer.imap.map(\.host)))
  }

  /// All that the entry lists, so that whoever uses one of them is left alone; without those whose
  /// names cannot be filled in.
  public func outgoing(for account: Account) -> OutgoingServers? {
    let answer = lookup.answer(for: account)
    guard let provider = answer.provider else { return nil }
    let offers = answer.smtp.compactMap { offer -> OutgoingOffer? in
      guard !offer.host.contains("%") else { return nil }
      var username: String?
      if !offer.username.isEmpty {
        username = try? Self.username(offer.username, account, provider)
        if username == nil { return nil }
      }
      return OutgoingOffer(
        host: offer.host, port: offer.port, security: offer.security, auth: offer.auth,
        username: username)
    }
    return offers.isEmpty ? nil : OutgoingServers(provider: provider.id, offers: offers)
  }

  // MARK: Choosing

  /// As the account proves itself now, where that is offered; else the first way that does not need
  /// the client to be set up for it.
  private static func auth(of offer: ServerOffer, for account: Account) -> AuthMethod? {
    if offer.auth.contains(account.imapAuth) { return account.imapAuth }
    return offer.auth.first { $0 == .passwordCleartext || $0 == .passwordEncrypted }
  }

  // MARK: User names

  /// `pattern` for the account's address; the present name where that is the same but for case.
  private static func username(
    _ pattern: String, _ account: Account, _ provider: ProviderFacts
  ) throws(Refusal) -> String {
    let present = account.settings.username
    guard pattern.contains("%EMAIL") else {
      guard pattern.lowercased() == present.lowercased() else {
        throw Refusal(
          .noIMAPSettings,
          "\(provider.id.printable) names one user, \(pattern.printable), who is not this account's"
        )
      }
      return present
    }
    // Filled in by each client for its user.
    guard !account.isForAllUsers else { return pattern }
    guard let address = address(of: account, provider) else {
      if pattern == Placeholder.localPart, !present.contains("@") { return present }
      throw needsAddress(account, pattern)
    }
    let name = address.expanding(pattern)
    return name.lowercased() == present.lowercased() ? present : name
  }

  /// The address that the provider would know the user by: one of its domains, else the user name,
  /// else one with the user name in front, else the first.
  private static func address(of account: Account, _ provider: ProviderFacts) -> MailAddress? {
    let all = account.mailAddresses
    let present = account.settings.username.lowercased()
    return all.first { provider.domains.contains(HostName.normalized($0.domain)) }
      ?? all.first { $0.text.lowercased() == present }
      ?? all.first { $0.localPart.lowercased() == present } ?? all.first
  }

  // MARK: Refusals

  private static func needsAddress(_ account: Account, _ pattern: String) -> Refusal {
    Refusal(
      .noIMAPSettings,
      "\(pattern.printable) needs the account's mail address, and \(account.key.printable) has "
        + "none; name the server with --imap-host")
  }

  private static func refusal(_ answer: LookupAnswer, _ account: Account) -> Refusal {
    let reasons = answer.evidence.map(\.description).joined(separator: "; ")
    return Refusal(
      .noIMAPSettings,
      "no IMAP settings known for \(account.settings.host.printable): \(reasons); "
        + "name the server with --imap-host, or give its autoconfig file with --servers")
  }
}
