import ConfigFormats
import ProfileRewriter

/// One `*.source` file: a mail account, an identity, a transport, or something else that
/// evolution-data-server keeps in this form.
struct AccountSource: Sendable {
  /// The file's name without `.source`; by it sources name each other.
  var uid: String
  /// Below the home.
  var path: RelativePath
  var document: KeyFileDocument

  func text(_ key: String) -> String? { try? document.string(forKey: key) }

  /// A name or place as evolution-data-server takes it: without blanks at its ends, and nothing for
  /// an empty one (`e_util_strdup_strip` in ESource's setters, seen with 3.46.4).
  func name(_ key: String) -> String? {
    guard let text = text(key)?.drop(while: Self.isBlank),
      let end = text.lastIndex(where: { !Self.isBlank($0) })
    else { return nil }
    return String(text[...end])
  }

  /// What `g_strstrip` takes off.
  private static func isBlank(_ character: Character) -> Bool {
    [" ", "\t", "\n", "\r", "\r\n", "\u{c}"].contains(character)
  }

  func flag(_ key: String) -> Bool? { try? document.bool(forKey: key) }

  func number(_ key: String) -> Int? { (try? document.int(forKey: key)).map(Int.init) }

  /// What the account is; nil where it is no incoming server. The registry takes `imap` for `imapx`
  /// (seen). A backend that is not known may be one: `ews`, `microsoft365`, `nntp`, another
  /// package's.
  var incomingProtocol: IncomingProtocol? {
    switch backend {
    case "pop": .pop3
    case "imapx", "imap": .imap
    case nil: nil
    case let name?: Self.localStores.contains(name) ? nil : .other
    }
  }

  var backend: String? { name("Mail Account/BackendName") }

  /// Camel's providers without a server of the account (`camel-provider.c` and the providers of
  /// evolution-data-server 3.46.4, `rss` of Evolution 3.48).
  private static let localStores: Set<String> = [
    "local", "none", "vfolder", "maildir", "mbox", "mh", "spool", "spooldir", "rss",
  ]

  var settings: ServerSettings {
    let kind = incomingProtocol ?? .imap
    let security = SecurityMethod.security(name("Security/Method"))
    let port = number("Authentication/Port").flatMap { (1...65535).contains($0) ? $0 : nil }
    return ServerSettings(
      host: name("Authentication/Host") ?? "", port: port ?? kind.defaultPort(security),
      security: security, auth: AuthenticationMethod.auth(name("Authentication/Method")),
      username: name("Authentication/User") ?? "")
  }
}

/// `[Security] Method` (seen with Evolution 3.46.4; anything unknown is read as STARTTLS).
enum SecurityMethod {
  static func security(_ method: String?) -> TransportSecurity {
    switch method {
    // Without the key the client's default holds, which is no protection at all.
    case "none", nil: .none
    case "ssl-on-alternate-port": .tls
    default: .starttls
    }
  }

  static func method(_ security: TransportSecurity) -> String {
    switch security {
    case .none: "none"
    case .tls: "ssl-on-alternate-port"
    case .starttls: "starttls-on-standard-port"
    }
  }
}

/// `[Authentication] Method`: absent or `none` for a plain password, else a SASL mechanism's name.
enum AuthenticationMethod {
  /// POP's own challenge, which IMAP has not: "IMAP server … does not support +APOP
  /// authentication" (seen).
  static let apop = "+APOP"

  static func auth(_ method: String?) -> AuthMethod {
    switch method?.uppercased() {
    case nil, "NONE", "PLAIN", "LOGIN", "PLAIN/PASSWORD": .passwordCleartext
    case apop, "CRAM-MD5", "DIGEST-MD5": .passwordEncrypted
    case let name? where name.hasPrefix("SCRAM-"): .passwordEncrypted
    case "GSSAPI": .gssapi
    case "NTLM": .ntlm
    case "EXTERNAL": .tlsClientCertificate
    case "ANONYMOUS": .none
    // `Google`, `Outlook`, `Yahoo!`: the client's names for a provider's OAuth2.
    default: .oauth2
    }
  }

  /// What the account is to have under IMAP, or nil to leave what it has.
  /// - Throws: `unsupported` for what cannot be set up by a method's name alone.
  static func change(from method: String?, to auth: AuthMethod) throws(Refusal) -> String? {
    if method != apop, self.auth(method) == auth { return nil }
    switch auth {
    case .passwordCleartext: return "none"
    case .passwordEncrypted: return "CRAM-MD5"
    case .gssapi: return "GSSAPI"
    case .ntlm: return "NTLM"
    case .none: return "ANONYMOUS"
    case .oauth2, .tlsClientCertificate:
      throw Refusal(
        .unsupported,
        "\(auth.rawValue) cannot be set up from outside; choose it in Evolution's account editor")
    }
  }
}
