import ConfigFormats
import ProfileRewriter

/// What a failure means for whoever set the account up.
struct Diagnosis {
  var code: String
  var text: String

  /// - Parameter unread: the first words of the server, where it has said any.
  init(_ failure: IMAPFailure, of service: TestService) {
    let endpoint = service.endpoint
    code = failure.code
    text = failure.text(at: endpoint)
    switch failure {
    case .loginRefused(let responseCode, let words):
      let refusal = LoginRefusal(service.kind, responseCode: responseCode, text: words)
      code = refusal.code
      text = "\(endpoint.shown) refuses the login (\(words.printable)): \(refusal.advice)"
    case .alreadyTried:
      text =
        "not tried: a login of this account has failed in this run, and servers lock accounts out"
    case .connection(let failure): refine(failure, service)
    default: break
    }
  }

  private mutating func refine(_ failure: ConnectionFailure, _ service: TestService) {
    switch failure {
    case .certificateUntrusted(let facts) where facts.subject == facts.issuer:
      code = TestCode.selfSigned.rawValue
      text =
        "the certificate of \(service.endpoint.shown) is signed by nobody but itself: the client would "
        + "ask its user at every start; install one of a known authority, or that certificate as an "
        + "authority on this machine"
    case .refused, .timedOut(.connection), .timedOut(.greeting), .plainTextOnTLSPort,
      .tlsOnPlainPort:
      text += Self.usualPorts(service)
    default: break
    }
  }

  /// Nothing where the port is one that is usual for these settings.
  private static func usualPorts(_ service: TestService) -> String {
    let settings = service.settings
    let usual = service.kind.defaultPort(settings.security)
    guard usual != settings.port else { return "" }
    return " (\(service.kind.name) with \(settings.security.rawValue) is usually on port \(usual))"
  }

  static func wrongProtocol(_ name: String, _ service: TestService) -> Finding {
    Finding(
      .failed, .wrongProtocol,
      "\(service.endpoint.shown) speaks \(name) and not \(service.kind.name): check the port"
        + usualPorts(service))
  }
}
