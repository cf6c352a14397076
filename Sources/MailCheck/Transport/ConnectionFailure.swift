import ConfigFormats
import ProfileRewriter

/// Why a server could not be asked.
public enum ConnectionFailure: Error, Sendable, Hashable {
  /// What was being done.
  public enum Stage: String, Sendable, Hashable, CaseIterable {
    case name
    case connection
    case tls
    case greeting
    case answer
  }

  /// The resolver knows no such host, or no address of it.
  case unknownHost
  /// The resolver got no answer itself.
  case resolverFailed
  /// Nothing listens there.
  case refused
  /// No way leads there.
  case unreachable(Errno)
  case timedOut(Stage)
  /// TLS was expected, and the server speaks at once and in clear.
  case plainTextOnTLSPort
  /// Plain text was expected, and the server speaks TLS.
  case tlsOnPlainPort
  case certificateExpired(CertificateFacts)
  case certificateNotYetValid(CertificateFacts)
  /// The certificate is for other hosts.
  case certificateWrongName(CertificateFacts)
  case certificateUntrusted(CertificateFacts)
  /// Whatever else is wrong with the certificate; nil where there is none.
  case certificateInvalid(CertificateFacts?)
  /// The two find no common way to speak TLS. The text is the TLS library's.
  case handshakeFailed(String)
  /// STARTTLS is wanted, and the server does not offer it or says no.
  case startTLSNotOffered
  /// Something in clear came after the server's yes to STARTTLS: somebody on the way may have put it
  /// in (CVE-2011-0411 and its kin).
  case plainTextAfterStartTLS
  /// The server closed the connection.
  case closed(Stage)
  /// The server greeted with a farewell. The text is the server's.
  case rejected(String)
  case lineTooLong
  case responseTooLarge
  /// The answer is not what the protocol allows. The text says what was expected.
  case protocolViolation(String)
  /// The file of further authorities cannot be used, or the TLS library refuses to start.
  case trustStore(String)
  case io(Errno)
}

extension ConnectionFailure {
  /// A short name for programs; each stands in docs/codes.md.
  public var code: String {
    switch self {
    case .unknownHost: "unknown-host"
    case .resolverFailed: "resolver-failed"
    case .refused: "refused"
    case .unreachable: "unreachable"
    case .timedOut: "timed-out"
    case .plainTextOnTLSPort: "plain-text-on-tls-port"
    case .tlsOnPlainPort: "tls-on-plain-port"
    case .certificateExpired: "certificate-expired"
    case .certificateNotYetValid: "certificate-not-yet-valid"
    case .certificateWrongName: "certificate-wrong-name"
    case .certificateUntrusted: "certificate-untrusted"
    case .certificateInvalid: "certificate-invalid"
    case .handshakeFailed: "handshake-failed"
    case .startTLSNotOffered: "starttls-not-offered"
    case .plainTextAfterStartTLS: "plain-text-after-starttls"
    case .closed: "closed"
    case .rejected: "rejected"
    case .lineTooLong, .responseTooLarge: "too-large"
    case .protocolViolation: "protocol-violation"
    case .trustStore: "trust-store"
    case .io: "io"
    }
  }

  /// One sentence for people: what it means, and what to do.
  public func text(at endpoint: Endpoint) -> String {
    let server = endpoint.shown
    switch self {
    case .unknownHost:
      return "\(endpoint.host.printable) is not known to the name service: check the host name"
    case .resolverFailed:
      return "the name service gives no answer for \(endpoint.host.printable): check this "
        + "machine's network, and try again"
    case .refused:
      return "nothing listens at \(server): check host and port, and whether the server runs"
    case .unreachable(let errno):
      return "\(server) cannot be reached (\(errno.text)): check the network and a firewall's rules"
    case .timedOut(let stage): return Self.timeText(stage, server)
    case .closed(let stage):
      return "\(server) closed the connection \(stage.during): it may refuse this machine, or be "
        + "busy; try again later"
    case .rejected(let words):
      return "\(server) turns connections away (\(words.printable)): try again later"
    case .io(let errno): return "the connection to \(server) broke: \(errno.text); try again"
    default: return securityText(endpoint) ?? protocolText(server)
    }
  }

  private static func timeText(_ stage: Stage, _ server: String) -> String {
    switch stage {
    case .name: "the name service did not answer in time for \(server): try again"
    case .connection:
      "\(server) did not answer: a firewall may block the port, or the host is off"
    case .tls: "\(server) did not finish the TLS handshake in time: check port and security"
    case .greeting:
      "\(server) accepted the connection and said nothing: check port and security; it may be a "
        + "port for another protocol"
    case .answer: "\(server) did not answer in time: try again later"
    }
  }

  private func securityText(_ endpoint: Endpoint) -> String? {
    let server = endpoint.shown
    switch self {
    case .plainTextOnTLSPort:
      return "\(server) speaks no TLS from the start: use STARTTLS, or the port for implicit TLS"
    case .tlsOnPlainPort:
      return "\(server) speaks TLS from the start: use implicit TLS, or the port for STARTTLS"
    case .startTLSNotOffered:
      return "\(server) offers no STARTTLS: use implicit TLS, or ask the provider"
    case .plainTextAfterStartTLS:
      return
        "plain text followed \(server)'s answer to STARTTLS, as if somebody on the way had put "
        + "it in: nothing was believed and nothing sent; try another network"
    case .handshakeFailed(let words):
      return
        "\(server) and this machine find no common TLS (\(words.printable)): the server may be "
        + "too old, or the port is for another protocol"
    case .trustStore(let words):
      return "the trusted certificates cannot be used: \(words.printable)"
    default: return certificateText(server)
    }
  }

  private func certificateText(_ server: String) -> String? {
    switch self {
    case .certificateExpired(let facts):
      return "the certificate of \(server) (\(facts.subject.printable)) has expired: the server's "
        + "operator must renew it; check this machine's clock"
    case .certificateNotYetValid(let facts):
      return "the certificate of \(server) (\(facts.subject.printable)) is not valid yet: check "
        + "this machine's clock"
    case .certificateWrongName(let facts):
      let names = facts.names.prefix(5).map(\.printable).joined(separator: ", ")
      return "the certificate of \(server) is for \(names.isEmpty ? "no host" : names): use a host "
        + "name that it names"
    case .certificateUntrusted(let facts):
      return "the certificate of \(server) is signed by \(facts.issuer.printable), which this "
        + "machine does not trust: install that authority's certificate if you know it"
    case .certificateInvalid(let facts):
      let words = facts?.problemText ?? "it shows none"
      return "the certificate of \(server) cannot be believed (\(words)): ask the server's operator"
    default: return nil
    }
  }

  private func protocolText(_ server: String) -> String {
    switch self {
    case .lineTooLong, .responseTooLarge:
      "\(server) sent more than an answer may hold: it may be a port for another protocol"
    case .protocolViolation(let expected):
      "\(server) does not keep to the protocol (\(expected.printable)): check the port"
    default: "\(server) could not be asked"
    }
  }
}

extension ConnectionFailure.Stage {
  fileprivate var during: String {
    switch self {
    case .name, .connection: "at once"
    case .tls: "in the TLS handshake"
    case .greeting: "without a greeting"
    case .answer: "instead of answering"
    }
  }
}
