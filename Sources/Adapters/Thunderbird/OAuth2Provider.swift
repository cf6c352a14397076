import ProfileRewriter

/// Where Thunderbird gets its permission to read IMAP mail with OAuth2: `kHostnames` in the
/// OAuth2Providers.sys.mjs of version 153, with which the look-up was tried.
struct OAuth2Provider: Hashable {
  var issuer: String
  /// What the permission must contain.
  var scopes: Set<String>

  /// The provider for a host, or for the nearest of its parent domains.
  init?(host: String) {
    var labels = host.lowercased().split(separator: ".")[...]
    while labels.count > 1 {
      if let found = Self.known[labels.joined(separator: ".")] {
        issuer = found.issuer
        scopes = Set(found.scopes.split(separator: " ").map(String.init))
        return
      }
      labels = labels.dropFirst()
    }
    return nil
  }

  /// Whether `login` holds such a permission. The user name in it cannot be read.
  func isGranted(by login: SavedLogin) -> Bool {
    login.origin == "oauth://\(issuer)"
      && scopes.isSubset(of: login.realm.split(separator: " ").map(String.init))
  }

  private typealias Entry = (issuer: String, scopes: String)

  private static let google: Entry = ("accounts.google.com", "https://mail.google.com/")
  private static let microsoft: Entry = (
    "login.microsoftonline.com",
    "https://outlook.office.com/IMAP.AccessAsUser.All offline_access"
  )
  private static let yahoo: Entry = ("login.yahoo.com", "mail-w ycal-w sdct-w")
  private static let fastmail: Entry = (
    "www.fastmail.com", "https://www.fastmail.com/dev/protocol-imap"
  )
  private static let comcast: Entry = ("comcast.net", "https://email.comcast.net/ profile openid")

  private static let known: [String: Entry] = [
    "gmail.com": google, "googlemail.com": google,
    "office365.com": microsoft, "outlook.com": microsoft, "hotmail.com": microsoft,
    "yahoo.com": yahoo, "att.net": yahoo, "aol.com": ("login.aol.com", yahoo.scopes),
    "imap.fastmail.com": fastmail, "pop.fastmail.com": fastmail,
    "imap.comcast.net": comcast, "pop.comcast.net": comcast,
    "imap.mail.ru": ("o2.mail.ru", "mail.imap"),
    "imap.yandex.com": ("oauth.yandex.com", "mail:imap_full"),
    "thundermail.com": ("auth.tb.pro", "openid profile email offline_access"),
  ]
}

extension SwitchJob {
  /// - Throws: `unsupported` for OAuth2 with a host for which the client has no provider. Where the
  ///   POP account gets along with that, an extension must know one.
  func oauth2Warnings(_ logins: SavedLogins) throws(Refusal) -> [Warning] {
    guard target.auth == .oauth2 else {
      guard old.auth == .oauth2 else { return [] }
      return [
        Warning(
          .oauth2,
          "the account signs in with OAuth2 now and is to use \(target.auth.rawValue) instead; a "
            + "password is not saved, and many providers take none")
      ]
    }
    guard let provider = OAuth2Provider(host: target.host) else {
      guard old.auth == .oauth2, OAuth2Provider(host: old.host) == nil else {
        throw Refusal(
          .unsupported, "Thunderbird cannot use OAuth2 with \(target.host): it knows no provider")
      }
      return [
        Warning(
          .oauth2,
          "Thunderbird itself knows no OAuth2 provider for \(target.host); the extension that does "
            + "must know it for IMAP as well")
      ]
    }
    if target.username == old.username, logins.hasGrant(of: provider) { return [] }
    return [
      Warning(
        .oauth2,
        "no permission to read IMAP mail is saved from \(provider.issuer); Thunderbird asks for it "
          + "once in a browser window")
    ]
  }
}
