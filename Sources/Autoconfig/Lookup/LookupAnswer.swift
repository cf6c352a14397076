import ConfigFormats

/// Whether IMAP is to be had.
public enum Verdict: String, Sendable, Hashable, CaseIterable {
  case yes
  /// Once the user has done something: ``LookupAnswer/actions``.
  case yesWithAction = "yes-with-action"
  case no
  /// Nothing says so, and nothing says the contrary. That a provider is listed with POP alone is no
  /// proof: twelve of a hundred such entries turned out to be out of date.
  case unknown
}

/// What a user must do before IMAP works.
public struct RequiredAction: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Turn something on at the provider.
    case enable
    /// Use a password made for this program, unless the client signs in with OAuth2.
    case appPassword = "app-password"
    /// Sign in with OAuth2: passwords are not taken.
    case oauth2
    /// Make sure that the server is the provider's: what leads there can be forged.
    case confirmServer = "confirm-server"
  }

  public var kind: Kind
  public var text: String
  /// A page that tells how.
  public var url: String?

  public init(_ kind: Kind, _ text: String, url: String? = nil) {
    self.kind = kind
    self.text = text
    self.url = url
  }
}

extension RequiredAction {
  public static let signInWithOAuth2 = RequiredAction(
    .oauth2, "The provider takes no passwords: sign in with OAuth2 in the mail client.")
}

/// One thing that a verdict rests on.
public struct Evidence: Sendable, Hashable, CustomStringConvertible {
  public enum Source: Sendable, Hashable {
    /// A file of the user's choosing.
    case file(String)
    /// The facts that come with this program.
    case facts
  }

  public enum Match: Sendable, Hashable {
    case domain(String)
    /// The host the account gets its mail from now.
    case host(String)
  }

  public enum Finding: Sendable, Hashable {
    /// The entry lists IMAP.
    case lists(provider: String)
    /// The entry lists POP3 and no IMAP.
    case popOnly(provider: String)
    case noEntry
    /// The entry of the domain is of another provider than the account's host, as far as names
    /// tell.
    case otherHost(provider: String, host: String)
    /// Several entries name the host and do not agree on where IMAP is.
    case ambiguous(providers: [String])
  }

  public var source: Source
  public var match: Match
  public var finding: Finding

  public init(_ source: Source, _ match: Match, _ finding: Finding) {
    self.source = source
    self.match = match
    self.finding = finding
  }

  /// A sentence without its full stop. Names from files are made printable.
  public var description: String {
    let subject =
      switch match {
      case .domain(let domain): "the mail domain \(domain.printable)"
      case .host(let host): "the server \(host.printable)"
      }
    return switch finding {
    case .lists(let provider): "\(listing) IMAP for \(subject) (\(provider.printable))"
    case .popOnly(let provider):
      "\(listing) POP3 only for \(subject) (\(provider.printable)), which proves nothing"
    case .noEntry: "\(listing) nothing for \(subject)"
    case .otherHost(let provider, let host):
      "\(listing) \(provider.printable) for \(subject), but the account gets its mail from "
        + "\(host.printable), which is not known to be theirs"
    case .ambiguous(let providers):
      "\(listing) \(subject) for several providers "
        + "(\(providers.joined(separator: ", ").printable)) whose IMAP servers differ"
    }
  }

  private var listing: String {
    switch source {
    case .file(let path): "\(path.printable) lists"
    case .facts: "the provider facts list"
    }
  }
}

/// What a look-up found, and why.
public struct LookupAnswer: Sendable, Hashable {
  public var verdict: Verdict
  public var provider: ProviderFacts?
  /// The provider's IMAP servers, the preferred one first, placeholders in hosts filled in.
  public var imap: [ServerOffer] = []
  /// Its outgoing servers, likewise.
  public var smtp: [ServerOffer] = []
  /// What decided comes last.
  public var evidence: [Evidence]
  public var actions: [RequiredAction] = []
}
