import ProfileRewriter
import Testing

@testable import Autoconfig

/// Accounts that stand for all users of a domain: those of an autoconfig file.
@Suite struct AllUsersSettingsTests {
  private func account(
    _ host: String, domains: [String], own: ServerSettings? = nil,
    auth: AuthMethod = .passwordCleartext
  ) -> Account {
    Account(
      key: "a", kind: .pop3,
      settings: ServerSettings(
        host: host, port: 995, security: .tls, auth: auth, username: "%EMAILLOCALPART%"),
      state: .ready, addresses: domains.map { "%EMAILLOCALPART%@\($0)" }, ownIMAP: own,
      isForAllUsers: true)
  }

  @Test func theProvidersPatternStaysOne() throws {
    let settings = try ProviderSettings().settings(
      for: account("pop.gmx.net", domains: ["gmx.net", "gmx.de"]))
    #expect(settings.host == "imap.gmx.net")
    #expect(settings.username == "%EMAILADDRESS%")
  }

  /// A host that is each user's own domain is named for all of them.
  @Test func thePlaceholderInAHostStays() throws {
    let provider = ProviderFacts(
      id: "p.example", domains: ["p.example", "q.example"],
      servers: [
        ServerOffer(
          kind: .imap, host: "mail.%EMAILDOMAIN%", port: 993, security: .tls,
          auth: [.passwordCleartext], username: "%EMAILADDRESS%")
      ])
    let lookup = ProviderLookup(files: ServerFiles(entries: [.init(file: "f", provider: provider)]))
    let settings = try ProviderSettings(lookup: lookup).settings(
      for: account("pop.p.example", domains: ["q.example", "p.example"]))
    #expect(settings.host == "mail.%EMAILDOMAIN%" && settings.username == "%EMAILADDRESS%")
  }

  /// Before all that is known elsewhere, even by files of the user's choosing.
  @Test func theFilesOwnServerGoesFirst() throws {
    let own = ServerSettings(
      host: "imap.own.example", port: 143, security: .starttls, auth: .passwordCleartext,
      username: "%EMAILADDRESS%")
    let all = account("pop.gmx.net", domains: ["gmx.net"], own: own)
    #expect(try ProviderSettings().settings(for: all) == own)
    #expect(
      ProviderSettings().grounds(for: all).evidence == [
        "the file itself lists IMAP at imap.own.example"
      ])
    #expect(ProviderSettings().grounds(for: all).warnings == [])
    var signIn = own
    signIn.auth = .oauth2
    let refusal = #expect(throws: Refusal.self) {
      try ProviderSettings().settings(
        for: account("pop.gmx.net", domains: ["gmx.net"], own: signIn))
    }
    #expect(refusal?.reason == .oauth2Only)
    let already = account("pop.gmx.net", domains: ["gmx.net"], own: signIn, auth: .oauth2)
    #expect(try ProviderSettings().settings(for: already) == signIn)
  }

  @Test func aNamedServer() throws {
    let own = ServerSettings(
      host: "imap.own.example", port: 143, security: .starttls, auth: .passwordEncrypted,
      username: "%EMAILADDRESS%")
    let all = account("pop.own.example", domains: ["own.example"], own: own)
    // Another server: as POP has it. The file's own: as that says, but for port and security.
    let other = try TargetRequest(host: "imap.example.com").settings(for: all)
    #expect(other.username == "%EMAILLOCALPART%" && other.auth == .passwordCleartext)
    let same = try TargetRequest(host: "IMAP.own.example").settings(for: all)
    #expect(same.username == "%EMAILADDRESS%" && same.auth == .passwordEncrypted)
    #expect(same.port == 993 && same.security == .tls)
    let pattern = TargetRequest(host: "imap.example.com", username: "%EMAILADDRESS%")
    #expect(try pattern.settings(for: all).username == "%EMAILADDRESS%")
    let literal = TargetRequest(host: "imap.example.com", username: "fred")
    let refusal = #expect(throws: Refusal.self) { try literal.settings(for: all) }
    #expect(refusal?.reason == .noIMAPSettings)
  }
}
