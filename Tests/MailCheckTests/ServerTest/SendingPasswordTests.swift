import MailCheck
import ProfileRewriter
import Testing

/// For which outgoing servers of a client an account's password is.
@Suite struct SendingPasswordTests {
  private static let account = ServerSettings(
    host: "pop.example.net", port: 995, security: .tls, auth: .passwordCleartext,
    username: "alice")

  private func takes(_ host: String, _ user: String, _ auth: AuthMethod = .passwordCleartext)
    -> Bool
  {
    let server = ServerSettings(host: host, port: 465, security: .tls, auth: auth, username: user)
    return TestService(sendingBy: server, of: Self.account, addresses: ["alice@example.net"])
      .takesAccountPassword
  }

  @Test(arguments: ["alice", "Alice", "alice@example.net", ""])
  func `the same user at the same provider`(_ user: String) {
    #expect(takes("smtp.example.net", user) && takes("SMTP.Mail.Example.net", user))
  }

  @Test func `nobody else's`() {
    #expect(!takes("smtp.example.org", "alice"), "another provider")
    #expect(!takes("example.net.evil.example", "alice"))
    #expect(!takes("smtp.example.net", "bob") && !takes("smtp.example.net", "ali"))
    #expect(!takes("smtp.example.net", "alice@example.org"))
  }

  @Test func `who is not named is the account's own, where somebody signs in`() {
    func user(_ auth: AuthMethod) -> String {
      let server = ServerSettings(
        host: "smtp.example.net", port: 25, security: .none, auth: auth, username: "")
      return TestService(sendingBy: server, of: Self.account, addresses: []).settings.username
    }
    #expect(user(.passwordCleartext) == "alice" && user(.none) == "")
  }
}
