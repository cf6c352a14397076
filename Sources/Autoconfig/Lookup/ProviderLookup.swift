import ProfileRewriter

/// Answers where a domain's or an account's IMAP server is, without asking anybody.
///
/// Files of the user's choosing go first, then the embedded facts; in both the mail domain goes
/// before the host that the account gets its mail from now. An embedded entry found by the domain
/// counts for an account only if that host is the same provider's: mail forwarded from elsewhere is
/// not there, and the password belongs to the host.
public struct ProviderLookup: Sendable {
  private let files: ProviderIndex?
  private let facts: ProviderIndex

  public init(files: ServerFiles? = nil, table: ProviderTable = .embedded) {
    self.files = files.map { files in
      ProviderIndex(files.entries.map { .init(source: .file($0.file), provider: $0.provider) })
    }
    facts = ProviderIndex(table.providers.map { .init(source: .facts, provider: $0) })
  }

  /// For addresses of a domain, whatever host they are at.
  public func answer(forDomain domain: String) -> LookupAnswer {
    search(domains: [HostName.normalized(domain)], host: nil)
  }

  /// For accounts on a server.
  public func answer(forHost host: String) -> LookupAnswer {
    search(domains: [], host: HostName.normalized(host))
  }

  /// For a name that may be a mail domain's or a server's.
  public func answer(forName name: String) -> LookupAnswer {
    let name = HostName.normalized(name)
    return search(domains: [name], host: name, isOneName: true)
  }

  public func answer(for account: Account) -> LookupAnswer {
    search(
      domains: account.mailAddresses.map { HostName.normalized($0.domain) },
      host: HostName.normalized(account.settings.host),
      login: MailAddress(account.settings.username).map { HostName.normalized($0.domain) })
  }

  // MARK: Search

  private struct Candidate {
    var entry: ProviderIndex.Entry
    var match: Evidence.Match
    /// What stands for %EMAILDOMAIN%.
    var domain: String?
  }

  /// - Parameters:
  ///   - login: the domain of the name by which the account signs in now.
  ///   - isOneName: host and domain are the same word, and no mail domain is known for sure.
  private func search(
    domains: [String], host: String?, login: String? = nil, isOneName: Bool = false
  ) -> LookupAnswer {
    var evidence: [Evidence] = []
    for (index, isChosen) in [(files, true), (facts, false)] {
      guard let index else { continue }
      var candidates = candidates(in: index, domains, host, login, isChosen, &evidence)
      if isOneName {
        for place in candidates.indices {
          if case .host = candidates[place].match { candidates[place].domain = nil }
        }
      }
      if let candidate = candidates.first(where: { !$0.entry.provider.servers(.imap).isEmpty }) {
        return found(candidate, evidence)
      }
      for candidate in candidates {
        evidence.append(
          Evidence(
            candidate.entry.source, candidate.match,
            .popOnly(provider: candidate.entry.provider.id)))
      }
      // The user's own word on this account is the last.
      if isChosen, !candidates.isEmpty { break }
    }
    return LookupAnswer(verdict: .unknown, evidence: evidence)
  }

  private func candidates(
    in index: ProviderIndex, _ domains: [String], _ host: String?, _ login: String?,
    _ isChosen: Bool, _ evidence: inout [Evidence]
  ) -> [Candidate] {
    let source = Evidence.Source.facts
    var candidates: [Candidate] = []
    for domain in domains {
      guard let entry = index.entry(forDomain: domain) else { continue }
      // Whoever writes as somebody of a domain may have the password of another server; the user's
      // own file is believed where the password is by its name one of that domain.
      if let host, !entry.provider.owns(host), !isChosen || login != domain {
        evidence.append(
          Evidence(
            entry.source, .domain(domain), .otherHost(provider: entry.provider.id, host: host)))
      } else {
        candidates.append(Candidate(entry: entry, match: .domain(domain), domain: domain))
      }
    }
    if let host {
      let entries = index.entries(forHost: host)
      if let first = entries.first {
        if entries.allSatisfy({ $0.provider.servers(.imap) == first.provider.servers(.imap) }) {
          candidates.append(Candidate(entry: first, match: .host(host), domain: domains.first))
        } else if candidates.isEmpty {
          evidence.append(
            Evidence(first.source, .host(host), .ambiguous(providers: entries.map(\.provider.id))))
        }
      }
    }
    if candidates.isEmpty, evidence.isEmpty, !isChosen {
      evidence += domains.map { Evidence(source, .domain($0), .noEntry) }
      if let host { evidence.append(Evidence(source, .host(host), .noEntry)) }
    }
    return candidates
  }

  private func found(_ candidate: Candidate, _ evidence: [Evidence]) -> LookupAnswer {
    let provider = candidate.entry.provider
    func resolved(_ kind: ServerKind) -> [ServerOffer] {
      provider.servers(kind).map { offer in
        candidate.domain.map { offer.resolved(domain: $0) } ?? offer
      }
    }
    var answer = LookupAnswer(
      verdict: .yes, provider: provider, imap: resolved(.imap), smtp: resolved(.smtp),
      evidence: evidence + [
        Evidence(candidate.entry.source, candidate.match, .lists(provider: provider.id))
      ])
    answer.actions = provider.requiredActions
    if !answer.actions.isEmpty { answer.verdict = .yesWithAction }
    return answer
  }
}

extension ProviderFacts {
  /// What the entry says must be done before IMAP works.
  public var requiredActions: [RequiredAction] {
    var actions: [RequiredAction] = []
    if action != nil || help != nil {
      actions.append(
        RequiredAction(.enable, action ?? "Turn IMAP on at the provider.", url: help))
    }
    guard let first = servers(.imap).first else { return actions }
    if first.takesOnlyOAuth2 {
      actions.append(.signInWithOAuth2)
    } else if first.auth.first == .oauth2 {
      actions.append(
        RequiredAction(
          .appPassword,
          "Where the account's own password is refused, make one for mail programs at the "
            + "provider, or sign in with OAuth2."))
    }
    return actions
  }
}

extension Account {
  /// The user's addresses, the one that is the user name first.
  var mailAddresses: [MailAddress] {
    var result: [MailAddress] = []
    for address in ([settings.username] + addresses).compactMap(MailAddress.init)
    where !result.contains(address) {
      result.append(address)
    }
    return result
  }
}
