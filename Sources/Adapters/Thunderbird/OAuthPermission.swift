import ProfileRewriter

/// Whether an account that signs in with OAuth2 can do so for IMAP without asking.
///
/// The client keeps the permission as a login of `oauth://<issuer>` whose realm is the granted
/// scopes, and takes any whose scopes contain all that the protocol requires (seen with Thunderbird
/// 153, docs/clients/thunderbird-findings-config.md, section 7). Its user name is encrypted, so
/// that it cannot be told whose it is.
struct OAuthPermission {
  private struct Issuer {
    var name: String
    /// The ends of the host names it serves.
    var hosts: [String]
    /// What IMAP requires.
    var scopes: [String]
  }

  private static let microsoft = "https://outlook.office.com/IMAP.AccessAsUser.All"
  private static let issuers = [
    Issuer(
      name: "accounts.google.com", hosts: ["gmail.com", "googlemail.com"],
      scopes: ["https://mail.google.com/"]),
    Issuer(
      name: "login.microsoftonline.com", hosts: ["office365.com", "outlook.com", "hotmail.com"],
      scopes: [microsoft, "offline_access"]),
    Issuer(
      name: "login.yahoo.com", hosts: ["yahoo.com", "att.net"],
      scopes: ["mail-w", "ycal-w", "sdct-w"]),
    Issuer(name: "login.aol.com", hosts: ["aol.com"], scopes: ["mail-w", "ycal-w", "sdct-w"]),
    Issuer(
      name: "comcast.net", hosts: ["comcast.net"],
      scopes: ["https://email.comcast.net/", "profile", "openid"]),
    Issuer(
      name: "www.fastmail.com", hosts: ["fastmail.com"],
      scopes: ["https://www.fastmail.com/dev/protocol-imap"]),
    Issuer(name: "o2.mail.ru", hosts: ["mail.ru"], scopes: ["mail.imap"]),
    Issuer(name: "oauth.yandex.com", hosts: ["yandex.com"], scopes: ["mail:imap_full"]),
    Issuer(
      name: "auth.tb.pro", hosts: ["thundermail.com"],
      scopes: ["openid", "profile", "email", "offline_access"]),
  ]

  let warning: Warning

  init(host: String, logins: [SavedLogin]) {
    let issuer = Self.issuers.first { issuer in
      issuer.hosts.contains { host == $0 || host.hasSuffix(".\($0)") }
    }
    guard let issuer else {
      warning = Warning(
        .oauth2,
        "the account signs in with OAuth2, for which Thunderbird knows no issuer for "
          + "\(host); without settings of its own it cannot sign in there")
      return
    }
    let isGranted = logins.contains { login in
      let scopes = Set(login.realm.split(separator: " ").map(String.init))
      return login.origin == "oauth://\(issuer.name)" && scopes.isSuperset(of: issuer.scopes)
    }
    warning = Warning(
      .oauth2,
      isGranted
        ? "the account signs in with OAuth2; a permission of \(issuer.name) that holds for IMAP is "
          + "saved"
        : "the account signs in with OAuth2; no permission of \(issuer.name) for IMAP is saved, so "
          + "Thunderbird asks for it once in a browser window")
  }
}
