import ConfigFormats
import ProfileRewriter
import Testing

/// Certificates and permissions that were given for POP.
@Suite("Thunderbird: certificate exceptions and OAuth2")
struct ThunderbirdTrustTests {
  /// Lines as Thunderbird 153 and older versions write them, for a POP server on port 995.
  @Test(arguments: [
    ("# c\npop.lab.test:995:\tOID.2.16\tAA:BB\t\n", true),
    ("pop.lab.test:995\tOID\tAA\tU\t", true), ("#pop.lab.test:995:\tOID\n", false),
    ("pop.lab.test:9950:\tOID\n", false), ("pop.lab.test:110:\tOID\n", false),
    ("POP.lab.test:995:\tOID\n", false), ("xpop.lab.test:995:\tOID\n", false),
    ("pop.lab.test:995:\tO\nimap.lab.test:993:\tO\n", false),
    ("pop.lab.test:995:\tO\r\nimap.lab.test:143:\tO\r\n", true), ("", false),
  ])
  func exceptions(text: String, warned: Bool) throws {
    for port in [995, -1, nil] as [Int32?] {
      var lab = Lab {
        $0.addPOP()
        $0.prefs["mail.server.server2.port"] = port.map(PrefValue.int)
      }
      lab.profile["cert_override.txt"] = text
      #expect(try lab.warnings().contains(.certificateException) == warned)
      #expect(try lab.plan().file("cert_override.txt") == nil)
    }
  }

  @Test func exceptionsMatterOnlyWithTLS() throws {
    var lab = Lab { $0.addPOP() }
    lab.options.allowWeaker = true
    lab.profile["cert_override.txt"] = "pop.lab.test:995:\tOID\n"
    #expect(try !lab.warnings(to: Lab.imap(security: .none)).contains(.certificateException))
    #expect(try lab.warnings(to: Lab.imap(security: .starttls)).contains(.certificateException))
  }

  // MARK: OAuth2

  private func lab(_ host: String, tokens: [(String, String)], method: Int32 = 10) -> Lab {
    var lab = Lab { $0.addPOP(host: host, login: false, more: ["authMethod": .int(method)]) }
    let entries = tokens.enumerated().map { index, token in
      ProfileBuilder.login(id: index + 1, origin: token.0, secret: "t")
        .replacing("\"httpRealm\":\"\(token.0)\"", with: "\"httpRealm\":\"\(token.1)\"")
    }
    lab.profile["logins.json"] =
      "{\"nextId\":9,\"logins\":[\(entries.joined(separator: ","))],\"version\":3}"
    return lab
  }

  private static let office = "https://outlook.office.com/"

  @Test(arguments: [
    ("pop.gmail.com", "imap.gmail.com", "accounts.google.com", "https://mail.google.com/", true),
    (
      "pop.gmail.com", "imap.gmail.com", "accounts.google.com",
      "https://www.googleapis.com/auth/carddav https://mail.google.com/", true
    ),
    ("pop.gmail.com", "imap.gmail.com", "login.yahoo.com", "https://mail.google.com/", false),
    (
      "outlook.office365.com", "outlook.office365.com", "login.microsoftonline.com",
      "\(office)POP.AccessAsUser.All \(office)IMAP.AccessAsUser.All offline_access", true
    ),
    (
      "outlook.office365.com", "outlook.office365.com", "login.microsoftonline.com",
      "\(office)POP.AccessAsUser.All offline_access", false
    ),
    ("pop.mail.yahoo.com", "imap.mail.yahoo.com", "login.yahoo.com", "mail-w", false),
    ("pop.aol.com", "imap.aol.com", "login.aol.com", "mail-w ycal-w sdct-w", true),
    (
      "pop.fastmail.com", "imap.fastmail.com", "www.fastmail.com",
      "https://www.fastmail.com/dev/protocol-pop", false
    ),
  ])
  func permissions(
    pop: String, imap: String, issuer: String, scopes: String, holds: Bool
  ) throws {
    let lab = lab(pop, tokens: [("oauth://\(issuer)", scopes)])
    let target = Lab.imap(host: imap, auth: .oauth2)
    #expect(try lab.warnings(to: target).contains(.oauth2) == !holds)
    #expect(try lab.switched(to: target).server(2, "authMethod") == "10")
    #expect(try lab.plan(to: target).file("logins.json") == nil)
    // The permission is stored under the user's name.
    let other = Lab.imap("alice", host: imap, auth: .oauth2)
    #expect(try lab.warnings(to: other).contains(.oauth2))
  }

  @Test func hostsWithoutAProvider() throws {
    let target = Lab.imap(host: "imap.lab.test", auth: .oauth2)
    // An extension may know it: the account works with POP.
    #expect(try lab("pop.lab.test", tokens: []).warnings(to: target).contains(.oauth2))
    #expect(try lab("pop.gmail.com", tokens: []).refusal(to: target) == .unsupported)
    #expect(try lab("pop.lab.test", tokens: [], method: 3).refusal(to: target) == .unsupported)
    #expect(
      try lab("pop.gmail.com", tokens: []).refusal(to: Lab.imap(host: "com", auth: .oauth2))
        == .unsupported)
  }

  @Test func passwordInPlaceOfOAuth2IsSaid() throws {
    let lab = lab("pop.gmail.com", tokens: [])
    let warnings = try lab.plan(to: Lab.imap(host: "imap.gmail.com")).outcomes[0].warnings
    let text = warnings.first { $0.code == .oauth2 }?.text
    #expect(text?.contains("password-cleartext instead") == true)
  }
}
