import ProfileRewriter

extension IMAPFailure {
  /// As the outcome of an account.
  public func refusal(at endpoint: Endpoint) -> Refusal { Refusal(reason, text(at: endpoint)) }

  var reason: ReasonCode {
    switch self {
    case .loginRefused, .unusableCredential, .alreadyTried: .loginRefused
    case .loginDisabled, .passwordNeedsTLS: .unsupported
    case .connection, .commandRefused: .serverUnreachable
    }
  }
}
