import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// How an account authenticates after the switch, and what is refused.
@Suite struct EvolutionRefusalTests {
  private func lab(_ method: String, security: String = "ssl-on-alternate-port") -> EvolutionLab {
    EvolutionLab {
      $0.set("Method", method, in: "Authentication")
      $0.set("Method", security, in: "Security")
    }
  }

  /// What IMAP has too stays as it is spelled.
  @Test(arguments: [
    "none", "", "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "GSSAPI", "NTLM",
    "EXTERNAL", "ANONYMOUS", "XOAUTH2", "Google",
  ]) func methodsThatStay(_ method: String) throws {
    let switched = try lab(method).switched()
    #expect(try switched.value("a", "Authentication/Method") == method)
  }

  @Test(arguments: [
    ("+APOP", AuthMethod.passwordCleartext, "none"), ("+APOP", .passwordEncrypted, "CRAM-MD5"),
    ("CRAM-MD5", .passwordCleartext, "none"), ("none", .passwordEncrypted, "CRAM-MD5"),
    ("none", .gssapi, "GSSAPI"), ("none", .ntlm, "NTLM"), ("PLAIN", .none, "ANONYMOUS"),
  ]) func methodsThatChange(_ old: String, _ auth: AuthMethod, _ new: String) throws {
    let switched = try lab(old).switched(to: Lab.imap(auth: auth))
    #expect(try switched.value("a", "Authentication/Method") == new)
  }

  @Test(arguments: [AuthMethod.oauth2, .tlsClientCertificate])
  func whatCannotBeSetUpFromOutside(_ auth: AuthMethod) throws {
    #expect(try lab("none").refusal(to: Lab.imap(auth: auth)) == .unsupported)
  }

  @Test func oauth2Stays() throws {
    let lab = lab("Google")
    #expect(try lab.warnings().contains(.oauth2))
    #expect(try lab.refusal(to: Lab.imap(auth: .passwordCleartext)) == nil)
  }

  /// APOP is kept by nothing but IMAP's own challenge, where the connection protects nothing.
  @Test func apopWithoutTLS() throws {
    var lab = lab("+APOP", security: "none")
    #expect(try lab.refusal(to: Lab.imap(security: .none)) == .wouldWeakenSecurity)
    #expect(try lab.refusal(to: Lab.imap(security: .none, auth: .passwordEncrypted)) == nil)
    #expect(try lab.refusal(to: Lab.imap(security: .tls)) == nil)
    lab.options.allowWeaker = true
    #expect(try lab.warnings(to: Lab.imap(security: .none)).contains(.weakerAllowed))
    let switched = try lab.switched(to: Lab.imap(security: .none))
    #expect(try switched.value("a", "Authentication/Method") == "none")
  }

  @Test(arguments: ["CRAM-MD5", "GSSAPI", "NTLM"])
  func aTicketOrChallengeIsNotGivenUpWithoutTLS(_ method: String) throws {
    let lab = lab(method, security: "none")
    let target = Lab.imap(security: .none, auth: .passwordCleartext)
    #expect(try lab.refusal(to: target) == .wouldWeakenSecurity)
  }

  @Test(arguments: ["ssl-on-alternate-port", "starttls-on-standard-port", "tls"])
  func lessTransportSecurity(_ method: String) throws {
    var lab = lab("none", security: method)
    #expect(try lab.refusal(to: Lab.imap(security: .none)) == .wouldWeakenSecurity)
    #expect(try lab.plan(to: Lab.imap(security: .none)).files.isEmpty)
    lab.options.allowWeaker = true
    #expect(try lab.warnings(to: Lab.imap(security: .none)).contains(.weakerAllowed))
  }

  @Test(arguments: ["", "imap lab", "imap.lab.test:993", "imäp.test", "a..b", "h\nUser=x"])
  func whatIsNoHost(_ host: String) throws {
    #expect(try EvolutionLab().refusal(to: Lab.imap(host: host)) == .noIMAPSettings)
  }

  @Test(arguments: ["", "a\nb", "a\u{0}b"]) func whatIsNoUser(_ user: String) throws {
    #expect(try EvolutionLab().refusal(to: Lab.imap(user)) == .noIMAPSettings)
  }

  @Test(arguments: [0, -1, 65536]) func whatIsNoPort(_ port: Int) throws {
    var target = Lab.imap()
    target.port = port
    #expect(try EvolutionLab().refusal(to: target) == .noIMAPSettings)
  }

  /// Nothing in the profile can be told where it is none of the places that Evolution has.
  @Test(arguments: [nil, ".config/other", ".config/evolution/sources"])
  func anotherPlace(_ profile: String?) throws {
    let lab = EvolutionLab()
    let context = ProfileContext(
      directory: lab.home, profile: profile.flatMap { RelativePath($0) },
      installation: MemoryView(at: "/"))
    #expect(throws: Refusal.self) { try lab.adapter.accounts(in: context) }
  }
}
