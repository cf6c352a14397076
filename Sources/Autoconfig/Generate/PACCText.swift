import ProfileRewriter

/// The document of draft-ietf-mailmaint-pacc, and the digest that a TXT record vouches for it with.
///
/// It has no place for ports, STARTTLS or user names: implicit TLS on the usual ports, the address
/// as user name.
enum PACCText {
  static func text(_ settings: DomainSettings) -> Result<String, CannotSay> {
    var hosts: [(String, String)] = []
    for server in ServerKind.allCases.compactMap(settings.preferred) {
      let name = server.kind.rawValue.uppercased()
      guard server.security == .tls, server.port == server.kind.usualPort(.tls) else {
        return .failure(
          CannotSay("it knows only implicit TLS on the usual port, and \(name) is not"))
      }
      guard server.username == Placeholder.address else {
        return .failure(CannotSay("it knows only the whole address as user name"))
      }
      hosts.append((server.kind.rawValue, server.host))
    }
    let methods = Set(settings.servers.flatMap(\.auth))
    let takesPasswords = !methods.isDisjoint(with: [.passwordCleartext, .passwordEncrypted])
    let issuer = methods.contains(.oauth2) ? settings.oauth2Issuer : nil
    guard takesPasswords || issuer != nil else {
      return .failure(CannotSay("it knows only passwords, and OAuth2 where oauth2-issuer is said"))
    }
    var json = JSONText()
    json.object(nil) { json in
      json.object("protocols") { json in
        for (name, host) in hosts { json.object(name) { $0.string("host", host) } }
      }
      json.object("authentication") { json in
        if let issuer { json.object("oauth-public") { $0.string("issuer", issuer) } }
        json.flag("password", takesPasswords)
      }
      json.object("info") { json in
        json.object("provider") { json in
          json.string("name", settings.displayName)
          json.string("shortName", settings.shortName)
        }
        if let page = settings.documentation {
          json.object("help") { $0.string("documentation", page) }
        }
      }
    }
    return .success(json.text + "\n")
  }

  /// What the TXT record of `_ua-auto-config` holds for a document of exactly these bytes.
  static func record(for document: String) -> String {
    "v=UAAC1; a=sha256; d=" + Digest.base64(SHA256.hash(Array(document.utf8)))
  }
}

/// JSON (RFC 8259) written line by line, members in the order they are added.
struct JSONText {
  private(set) var text = ""
  private var depth = 0
  private var isFirst = true

  mutating func object(_ name: String?, _ body: (inout JSONText) -> Void) {
    if let name { begin(name) }
    text += "{"
    depth += 1
    isFirst = true
    body(&self)
    depth -= 1
    text += isFirst ? "}" : "\n" + String(repeating: "  ", count: depth) + "}"
    isFirst = false
  }

  mutating func string(_ name: String, _ value: String) {
    begin(name)
    text += Self.quoted(value)
  }

  mutating func flag(_ name: String, _ value: Bool) {
    begin(name)
    text += value ? "true" : "false"
  }

  private mutating func begin(_ name: String) {
    text += (isFirst ? "\n" : ",\n") + String(repeating: "  ", count: depth)
    text += Self.quoted(name) + ": "
    isFirst = false
  }

  private static func quoted(_ value: String) -> String {
    var result = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": result += #"\""#
      case "\\": result += #"\\"#
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
