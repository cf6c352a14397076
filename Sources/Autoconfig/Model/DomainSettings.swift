import ConfigFormats
import ProfileRewriter

/// Everything that is said to mail clients about one domain: the model behind every format that is
/// generated.
///
/// Checked when it is made: no value can break the syntax of a format by being something else than
/// text, and nothing is in it that a client would refuse a whole file for.
public struct DomainSettings: Sendable, Hashable {
  /// Of its users' addresses.
  public var domain: DomainName
  /// For people, at most 60 characters (draft-ietf-mailmaint-autoconfig).
  public var displayName: String
  /// For narrow places, at most 20 characters.
  public var shortName: String
  /// Hosts are names in ASCII. Of each kind the preferred one first; IMAP and SMTP are always there,
  /// and nothing goes without TLS.
  public var servers: [ServerOffer]
  /// Tell clients by DNS that there is no POP (RFC 6186: a target of ".").
  public var refusesPOP: Bool
  /// A page that tells users how to set up a client.
  public var documentation: String?
  /// Who signs users in where OAuth2 is taken (RFC 8414).
  public var oauth2Issuer: String?
  public var publication: Publication

  public func servers(_ kind: ServerKind) -> [ServerOffer] { servers.filter { $0.kind == kind } }

  /// The one server that formats get which can say no more than one.
  public func preferred(_ kind: ServerKind) -> ServerOffer? { servers.first { $0.kind == kind } }

  /// Whether no server that is offered takes a password.
  public var takesOnlyOAuth2: Bool { servers.allSatisfy(\.takesOnlyOAuth2) }
}

/// Where what is generated will be served from.
public struct Publication: Sendable, Hashable {
  /// The web server's name in DNS.
  public var webHost: DomainName
  /// Where all generated files lie on it, absolute.
  public var commonRoot: String
  /// Where this domain's lie: the same, or a directory below it.
  public var webRoot: String
  public var tls: Certificate?
  /// For how long resolvers may keep the records, in seconds.
  public var ttl: Int
  /// Whether the web server's own name is also that of another domain that is generated together with
  /// this one: asked by it for Autodiscover, it can answer for one domain only.
  public var sharesWebHost = false

  /// PEM files on the web server, absolute paths.
  public struct Certificate: Sendable, Hashable {
    public var certificate: String
    public var key: String

    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// What is shared with nobody as long as nothing is known of other domains.
  public init(
    webHost: DomainName, commonRoot: String, webRoot: String, tls: Certificate?, ttl: Int
  ) {
    self.webHost = webHost
    self.commonRoot = commonRoot
    self.webRoot = webRoot
    self.tls = tls
    self.ttl = ttl
  }
}

extension [DomainSettings] {
  /// Tells each domain whether one of the others has to do with its web server's name.
  mutating func findSharedWebHosts() {
    var domainsAt: [String: Int] = [:]
    var serves: [String: String] = [:]
    for settings in self {
      domainsAt[settings.publication.webHost.ascii, default: 0] += 1
      for name in settings.ownNames { serves[name] = settings.domain.ascii }
    }
    for index in indices {
      let host = self[index].publication.webHost.ascii
      // A name of its own is served by its own configuration, whoever else has it for an alias.
      guard !self[index].ownNames.contains(host) else { continue }
      self[index].publication.sharesWebHost = domainsAt[host, default: 0] > 1 || serves[host] != nil
    }
  }
}

extension DomainSettings {
  /// The domain, and those below it that clients ask.
  fileprivate var ownNames: [String] {
    let names = WebNames(domain.ascii)
    return [domain.ascii, names.autoconfig, names.autodiscover, names.pacc]
  }
}
