import Autoconfig
import ConfigFormats
import ProfileRewriter

/// One subject, asked about from the surest source to the least sure one, until one answers.
///
/// What a source lists counts only if the server is there. From the DNS and from guesses, which
/// anybody on the way can forge, a server outside of the domain counts with the advice to make sure.
final class OnlineInquiry {
  let subject: CheckSubject
  let lookup: ProviderLookup
  let network: Network
  let deadline: Deadline
  /// Domains whose mail is meant, the likeliest first.
  let domains: [DomainName]
  private(set) var evidence: [CheckEvidence] = []
  /// What was asked for a file already.
  var askedForFiles: Set<DomainName> = []

  /// Domains of one account that are asked about.
  private static let mostDomains = 3

  init(_ subject: CheckSubject, _ lookup: ProviderLookup, _ network: Network) {
    self.subject = subject
    self.lookup = lookup
    self.network = network
    deadline = .after(network.settings.patience)
    domains = Array(subject.mailDomains.prefix(Self.mostDomains))
  }

  func note(_ evidence: CheckEvidence) { self.evidence.append(evidence) }

  func note(
    _ source: CheckEvidence.Source, _ asked: String, _ outcome: CheckEvidence.Outcome,
    _ text: String
  ) {
    note(CheckEvidence(source, asked, outcome, text))
  }

  func answer() -> CheckAnswer {
    var known = lookup.check(subject)
    evidence = known.evidence
    if known.verdict != .unknown {
      lookAtKnown(known)
      known.evidence = evidence
      return known
    }
    for step in [askForFiles, askServices, askExchangers, askServers] {
      guard !deadline.hasPassed else {
        note(
          .server, subject.text, .failed,
          "the time for \(subject.text.printable) is over, and not everything was asked")
        break
      }
      if var found = step() {
        found.evidence = evidence
        return found
      }
    }
    return CheckAnswer(.unknown, evidence: evidence)
  }

  /// The facts stand; whether the server is there today is evidence beside them.
  private func lookAtKnown(_ known: CheckAnswer) {
    guard let imap = known.imap, let host = try? DomainName(imap.host), imap.security != .none
    else {
      return
    }
    let endpoint = Endpoint(host: host.ascii, port: imap.port, security: imap.security)
    note(network.ask(endpoint, by: deadline).evidence)
  }

  // MARK: What a source lists

  /// Servers of one listing that are tried.
  private static let mostOffers = 3

  /// The answer by a provider's entry, if one of its servers is there.
  func settle(
    _ provider: ProviderFacts, _ offers: [ServerOffer], doubt: RequiredAction? = nil
  ) -> CheckAnswer? {
    for offer in offers.strongestOnPreferredHost.prefix(Self.mostOffers) {
      guard isThere(offer) != nil else { continue }
      var settings = offer.settings(for: subject)
      if offer.username.isEmpty { settings.username = presentUsername }
      let doubts = (doubt ?? doubtAboutProvider(provider)).map { [$0] } ?? []
      let actions = doubts + provider.requiredActions
      return CheckAnswer(
        actions.isEmpty ? .yes : .yesWithAction, imap: settings, hosts: offers.map(\.host),
        actions: actions)
    }
    return nil
  }

  /// Whoever writes as somebody of a domain may have the password of another provider's server.
  private func doubtAboutProvider(_ provider: ProviderFacts) -> RequiredAction? {
    guard case .account(let account) = subject, !provider.owns(account.settings.host.lowercased())
    else { return nil }
    return RequiredAction(
      .confirmServer,
      "Make sure that the account's mail is at \(provider.id.printable): by its name "
        + "\(account.settings.host.printable), which has it now, is another provider's.")
  }

  /// The answer by a server's name alone; the DNS tells no form of the user name (RFC 6186, 3.4).
  func settle(
    host: DomainName, port: Int, _ security: TransportSecurity, doubt: RequiredAction? = nil
  ) -> CheckAnswer? {
    let offer = ServerOffer(
      kind: .imap, host: host.ascii, port: port, security: security, auth: [.passwordCleartext],
      username: "")
    guard let report = isThere(offer) else { return nil }
    let auth = report.auth ?? .passwordCleartext
    var actions = doubt.map { [$0] } ?? []
    if auth == .oauth2 { actions.append(.signInWithOAuth2) }
    let settings = ServerSettings(
      host: host.ascii, port: port, security: security, auth: auth, username: presentUsername)
    return CheckAnswer(
      actions.isEmpty ? .yes : .yesWithAction, imap: settings, hosts: [host.ascii],
      actions: actions)
  }

  private func isThere(_ offer: ServerOffer) -> ServerReport? {
    let place = "\(offer.host):\(offer.port)"
    guard let host = try? DomainName(offer.host) else {
      note(.server, place, .failed, "\(offer.host.printable) is no host name")
      return nil
    }
    guard offer.security != .none else {
      note(.server, place, .nothing, "\(place) is listed without TLS, and is not advised")
      return nil
    }
    let report = network.ask(
      Endpoint(host: host.ascii, port: offer.port, security: offer.security), by: deadline)
    note(report.evidence)
    return report.isUsable ? report : nil
  }

  /// The name to sign in with, where nothing tells another: the account's present one, the address
  /// (RFC 6186, 4), or its placeholder.
  private var presentUsername: String {
    if case .account(let account) = subject { return account.settings.username }
    return subject.username(Placeholder.address)
  }

  /// What to do first where only the DNS leads from a domain to a server that is not below it.
  func doubt(about host: String, for domain: DomainName) -> RequiredAction {
    RequiredAction(
      .confirmServer,
      "Make sure that \(host.printable) is your provider's server: only the DNS, which can be "
        + "forged, leads there from \(domain.display) (RFC 6186, section 6).")
  }
}
