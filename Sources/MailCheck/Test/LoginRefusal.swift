import ConfigFormats

/// Why a server let nobody in, by its code and words.
struct LoginRefusal {
  var code: String
  /// What it means, and what to do.
  var advice: String

  init(_ kind: TestService.Kind, responseCode: String?, text: String) {
    let words = text.lowercased()
    let known =
      Self.byWords(kind, words) ?? Self.byCode(responseCode) ?? Self.byNumber(kind, text)
    if let (code, advice) = known {
      self.code = code.rawValue
      self.advice = advice
    } else {
      code = "login-refused"
      advice =
        "check user name and password, and whether the provider wants \(kind.name) switched on or a "
        + "password for mail programs"
    }
  }

  private typealias Known = (code: TestCode, advice: String)

  // MARK: By words

  /// Seen at providers:
  /// - "[ALERT] Your account is not enabled for IMAP use", "IMAP access is disabled for your domain",
  ///   "Application-specific password required", "Please log in via your web browser": Gmail, as the
  ///   tests of Mozilla's Gaia e-mail program have them
  /// - "You are yet to enable IMAP for your account": Zoho
  /// - "Invalid credentials or IMAP is disabled": Yandex (Mailspring's issue 904)
  /// - "Full IMAP support is not enabled for this account": Google's administrators (nylas-mail's
  ///   issue 2306)
  /// - "535 5.7.139 Authentication unsuccessful, basic authentication is disabled",
  ///   "SmtpClientAuthentication is disabled for the Tenant": Exchange Online (Microsoft's pages on
  ///   authenticated client SMTP submission)
  private static func byWords(_ kind: TestService.Kind, _ words: String) -> Known? {
    func says(_ phrases: String...) -> Bool { phrases.contains { words.contains($0) } }
    if says("smtpclientauthentication is disabled") { return off(.smtp) }
    if says("basic authentication is disabled", "basicauthblocked") {
      return (
        .oauth2Only,
        "the provider takes no passwords, only OAuth2: set the account up in the client"
      )
    }
    if says("application-specific password", "app-specific password", "app password") {
      return (
        .appPassword,
        "the provider wants a password made for mail programs: make one in its web pages"
      )
    }
    if says("web browser", "web login required") {
      return (
        .webLogin, "the provider wants the user to log in once with a web browser, then try again"
      )
    }
    if says("too many") { return later }
    if isOff(kind, words) { return off(kind) }
    return nil
  }

  private static func isOff(_ kind: TestService.Kind, _ words: String) -> Bool {
    let name = kind == .pop3 ? "pop" : kind.rawValue
    let phrases = [
      "disabled", "not enabled", "not activated", "to enable \(name)", "not allowed", "is off",
      "turned off", "deactivated",
    ]
    return words.contains(name) && phrases.contains { words.contains($0) }
  }

  private static func off(_ kind: TestService.Kind) -> Known {
    let code: TestCode =
      switch kind {
      case .imap: .imapDisabled
      case .pop3: .popDisabled
      case .smtp: .smtpDisabled
      }
    return (
      code,
      "\(kind.name) is not switched on for this account: switch it on in the provider's web pages, or "
        + "ask the administrator"
    )
  }

  // MARK: By response codes

  private static let later: Known = (
    .tryLater, "the server is busy with this account: try again later"
  )

  /// RFC 5530 for IMAP, RFC 2449 and RFC 3206 for POP3.
  private static func byCode(_ code: String?) -> Known? {
    switch code {
    case "UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "IN-USE", "LOGIN-DELAY", "SYS/TEMP":
      return later
    case "EXPIRED": return (.passwordExpired, "the password has expired: set a new one")
    case "CONTACTADMIN", "AUTHORIZATIONFAILED", "SYS/PERM":
      return (
        .accountBlocked, "the server lets this user in no more, or not here: ask the provider"
      )
    default: return nil
    }
  }

  /// RFC 4954: 454 is for a while, 530 and 538 for want of something.
  private static func byNumber(_ kind: TestService.Kind, _ text: String) -> Known? {
    kind == .smtp && text.hasPrefix("4") ? later : nil
  }
}
