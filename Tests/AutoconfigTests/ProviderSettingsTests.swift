import ProfileRewriter
import Testing

@testable import Autoconfig

@Suite struct ProviderSettingsTests {
  private let settings = ProviderSettings()

  private func settings(
    _ servers: [ServerOffer], allowWeaker: Bool = false
  ) -> ProviderSettings {
    let provider = ProviderFacts(id: "p.example", domains: ["p.example"], servers: servers)
    return ProviderSettings(
      lookup: ProviderLookup(files: ServerFiles(entries: [.init(file: "f", provider: provider)])),
      allowWeaker: allowWeaker)
  }

  private func refusal(_ settings: ProviderSettings, _ account: Account) -> Refusal? {
    #expect(throws: Refusal.self) { try settings.settings(for: account) }
  }

  @Test func `all settings come from one entry`() throws {
    #expect(
      try settings.settings(for: account("pop.1und1.de", "me@online.de", security: .none))
        == ServerSettings(
          host: "imap.1und1.de", port: 993, security: .tls, auth: .passwordCleartext,
          username: "me@online.de"))
    #expect(settings.isOneServerForAll == false && settings.isOneUsernameForAll == false)
  }

  @Test func `every provider of the table that has IMAP gives settings to its POP accounts`() throws
  {
    var (planned, oauth2Only, hosts) = (0, 0, Set<String>())
    for provider in ProviderTable.embedded.providers {
      guard let offer = provider.servers(.imap).first, let domain = provider.domains.first else {
        continue
      }
      let address = try #require(MailAddress("Some.One@\(domain)"))
      let present = (provider.servers(.pop3).first ?? offer).resolved(domain: domain)
      let user = account(
        present.host, address.expanding(present.username), [address.text],
        security: present.security)
      if offer.takesOnlyOAuth2 {
        oauth2Only += 1
        #expect(refusal(settings, user)?.reason == .oauth2Only)
        continue
      }
      planned += 1
      let target = try settings.settings(for: user)
      hosts.insert(target.host)
      #expect(target.host == offer.resolved(domain: domain).host)
      #expect(target.port == offer.port && target.security == offer.security)
      #expect(offer.auth.contains(target.auth) && target.auth != .oauth2)
      #expect(target.username == address.expanding(offer.username))
      #expect(target.weakness(comparedTo: user.settings) == nil)
    }
    #expect(planned == 117 && oauth2Only == 3 && hosts.count > 100)
  }

  // MARK: Sending

  @Test func `sending comes from the same entry, with all that it lists`() throws {
    let outgoing = try #require(settings.outgoing(for: account("pop.1und1.de", "me@online.de")))
    #expect(outgoing.provider == "1und1.de")
    #expect(
      outgoing.offers == [
        OutgoingOffer(
          host: "smtp.1und1.de", port: 465, security: .tls, auth: [.passwordCleartext],
          username: "me@online.de"),
        OutgoingOffer(
          host: "smtp.1und1.de", port: 587, security: .starttls, auth: [.passwordCleartext],
          username: "me@online.de"),
      ])
    #expect(settings.outgoing(for: account("pop.unknown.example", "me@unknown.example")) == nil)
  }

  /// A name that nobody gives is nil; one that cannot be formed takes its server out.
  @Test func `names for sending are filled in as those for IMAP`() throws {
    func offer(_ kind: ServerKind, _ host: String, _ user: String) -> ServerOffer {
      ServerOffer(
        kind: kind, host: host, port: 465, security: .tls, auth: [.passwordCleartext],
        username: user)
    }
    let source = settings([
      offer(.imap, "imap.p.example", "%EMAILADDRESS%"),
      offer(.pop3, "pop.p.example", "%EMAILADDRESS%"),
      offer(.smtp, "a.%EMAILDOMAIN%", "%EMAILLOCALPART%"), offer(.smtp, "b.p.example", ""),
      offer(.smtp, "c.p.example", "somebody"),
    ])
    let known = source.outgoing(for: account("pop.p.example", "Me@p.example"))
    #expect(known?.offers.map(\.host) == ["a.p.example", "b.p.example"])
    #expect(known?.offers.map(\.username) == ["Me", nil])
    // Without an address neither host nor name can be formed.
    let nameless = source.outgoing(for: account("pop.p.example", "me"))
    #expect(nameless?.offers.map(\.host) == ["b.p.example"])
  }

  @Test func `the grounds tell whether a text replacement would have been wrong`() {
    func isWrong(_ host: String, _ user: String) -> Bool {
      settings.grounds(for: account(host, user)).textReplacementIsWrong
    }
    #expect(isWrong("pop3.web.de", "me"))
    #expect(!isWrong("pop.gmx.net", "me@gmx.de"))
    #expect(!isWrong("pop.unknown.example", "me@unknown.example"))
  }

  // MARK: User names

  @Test func `the user name is the entry's own, and the present one where that is the same`() throws
  {
    func name(_ pattern: String, _ username: String, _ addresses: [String] = []) throws -> String {
      try settings([
        imap("i.p.example", 993, .tls, [.passwordCleartext], pattern), pop("p.p.example"),
      ])
      .settings(for: account("p.p.example", username, addresses)).username
    }
    #expect(try name("%EMAILADDRESS%", "me@p.example") == "me@p.example")
    #expect(try name("%EMAILADDRESS%", "ME@p.example") == "ME@p.example")
    #expect(try name("%EMAILADDRESS%", "me", ["me@p.example"]) == "me@p.example")
    #expect(try name("%EMAILLOCALPART%", "me@p.example") == "me")
    #expect(try name("%EMAILLOCALPART%", "me") == "me")
    #expect(try name("%EMAILLOCALPART%", "Me", ["me@p.example"]) == "Me")
    #expect(try name("%EMAILLOCALPART%.%EMAILDOMAIN%", "me", ["me@p.example"]) == "me.p.example")
    // Of several addresses the provider's own, then the one that the user name is of.
    #expect(try name("%EMAILADDRESS%", "x", ["me@q.example", "me@p.example"]) == "me@p.example")
    #expect(try name("%EMAILADDRESS%", "b", ["a@q.example", "b@q.example"]) == "b@q.example")
    #expect(try name("%EMAILADDRESS%", "z", ["a@q.example", "b@q.example"]) == "a@q.example")
    #expect(try name("fixed", "Fixed") == "Fixed")
  }

  @Test func `without an address there is no user name that needs one`() {
    func refused(_ pattern: String, _ username: String) {
      let settings = settings([
        imap("i.p.example", 993, .tls, [.passwordCleartext], pattern), pop("p.p.example"),
      ])
      #expect(refusal(settings, account("p.p.example", username))?.reason == .noIMAPSettings)
    }
    refused("%EMAILADDRESS%", "me")
    refused("%EMAILLOCALPART%.%EMAILDOMAIN%", "me")
    // One user's name is nobody else's.
    refused("fixed", "me")
  }

  @Test func `without an address there is no host that needs one`() {
    let settings = settings([
      imap("i.%EMAILDOMAIN%", 993, .tls, [.passwordCleartext], "%EMAILLOCALPART%"),
      pop("p.p.example"),
    ])
    #expect(refusal(settings, account("p.p.example", "me"))?.reason == .noIMAPSettings)
    #expect(
      (try? settings.settings(for: account("p.p.example", "me@Q.example")))?.host == "i.q.example")
  }

  // MARK: Security and authentication

  @Test func `nothing weaker than the present is chosen`() throws {
    let plain = imap("i.p.example", 143, .none)
    let secure = imap("i.p.example", 993, .tls)
    let both = settings([plain, secure])
    #expect(
      try both.settings(for: account("p.p.example", "me@p.example", security: .none)).security
        == .tls)
    let onlyPlain = settings([plain])
    #expect(
      refusal(onlyPlain, account("x", "me@p.example", security: .starttls))?.reason
        == .wouldWeakenSecurity)
    #expect(
      refusal(onlyPlain, account("x", "me@p.example", security: .none, auth: .passwordEncrypted))?
        .reason == .wouldWeakenSecurity)
    #expect(
      try onlyPlain.settings(for: account("x", "me@p.example", security: .none)).port == 143)
    #expect(
      try settings([plain], allowWeaker: true).settings(for: account("x", "me@p.example")).port
        == 143)
  }

  @Test func `of equal offers the first, and never one on another host`() throws {
    let offers = [
      imap("i.p.example", 143, .starttls), imap("i.p.example", 993, .tls),
    ]
    #expect(try settings(offers).settings(for: account("x", "me@p.example")).port == 143)
    let export = [imap("i.p.example", 143, .none), imap("export.p.example", 993, .tls)]
    #expect(
      refusal(settings(export), account("x", "me@p.example"))?.reason == .wouldWeakenSecurity)
    #expect(
      try self.settings.settings(for: account("pop.mail.yahoo.com", "me@yahoo.com")).host
        == "imap.mail.yahoo.com")
  }

  @Test func `the account proves itself as it does now, where that is offered`() throws {
    func auth(_ offered: [AuthMethod], _ present: AuthMethod) throws -> AuthMethod {
      try settings([imap("i.p.example", 993, .tls, offered)])
        .settings(for: account("x", "me@p.example", auth: present)).auth
    }
    #expect(try auth([.oauth2, .passwordCleartext], .passwordCleartext) == .passwordCleartext)
    #expect(try auth([.passwordCleartext, .oauth2], .oauth2) == .oauth2)
    #expect(try auth([.oauth2], .oauth2) == .oauth2)
    #expect(try auth([.passwordCleartext], .oauth2) == .passwordCleartext)
    #expect(
      try auth([.passwordEncrypted, .passwordCleartext], .passwordCleartext) == .passwordCleartext)
    #expect(try auth([.passwordEncrypted], .passwordCleartext) == .passwordEncrypted)
    #expect(try auth([.gssapi, .passwordCleartext], .gssapi) == .gssapi)
  }

  @Test func `where only OAuth2 or no password is taken, a password is not tried`() {
    let oauth2 = settings([imap("i.p.example", 993, .tls, [.oauth2])])
    #expect(refusal(oauth2, account("x", "me@p.example"))?.reason == .oauth2Only)
    let ticket = settings([imap("i.p.example", 993, .tls, [.gssapi])])
    let refused = refusal(ticket, account("x", "me@p.example"))
    #expect(refused?.reason == .noIMAPSettings)
    #expect(refused?.text.contains("only with GSSAPI") == true)
  }

  @Test func `a refusal says what was looked at`() {
    let refused = refusal(settings, account("pop.nifty.com", "me@nifty.com"))
    #expect(refused?.reason == .noIMAPSettings)
    #expect(refused?.text.contains("POP3 only for the mail domain nifty.com") == true)
    #expect(refused?.text.contains("--servers") == true)
  }
}
