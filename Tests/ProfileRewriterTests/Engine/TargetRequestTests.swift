import Testing

@testable import ProfileRewriter

/// Where an account goes when the user names the server: what is said goes first, the rest is derived.
@Suite struct TargetRequestTests {
  private func account(
    user: String = "alice@example.net", addresses: [String] = [], own: ServerSettings? = nil,
    isForAllUsers: Bool = false
  ) -> Account {
    Account(
      key: "account1", kind: .pop3,
      settings: ServerSettings(
        host: "pop.example.net", port: 995, security: .tls, auth: .passwordCleartext,
        username: user),
      state: .ready, addresses: addresses, ownIMAP: own, isForAllUsers: isForAllUsers)
  }

  @Test func placeholdersAreTheAccountsOwnAddress() throws {
    func username(_ pattern: String, _ account: Account) throws -> String {
      let request = TargetRequest(host: "imap.example.net", username: pattern)
      #expect(!request.isOneUsernameForAll)
      return try request.settings(for: account).username
    }
    #expect(try username("%EMAILADDRESS%", account()) == "alice@example.net")
    #expect(
      try username("%EMAILDOMAIN%+%EMAILLOCALPART%", account()) == "example.net+alice")
    // A user name that is no address: the identity's is taken.
    let other = account(user: "alice", addresses: ["nobody", "a@b@example.org"])
    #expect(try username("%EMAILLOCALPART%/%EMAILDOMAIN%", other) == "a@b/example.org")
    #expect(
      reason { _ = try username("%EMAILADDRESS%", account(user: "alice")) } == .noIMAPSettings)
  }

  @Test func aNameForOnePersonIsNoneForADomain() throws {
    let everybody = account(user: "%EMAILADDRESS%", isForAllUsers: true)
    let literal = TargetRequest(host: "imap.example.net", username: "alice")
    #expect(literal.isOneUsernameForAll)
    #expect(reason { _ = try literal.settings(for: everybody) } == .noIMAPSettings)
    #expect(try literal.settings(for: account()).username == "alice")
    let pattern = TargetRequest(host: "imap.example.net", username: "%EMAILLOCALPART%")
    #expect(try pattern.settings(for: everybody).username == "%EMAILLOCALPART%")
  }

  @Test func whatIsNotSaidIsDerived() throws {
    let derived = try TargetRequest(host: "imap.example.net").settings(for: account())
    #expect(derived.port == 993 && derived.security == .tls)
    #expect(derived.username == "alice@example.net" && derived.auth == .passwordCleartext)
    let plain = TargetRequest(host: "imap.example.net", security: .starttls)
    #expect(try plain.settings(for: account()).port == 143)
    #expect(reason { _ = try TargetRequest().settings(for: account()) } == .noIMAPSettings)
    // What the account's own file says of that very server.
    let own = ServerSettings(
      host: "imap.example.net", port: 993, security: .tls, auth: .oauth2, username: "own")
    let named = try TargetRequest(host: "IMAP.example.net").settings(for: account(own: own))
    #expect(named.username == "own" && named.auth == .oauth2)
    let elsewhere = try TargetRequest(host: "x.example.net").settings(for: account(own: own))
    #expect(elsewhere.username == "alice@example.net")
  }
}
