import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// Transports beside what the provider says of sending.
@Suite("Evolution: sending")
struct EvolutionOutgoingTests {
  /// As Evolution 3.46.4 writes it.
  private static let transport = """
    [Data Source]
    DisplayName=alice@lab.test
    Enabled=true
    Parent=a

    [Authentication]
    Host=mail.lab.test
    Method=PLAIN
    Port=587
    ProxyUid=system-proxy
    RememberPassword=true
    User=alice@lab.test
    CredentialName=
    IsExternal=false

    [Security]
    Method=starttls-on-standard-port

    [Mail Transport]
    BackendName=smtp

    [Smtp Backend]
    ReencodeData=false

    """

  private func lab(_ change: (inout String) -> Void = { _ in }) -> EvolutionLab {
    var lab = EvolutionLab()
    var text = Self.transport
    change(&text)
    lab["t"] = text
    return lab
  }

  @Test func `what an account sends by`() throws {
    let account = try #require(try lab().accounts().first { $0.key == "a" })
    #expect(
      account.outgoing == [
        ServerSettings(
          host: "mail.lab.test", port: 587, security: .starttls, auth: .passwordCleartext,
          username: "alice@lab.test")
      ])
    #expect(
      try lab { $0 = $0.replacing("Host=mail.lab.test\n", with: "") }.accounts()[0].outgoing == [])
  }

  private func plan(
    _ lab: EvolutionLab, _ offers: [String: OutgoingServers?], fix: Bool = false
  ) throws -> ProfilePlan {
    let switches = try lab.accounts().filter { offers.keys.contains($0.key) }.map {
      AccountSwitch(
        account: $0, target: Lab.imap($0.settings.username), outgoing: offers[$0.key] ?? nil)
    }
    var options = SwitchOptions()
    options.fixSMTP = fix
    var choices = Lab.choices()
    return try lab.adapter.plan(switches, in: lab.context, options: options, choices: &choices)
  }

  private func said(_ plan: ProfilePlan, _ account: String = "a") -> [WarningCode: String] {
    let warnings = plan.outcomes.first { $0.account == account }?.warnings ?? []
    return Dictionary(
      warnings.filter { $0.code != .mailShownTwice }.map { ($0.code, $0.text) }
    ) { first, _ in first }
  }

  private func applying(_ plan: ProfilePlan, to lab: EvolutionLab) throws -> EvolutionLab {
    var lab = lab
    lab.home = try lab.home.applying(plan, of: lab.adapter)
    return lab
  }

  @Test func whatDiffersIsNamedAndStays() throws {
    let plan = try plan(lab(), ["a": .lab()])
    #expect(Array(said(plan).keys) == [.smtpDiffers])
    #expect(said(plan)[.smtpDiffers]?.contains("mail.lab.test:587 (STARTTLS") == true)
    #expect(said(plan)[.smtpDiffers]?.hasSuffix("(host, port, security)") == true)
    #expect(!plan.files.contains { $0.path.text.hasSuffix("/t.source") })
  }

  @Test func oneOfTheProvidersIsRight() throws {
    let offer = OutgoingOffer.lab("mail.lab.test", port: 587, security: .starttls)
    let plan = try plan(lab(), ["a": .lab([.lab(), offer])], fix: true)
    #expect(said(plan) == [:])
    #expect(!plan.files.contains { $0.path.text.hasSuffix("/t.source") })
  }

  @Test func fixing() throws {
    let before = lab()
    let plan = try plan(before, ["a": .lab()], fix: true)
    #expect(Array(said(plan).keys) == [.smtpChanged])
    let after = try applying(plan, to: before)
    #expect(try after.value("t", "Authentication/Host") == "smtp.lab.test")
    #expect(try after.value("t", "Authentication/Port") == "465")
    #expect(try after.value("t", "Authentication/Method") == "PLAIN")
    #expect(try after.value("t", "Authentication/User") == "alice@lab.test")
    #expect(try after.value("t", "Security/Method") == "ssl-on-alternate-port")
    #expect(plan.files.last?.path.text.hasSuffix("/a.source") == true, "the account commits")
  }

  /// `none` is to send without signing in, and the keyring has no password by the transport's name.
  @Test(arguments: ["none", "POPB4SMTP", ""])
  func signingInBegins(method: String) throws {
    let before = lab { $0.set("Method", method, in: "Authentication") }
    let code: WarningCode = method == "POPB4SMTP" ? .popBeforeSMTP : .smtpNoAuthentication
    #expect(try Array(said(plan(before, ["a": nil])).keys) == [code])
    #expect(try Set(said(plan(before, ["a": .lab()])).keys) == [code, .smtpDiffers])
    let plan = try plan(before, ["a": .lab()], fix: true)
    #expect(Set(said(plan).keys) == [.smtpChanged, .noSavedPassword])
    #expect(try applying(plan, to: before).value("t", "Authentication/Method") == "PLAIN")
  }

  @Test func withoutFactsNothingIsFixed() throws {
    let plan = try plan(lab(), ["a": nil], fix: true)
    #expect(Array(said(plan).keys) == [.smtpNotChanged])
  }

  @Test func sharedTransports() throws {
    var before = lab()
    before.add("b") { $0.set("User", "bob@lab.test") }
    let bob = OutgoingServers.lab([.lab(user: "bob@lab.test")])
    let both = try plan(before, ["a": .lab(), "b": bob], fix: true)
    #expect(Array(said(both, "b").keys) == [.smtpChanged])
    #expect(try applying(both, to: before).value("t", "Authentication/User") == "alice@lab.test")
    let one = try plan(before, ["a": .lab()], fix: true)
    #expect(said(one)[.smtpNotChanged]?.contains("b sends by the same") == true)
    let other = OutgoingServers.lab(provider: "other.test")
    let two = try plan(before, ["a": .lab(), "b": other], fix: true)
    #expect(said(two, "b")[.smtpNotChanged]?.contains("several providers") == true)
  }

  @Test func aCollectionsTransportIsNotOurs() throws {
    var before = lab { $0.set("Parent", "c") }
    before["c"] = "[Data Source]\nDisplayName=c\n\n[Collection]\nIdentity=x\n"
    let plan = try plan(before, ["a": .lab()], fix: true)
    #expect(Set(said(plan).keys) == [.smtpDiffers, .smtpNotChanged])
  }

  @Test func sendmailIsLeftAlone() throws {
    let before = lab { $0.set("BackendName", "sendmail") }
    #expect(try said(plan(before, ["a": .lab()], fix: true)) == [:])
  }
}
