import ConfigFormats

/// Why an IMAP server did not do what it was asked.
public enum IMAPFailure: Error, Sendable, Hashable {
  case connection(ConnectionFailure)
  /// The server takes no password here: LOGINDISABLED, and no AUTH=PLAIN.
  case loginDisabled
  /// Nothing protects the connection, or the peer has not proved who it is: nothing was sent.
  case passwordNeedsTLS
  /// A user name or password that cannot be sent: with a NUL, or empty.
  case unusableCredential
  /// The server said no to the login, with its response code (RFC 5530) and text.
  case loginRefused(code: String?, text: String)
  /// One attempt has been made on this connection; another one is not made.
  case alreadyTried
  /// The server said NO or BAD to a command.
  case commandRefused(command: String, text: String)
}

extension IMAPFailure {
  /// A short name for programs; each stands in docs/codes.md.
  public var code: String {
    switch self {
    case .connection(let failure): failure.code
    case .loginDisabled: "login-disabled"
    case .passwordNeedsTLS: "password-needs-tls"
    case .unusableCredential: "unusable-credential"
    case .loginRefused: "login-refused"
    case .alreadyTried: "already-tried"
    case .commandRefused: "command-refused"
    }
  }

  /// One sentence for people: what it means, and what to do.
  public func text(at endpoint: Endpoint) -> String {
    let server = endpoint.shown
    switch self {
    case .connection(let failure): return failure.text(at: endpoint)
    case .loginDisabled:
      return "\(server) takes no password on this connection: use TLS, or another authentication"
    case .passwordNeedsTLS:
      return "no password is sent to \(server) without TLS and a certificate that holds"
    case .unusableCredential:
      return "the user name or password for \(server) is empty or has a zero byte"
    case .loginRefused(let code, let text):
      return "\(server) refuses the login (\(text.printable)): \(Self.advice(code))"
    case .alreadyTried: return "a login at \(server) was tried, and is not tried again"
    case .commandRefused(let command, let text):
      return "\(server) refuses \(command) (\(text.printable))"
    }
  }

  /// RFC 5530's codes, as far as they ask for something else than another password.
  private static func advice(_ code: String?) -> String {
    switch code {
    case "UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG": "try again later"
    case "EXPIRED": "the password has expired"
    case "PRIVACYREQUIRED": "the server wants TLS"
    case "CONTACTADMIN", "AUTHORIZATIONFAILED": "ask the provider"
    default:
      "check user name and password, and whether the provider wants IMAP switched on or a password "
        + "for programs"
    }
  }
}
