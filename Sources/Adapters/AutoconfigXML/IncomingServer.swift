import ConfigFormats
import ProfileRewriter

/// One `incomingServer` of an autoconfig file, as Thunderbird reads it (readFromXML.sys.mjs of
/// Thunderbird 153): names and values are matched exactly, of several security types the first that
/// is known counts, and a server that lacks something is passed over.
struct IncomingServer {
  /// The element's number in the document.
  let element: Int
  /// As ``XMLDocument`` spells keys; also the account's key.
  let key: String
  /// nil for kinds other than POP3 and IMAP.
  let kind: IncomingProtocol?
  /// What is missing has a default, an empty name or no protection.
  let settings: ServerSettings
  /// In the file's order of preference.
  let methods: [AuthMethod]
  let hasPassword: Bool
  /// What clients need and do not find.
  let missing: [String]

  var isComplete: Bool { missing.isEmpty }

  init(_ server: XMLElement, number: Int, key: String) {
    func text(_ name: String) -> String { server.first(name)?.trimmedText ?? "" }
    kind = server.attribute("type").flatMap { IncomingProtocol(rawValue: $0) }
    element = number
    self.key = key
    let security = server.elements("socketType").lazy
      .compactMap { SocketType.security($0.trimmedText) }.first
    let port = Int(text("port")).flatMap { (1...65535).contains($0) ? $0 : nil }
    methods = server.elements("authentication").compactMap {
      AuthenticationName.method($0.trimmedText)
    }
    let host = Pattern.lowercased(text("hostname"))
    missing = [
      ("hostname", host.isEmpty), ("port", port == nil), ("socketType", security == nil),
      ("username", text("username").isEmpty), ("authentication", methods.isEmpty),
    ].filter(\.1).map(\.0)
    hasPassword = server.first("password") != nil
    settings = ServerSettings(
      host: host, port: port ?? kind?.defaultPort(security ?? .none) ?? 0,
      security: security ?? .none, auth: Self.password(methods) ?? .none,
      username: text("username"))
  }

  /// The first method that every client has, else the first.
  private static func password(_ methods: [AuthMethod]) -> AuthMethod? {
    methods.first { $0 != .oauth2 } ?? methods.first
  }

  /// The settings of a client that signs in as `auth` where this server takes that.
  private func settings(preferring auth: AuthMethod) -> ServerSettings {
    var settings = settings
    if methods.contains(auth) { settings.auth = auth }
    return settings
  }

  /// nil for kinds that are no POP and no IMAP.
  func account(
    addresses: [String], imapAuth: AuthMethod?, ownIMAP: IncomingServer?
  ) -> Account? {
    guard let kind else { return nil }
    var account = Account(
      key: key, kind: kind, settings: settings, state: kind == .imap ? .current : .ready,
      addresses: addresses, imapAuth: imapAuth, isForAllUsers: true)
    guard kind == .pop3 else { return account }
    account.ownIMAP = ownIMAP?.settings(preferring: imapAuth ?? settings.auth)
    if !isComplete {
      account.state = .blocked
      account.reason = .incompleteAccount
      account.explanation =
        "\(key) has no \(missing.joined(separator: " and no ")) that a client understands, and is "
        + "passed over by all"
    }
    return account
  }
}

/// `socketType`, as the format spells it.
enum SocketType {
  static func security(_ name: String) -> TransportSecurity? {
    switch name {
    case "SSL": .tls
    case "STARTTLS": .starttls
    case "plain": TransportSecurity.none
    default: nil
    }
  }

  static func name(_ security: TransportSecurity) -> String {
    switch security {
    case .tls: "SSL"
    case .starttls: "STARTTLS"
    case .none: "plain"
    }
  }
}

/// `authentication`, as the format spells it; ``AuthMethod``'s raw values are the same.
enum AuthenticationName {
  static func method(_ name: String) -> AuthMethod? {
    switch name {
    // Before version 1.1.
    case "plain": .passwordCleartext
    case "secure": .passwordEncrypted
    default: AuthMethod(rawValue: name)
    }
  }
}

/// What stands for parts of each user's mail address.
enum Pattern {
  static let localPart = "%EMAILLOCALPART%"
  static let domain = "%EMAILDOMAIN%"
  private static let all = ["%EMAILADDRESS%", localPart, domain]

  /// `text` in lower case, patterns excepted.
  static func lowercased(_ text: String) -> String {
    let lower = text.lowercased()
    guard lower.utf8.contains(UInt8(ascii: "%")) else { return lower }
    return all.reduce(lower) { $0.replacing($1.lowercased(), with: $1) }
  }
}
