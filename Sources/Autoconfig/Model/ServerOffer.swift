import ProfileRewriter

/// What a mail server is for.
public enum ServerKind: String, Sendable, Hashable, CaseIterable {
  case imap
  case pop3
  case smtp

  /// For people: "the IMAP server".
  var serverName: String { "the \(rawValue.uppercased()) server" }
}

/// A server as a provider describes it to all its users: host and user name may hold placeholders.
public struct ServerOffer: Sendable, Hashable {
  public var kind: ServerKind
  /// In lower case, but for placeholders.
  public var host: String
  public var port: Int
  public var security: TransportSecurity
  /// In the provider's order of preference; never empty.
  public var auth: [AuthMethod]
  /// The user name's pattern, such as %EMAILADDRESS%; empty where none is given.
  public var username: String

  public init(
    kind: ServerKind, host: String, port: Int, security: TransportSecurity, auth: [AuthMethod],
    username: String
  ) {
    self.kind = kind
    self.host = host
    self.port = port
    self.security = security
    self.auth = auth
    self.username = username
  }

  /// Whether nobody gets in with a password.
  public var takesOnlyOAuth2: Bool { auth.allSatisfy { $0 == .oauth2 } }

  /// This offer for users of one domain.
  public func resolved(domain: String) -> ServerOffer {
    var result = self
    result.host = host.replacing(Placeholder.domain, with: domain.lowercased())
    return result
  }
}

/// What the autoconfig format lets a provider write for parts of the user's mail address.
public enum Placeholder {
  public static let address = "%EMAILADDRESS%"
  public static let localPart = "%EMAILLOCALPART%"
  public static let domain = "%EMAILDOMAIN%"

  /// Whether any may stand in `text`: most values have none, and need not be searched for each.
  static func mayStand(in text: String) -> Bool { text.utf8.contains(UInt8(ascii: "%")) }

  /// Whether a placeholder stands in `text`.
  static func stands(_ placeholder: String, in text: String) -> Bool {
    var rest = text.utf8[...]
    while let start = rest.firstIndex(of: UInt8(ascii: "%")) {
      rest = rest[start...]
      if rest.starts(with: placeholder.utf8) { return true }
      rest = rest.dropFirst()
    }
    return false
  }

  /// `text` in lower case, placeholders excepted.
  static func lowercased(_ text: String) -> String {
    let lower = text.lowercased()
    guard mayStand(in: lower) else { return lower }
    return [address, localPart, domain].reduce(lower) {
      $0.replacing($1.lowercased(), with: $1)
    }
  }
}

/// A mail address in its two parts.
public struct MailAddress: Sendable, Hashable {
  public var localPart: String
  /// As written.
  public var domain: String

  public init?(_ text: String) {
    guard let at = text.lastIndex(of: "@") else { return nil }
    localPart = String(text[..<at])
    domain = String(text[text.index(after: at)...])
    guard !localPart.isEmpty, !domain.isEmpty else { return nil }
  }

  public var text: String { "\(localPart)@\(domain)" }

  /// `pattern` with its placeholders filled in.
  public func expanding(_ pattern: String) -> String {
    guard Placeholder.mayStand(in: pattern) else { return pattern }
    return pattern.replacing(Placeholder.address, with: text)
      .replacing(Placeholder.localPart, with: localPart)
      .replacing(Placeholder.domain, with: domain)
  }
}
