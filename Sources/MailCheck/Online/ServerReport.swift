import Autoconfig
import ConfigFormats
import ProfileRewriter

/// What a server said to somebody who only looked: whether an account could be put there.
struct ServerReport: Sendable {
  var endpoint: Endpoint
  /// IMAP, over TLS, and the certificate holds for the name.
  var isUsable = false
  /// The name leads nowhere: other ports need not be tried.
  var isNowhere = false
  /// How to sign in, by what the server offers; nil where it offers nothing that is known here.
  var auth: AuthMethod?
  /// A sentence without its full stop, printable.
  var text: String

  var evidence: CheckEvidence {
    CheckEvidence(
      .server, "\(endpoint.host):\(endpoint.port)", isUsable ? .imap : .failed, text)
  }

  /// Connects, greets and asks for the capabilities. There is no credential to be sent.
  init(asking endpoint: Endpoint, through route: NetworkRoute, by deadline: Deadline) {
    self.endpoint = endpoint
    text = ""
    do throws(ConnectionFailure) {
      var routed = endpoint
      routed.detour = try route.detour(for: endpoint, by: deadline)
      let settings = ConnectionSettings(
        trust: TrustSettings(extraAuthorities: route.authorities),
        limits: ConnectionLimits(
          connecting: 5, answer: 5, total: 12, line: 16 << 10, response: 64 << 10, size: 128 << 10))
      judge(try IMAPProbe(routed, settings, by: min(deadline, .after(settings.limits.total))))
    } catch {
      isNowhere = error == .unknownHost
      text = error.text(at: endpoint)
    }
  }

  private mutating func judge(_ probe: IMAPProbe) {
    if let problem = Self.problem(probe.tls) {
      text = problem.text(at: endpoint)
      return
    }
    auth = Self.auth(probe)
    let way = endpoint.security == .tls ? "TLS" : "STARTTLS"
    let server = "\(endpoint.host.printable):\(endpoint.port)"
    guard auth != nil else {
      text = "\(server) speaks IMAP over \(way), and takes no password and no OAuth2 there"
      return
    }
    isUsable = true
    text = "\(server) speaks IMAP over \(way), and its certificate holds"
    if probe.capabilitiesBeforeTLS?.contains("LOGINDISABLED") == true {
      text += "; without TLS it takes no password"
    }
  }

  /// What is wrong with the certificate, the worst first: a stranger's may say anything else.
  private static func problem(_ tls: TLSFacts?) -> ConnectionFailure? {
    guard let tls, let certificate = tls.certificate else { return .certificateInvalid(nil) }
    let problems = certificate.problems
    if problems.contains(.untrusted) { return .certificateUntrusted(certificate) }
    if problems.contains(.wrongName) { return .certificateWrongName(certificate) }
    if problems.contains(.expired) { return .certificateExpired(certificate) }
    if problems.contains(.notYetValid) { return .certificateNotYetValid(certificate) }
    return problems.isEmpty ? nil : .certificateInvalid(certificate)
  }

  /// A password if there is a way for one, as that is what accounts have.
  private static func auth(_ probe: IMAPProbe) -> AuthMethod? {
    let offered = Set(probe.capabilities)
    func offers(_ names: String...) -> Bool { names.contains { offered.contains("AUTH=" + $0) } }
    if !probe.isLoginDisabled || offers("PLAIN", "LOGIN") { return .passwordCleartext }
    if offers("CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256") {
      return .passwordEncrypted
    }
    if offers("XOAUTH2", "OAUTHBEARER") { return .oauth2 }
    return offers("GSSAPI") ? .gssapi : nil
  }
}

extension NetworkRoute {
  /// Where to connect instead; nil: where the endpoint says.
  func detour(for endpoint: Endpoint, by deadline: Deadline) throws(ConnectionFailure) -> Endpoint
    .Detour?
  {
    let target = port(endpoint.port)
    guard let dns else {
      return target == endpoint.port ? nil : Endpoint.Detour(host: endpoint.host, port: target)
    }
    do throws(DNSFailure) {
      let addresses = try dns.addresses(of: endpoint.host, by: deadline)
      return Endpoint.Detour(host: addresses[0], port: target)
    } catch {
      throw error.isAnswer ? .unknownHost : .resolverFailed
    }
  }
}
