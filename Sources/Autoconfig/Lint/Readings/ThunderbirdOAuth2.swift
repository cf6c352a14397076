/// The hosts for which Thunderbird has OAuth2 built in; for any other it passes the method over,
/// whatever the file says. Source: OAuth2Providers.sys.mjs of Thunderbird 153.
enum ThunderbirdOAuth2 {
  private enum Scopes {
    /// Of IMAP, POP3 and SMTP.
    case mail
    /// Of these, and of Exchange.
    case microsoft
    /// Of whatever is asked for, but for Exchange.
    case any
  }

  private static let hosts: [String: Scopes] = [
    "googlemail.com": .mail, "gmail.com": .mail, "imap.mail.ru": .any, "smtp.mail.ru": .any,
    "imap.yandex.com": .any, "smtp.yandex.com": .any, "yahoo.com": .any, "att.net": .any,
    "aol.com": .any, "office365.com": .microsoft, "graph.microsoft.com": .microsoft,
    "outlook.com": .microsoft, "hotmail.com": .microsoft, "imap.fastmail.com": .mail,
    "pop.fastmail.com": .mail, "smtp.fastmail.com": .mail, "imap.comcast.net": .any,
    "pop.comcast.net": .any, "smtp.comcast.net": .any, "thundermail.com": .any,
    "stage-thundermail.com": .any,
  ]

  /// - Parameter host: in lower case; a subdomain of one that is known counts.
  static func knows(_ host: String, type: String) -> Bool {
    var host = host[...]
    while host.contains(".") {
      if let scopes = hosts[String(host)] { return allows(scopes, type) }
      guard let dot = host.firstIndex(of: ".") else { break }
      host = host[host.index(after: dot)...]
    }
    return false
  }

  private static func allows(_ scopes: Scopes, _ type: String) -> Bool {
    let isMail = ["imap", "pop3", "smtp"].contains(type)
    return switch scopes {
    case .mail: isMail
    case .microsoft: isMail || type == "ews" || type == "exchange"
    case .any: type != "exchange"
    }
  }
}
