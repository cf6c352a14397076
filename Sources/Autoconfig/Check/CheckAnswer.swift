import ProfileRewriter

/// Whether IMAP is offered, with which settings, and on what evidence.
public struct CheckAnswer: Sendable, Hashable {
  public var verdict: Verdict
  /// The settings, where there are any. The user name still holds placeholders where the subject
  /// names no address.
  public var imap: ServerSettings?
  /// All hosts with IMAP that the deciding source names.
  public var hosts: [String]
  /// In the order in which it was asked; what decided comes last.
  public var evidence: [CheckEvidence]
  /// What the user must do first.
  public var actions: [RequiredAction]

  public init(
    _ verdict: Verdict, imap: ServerSettings? = nil, hosts: [String] = [],
    evidence: [CheckEvidence] = [], actions: [RequiredAction] = []
  ) {
    self.verdict = verdict
    self.imap = imap
    self.hosts = hosts
    self.evidence = evidence
    self.actions = actions
  }
}

extension ProviderLookup {
  /// The answer of the user's files and the embedded facts: nobody is asked.
  public func check(_ subject: CheckSubject) -> CheckAnswer {
    let found =
      switch subject {
      case .address(_, let domain): answer(forDomain: domain.ascii)
      case .name(let name): answer(forName: name.ascii)
      case .account(let account): answer(for: account)
      }
    var answer = CheckAnswer(
      found.verdict, hosts: found.imap.map(\.host),
      evidence: found.evidence.map(CheckEvidence.init),
      actions: found.actions)
    answer.imap = settings(found, for: subject)
    return answer
  }

  /// For an account what `plan` would take; else the strongest of what is offered.
  private func settings(_ found: LookupAnswer, for subject: CheckSubject) -> ServerSettings? {
    if case .account(let account) = subject,
      let settings = try? ProviderSettings(lookup: self).settings(for: account)
    {
      return settings
    }
    return found.imap.strongestOnPreferredHost.first.map { $0.settings(for: subject) }
  }
}

extension ServerOffer {
  /// As a client is set up for it, by the provider's first way to sign in.
  public func settings(for subject: CheckSubject) -> ServerSettings {
    ServerSettings(
      host: host, port: port, security: security, auth: auth.first ?? .passwordCleartext,
      username: subject.username(username))
  }
}

extension [ServerOffer] {
  /// Those on the host of the first one (others are for other purposes, such as taking one's mail
  /// away), the strongest first, of equal ones in the provider's order.
  public var strongestOnPreferredHost: [ServerOffer] {
    let same = filter { $0.host == first?.host }
    return same.enumerated().sorted {
      (-$0.element.security.strength, $0.offset) < (-$1.element.security.strength, $1.offset)
    }.map(\.element)
  }
}
