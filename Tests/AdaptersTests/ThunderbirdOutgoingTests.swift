import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// Outgoing servers beside what the provider says of them.
@Suite("Thunderbird: sending")
struct ThunderbirdOutgoingTests {
  /// A profile whose account sends by `smtp1`, as Thunderbird writes it.
  private static func lab(
    _ change: (inout ProfileBuilder) -> Void = { _ in }, host: String = "mail.lab.test",
    port: Int32 = 587, trySSL: Int32 = 2, auth: Int32? = 3, user: String? = "alice@lab.test",
    login: Bool = true
  ) -> Lab {
    var lab = Lab { builder in
      builder.addPOP()
      builder.prefs["mail.smtpservers"] = .string("smtp1")
      builder.prefs["mail.smtp.defaultserver"] = .string("smtp1")
      builder.set(
        "mail.smtpserver.smtp1.",
        [
          "hostname": .string(host), "port": .int(port), "try_ssl": .int(trySSL),
          "type": .string("smtp"), "description": .string("Lab"),
        ])
      builder.prefs["mail.smtpserver.smtp1.authMethod"] = auth.map { .int($0) }
      builder.prefs["mail.smtpserver.smtp1.username"] = user.map { .string($0) }
      change(&builder)
    }
    if login {
      let logins = [
        ProfileBuilder.login(id: 1, origin: "mailbox://pop.lab.test", secret: "pop"),
        ProfileBuilder.login(id: 2, origin: "smtp://\(host)", secret: "smtp"),
        ProfileBuilder.login(id: 3, origin: "mailbox://pop2.lab.test", secret: "other"),
      ]
      lab.profile["logins.json"] =
        "{\"nextId\":4,\"logins\":[\(logins.joined(separator: ","))],\"version\":3}"
    }
    return lab
  }

  @Test func `what an account sends by`() throws {
    let lab = Self.lab { builder in
      builder.prefs["mail.smtpservers"] = .string("smtp1,smtp2,smtp3")
      builder.prefs["mail.account.account2.identities"] = .string("id2,id8,id9")
      builder.prefs["mail.identity.id8.smtpServer"] = .string("smtp2")
      builder.prefs["mail.identity.id9.smtpServer"] = .string("gone")
      builder.set(
        "mail.smtpserver.smtp2.",
        ["hostname": .string("out.elsewhere.test"), "try_ssl": .int(3), "authMethod": .int(1)])
    }
    let account = try #require(try lab.accounts().first { $0.key == "account2" })
    #expect(
      account.outgoing == [
        ServerSettings(
          host: "mail.lab.test", port: 587, security: .starttls, auth: .passwordCleartext,
          username: "alice@lab.test"),
        ServerSettings(
          host: "out.elsewhere.test", port: 465, security: .tls, auth: .none, username: ""),
      ])
  }

  private func plan(
    _ lab: Lab, _ offers: [String: OutgoingServers], fix: Bool = false, allowWeaker: Bool = false
  ) throws -> ProfilePlan {
    var options = SwitchOptions(allowWeaker: allowWeaker)
    options.fixSMTP = fix
    let switches = try lab.accounts().filter { offers[$0.key] != nil && $0.kind == .pop3 }.map {
      AccountSwitch(
        account: $0, target: Lab.imap($0.settings.username), outgoing: offers[$0.key])
    }
    var choices = Lab.choices()
    return try lab.adapter.plan(switches, in: lab.context, options: options, choices: &choices)
  }

  /// What is said of sending, by code.
  private func said(
    _ plan: ProfilePlan, _ account: String = "account2"
  ) -> [WarningCode: String] {
    let warnings = plan.outcomes.first { $0.account == account }?.warnings ?? []
    let codes: Set<WarningCode> = [
      .smtpDiffers, .smtpNoAuthentication, .smtpChanged, .smtpNotChanged, .popBeforeSMTP,
      .noSavedPassword, .weakerAllowed,
    ]
    return Dictionary(
      warnings.filter { codes.contains($0.code) }.map { ($0.code, $0.text) }
    ) { first, _ in first }
  }

  private func edits(_ plan: ProfilePlan) -> [String] {
    guard case .edit(_, let edits, _)? = plan.file("prefs.js")?.work else { return [] }
    return edits.map(\.key).filter { $0.hasPrefix("mail.smtp") }
  }

  @Test func whatDiffersIsNamedAndStays() throws {
    let plan = try plan(Self.lab(), ["account2": .lab()])
    let said = said(plan)
    #expect(
      said[.smtpDiffers]
        == "the outgoing server is mail.lab.test:587 (STARTTLS, password-cleartext, user "
        + "alice@lab.test), but lab.test lists smtp.lab.test:465 (TLS, password-cleartext, user "
        + "alice@lab.test) (host, port, security)")
    #expect(said.count == 1)
    #expect(edits(plan) == [])
  }

  /// Any of the provider's servers will do, in whatever case.
  @Test func oneOfTheProvidersIsRight() throws {
    let listed: [OutgoingOffer] = [
      .lab(), .lab("mail.lab.test", port: 587, security: .starttls, user: "Alice@lab.test"),
    ]
    for fix in [false, true] {
      let lab = Self.lab(host: "MAIL.lab.test", user: "alice@LAB.test")
      let plan = try plan(lab, ["account2": .lab(listed)], fix: fix)
      #expect(said(plan) == [:])
      #expect(edits(plan) == [])
    }
  }

  @Test func withoutFactsOnlyMissingAuthenticationIsSaid() throws {
    let account = ["account2"]
    #expect(try said(Self.lab().plan(account)) == [:])
    let open = Self.lab(auth: 1, user: nil)
    #expect(try Array(said(open.plan(account)).keys) == [.smtpNoAuthentication])
    var fixing = open
    fixing.options.fixSMTP = true
    let plan = try fixing.plan(account)
    #expect(said(plan)[.smtpNotChanged]?.contains("nothing is known") == true)
    #expect(edits(plan) == [])
  }

  @Test func fixingTakesTheLoginAlong() throws {
    let before = Self.lab()
    let plan = try plan(before, ["account2": .lab()], fix: true)
    #expect(Array(said(plan).keys) == [.smtpChanged])
    let lab = try before.applying(plan)
    #expect(lab.pref("mail.smtpserver.smtp1.hostname") == "smtp.lab.test")
    #expect(lab.pref("mail.smtpserver.smtp1.port") == "465")
    #expect(lab.pref("mail.smtpserver.smtp1.try_ssl") == "3")
    #expect(lab.pref("mail.smtpserver.smtp1.authMethod") == "3")
    #expect(lab.pref("mail.smtpserver.smtp1.username") == "alice@lab.test")
    let logins = lab.profile["logins.json"] ?? ""
    #expect(
      logins.contains(#""hostname":"smtp://smtp.lab.test","httpRealm":"smtp://smtp.lab.test""#))
    #expect(logins.contains("smtp://mail.lab.test"), "undo needs it")
    #expect(logins.components(separatedBy: "\"Psmtp\"").count == 3)
    #expect(logins.contains("\"nextId\":6"), "IMAP and SMTP")
    for leaf in ["hostname", "port", "try_ssl", "authMethod", "username"] {
      #expect(plan.edit("mail.smtpserver.smtp1.\(leaf)")?.deciding == true, "\(leaf)")
    }
  }

  /// With the account's own password, for there is no other.
  @Test func signingInBeginsWithTheAccountsPassword() throws {
    let before = Self.lab(port: 25, trySSL: 0, auth: 1, user: nil)
    let unfixed = try plan(before, ["account2": .lab()])
    #expect(Set(said(unfixed).keys) == [.smtpDiffers, .smtpNoAuthentication])
    let plan = try plan(before, ["account2": .lab()], fix: true)
    #expect(Array(said(plan).keys) == [.smtpChanged])
    let lab = try before.applying(plan)
    #expect(lab.pref("mail.smtpserver.smtp1.authMethod") == "3")
    #expect(lab.pref("mail.smtpserver.smtp1.username") == "alice@lab.test")
    let logins = lab.profile["logins.json"] ?? ""
    #expect(logins.components(separatedBy: "\"Ppop\"").count == 4, "POP, IMAP and SMTP")
  }

  /// Where the facts name somebody else, only the password that is saved for that name will do.
  @Test func anotherNameHasNoPassword() throws {
    let offer = OutgoingOffer.lab("mail.lab.test", port: 587, security: .starttls, user: "alice")
    let before = Self.lab()
    let plan = try plan(before, ["account2": .lab([offer])], fix: true)
    #expect(Set(said(plan).keys) == [.smtpChanged, .noSavedPassword])
    #expect(try before.applying(plan).pref("mail.smtpserver.smtp1.username") == "alice")
  }

  /// The port is nothing that a password is found by, saved or not.
  @Test(arguments: [false, true]) func anotherPortNeedsNoPassword(isSaved: Bool) throws {
    let before = Self.lab(host: "smtp.lab.test", login: isSaved)
    let plan = try plan(before, ["account2": .lab()], fix: true)
    #expect(Array(said(plan).keys) == [.smtpChanged])
    let after = try before.applying(plan).profile["logins.json"] ?? ""
    #expect(after.components(separatedBy: "smtp://").count == (isSaved ? 3 : 1))
  }

  @Test func neverWeaker() throws {
    let plain = OutgoingServers.lab([.lab(port: 25, security: .none)])
    let refused = try plan(Self.lab(), ["account2": plain], fix: true)
    #expect(said(refused)[.smtpNotChanged]?.contains("unprotected") == true)
    #expect(edits(refused) == [])
    // The password would begin to travel in the clear.
    let open = Self.lab(port: 25, trySSL: 0, auth: 1, user: nil)
    let begins = try plan(open, ["account2": plain], fix: true)
    #expect(said(begins)[.smtpNotChanged]?.contains("in the clear") == true)
    let allowed = try plan(Self.lab(), ["account2": plain], fix: true, allowWeaker: true)
    #expect(Set(said(allowed).keys) == [.smtpChanged, .weakerAllowed])
    // The strongest of what there is.
    let both = OutgoingServers.lab([.lab(port: 25, security: .none), .lab()])
    let better = try plan(Self.lab(), ["account2": both], fix: true)
    #expect(try Self.lab().applying(better).pref("mail.smtpserver.smtp1.port") == "465")
  }

  @Test func onlyOAuth2IsNotEdited() throws {
    let offers = OutgoingServers.lab([.lab(auth: [.oauth2])])
    let plan = try plan(Self.lab(), ["account2": offers], fix: true)
    #expect(Set(said(plan).keys) == [.smtpDiffers, .smtpNotChanged])
    #expect(said(plan)[.smtpNotChanged]?.contains("only OAuth2") == true)
    #expect(edits(plan) == [])
  }

  @Test func userJSIsNotFoughtOver() throws {
    var lab = Self.lab()
    lab.profile["user.js"] = "user_pref(\"mail.smtpserver.smtp1.port\", 2525);\n"
    let plan = try plan(lab, ["account2": .lab()], fix: true)
    #expect(plan.outcomes[0].refusal == nil)
    #expect(said(plan)[.smtpDiffers]?.contains("mail.lab.test:2525") == true)
    #expect(said(plan)[.smtpNotChanged]?.contains("user.js") == true)
    #expect(edits(plan) == [])
  }

  // MARK: Shared servers

  private static func shared(_ change: @escaping (inout ProfileBuilder) -> Void = { _ in }) -> Lab {
    lab { builder in
      builder.addPOP(3, user: "bob@lab.test", host: "pop2.lab.test")
      change(&builder)
    }
  }

  private static let bob = OutgoingOffer.lab(user: "bob@lab.test")

  @Test func oneProviderForAllWhoShareIsEdited() throws {
    let before = Self.shared()
    let plan = try plan(
      before, ["account2": .lab(), "account3": .lab([Self.bob])], fix: true)
    for account in ["account2", "account3"] {
      #expect(Array(said(plan, account).keys) == [.smtpChanged])
    }
    let lab = try before.applying(plan)
    #expect(lab.pref("mail.smtpserver.smtp1.hostname") == "smtp.lab.test")
    #expect(lab.pref("mail.smtpserver.smtp1.username") == "alice@lab.test", "whose it was")
    #expect(plan.edit("mail.smtpserver.smtp1.port")?.users == ["account2", "account3"])
  }

  @Test func severalProvidersAreOnlyTold() throws {
    let other = OutgoingServers.lab([.lab("smtp.other.test")], provider: "other.test")
    let plan = try plan(Self.shared(), ["account2": .lab(), "account3": other], fix: true)
    for account in ["account2", "account3"] {
      #expect(Set(said(plan, account).keys) == [.smtpDiffers, .smtpNotChanged])
      #expect(said(plan, account)[.smtpNotChanged]?.contains("several providers") == true)
    }
    #expect(edits(plan) == [])
  }

  @Test func whoIsNotSwitchedKeepsItsServer() throws {
    let plan = try plan(Self.shared(), ["account2": .lab()], fix: true)
    #expect(said(plan)[.smtpNotChanged]?.contains("account3") == true)
    #expect(edits(plan) == [])
  }

  /// What is right for one is right for all of the provider, whatever name it signs in with.
  @Test func rightForOneIsRightForAll() throws {
    let present = OutgoingOffer.lab("mail.lab.test", port: 587, security: .starttls)
    let bobs = OutgoingOffer.lab(
      "mail.lab.test", port: 587, security: .starttls, user: "bob@lab.test")
    let plan = try plan(
      Self.shared(), ["account2": .lab([present]), "account3": .lab([bobs])], fix: true)
    #expect(said(plan) == [:])
    #expect(said(plan, "account3") == [:])
    #expect(edits(plan) == [])
  }

  /// An account that is refused has no part in it.
  @Test func aRefusedAccountHasNoSay() throws {
    let before = Self.lab { builder in
      builder.addPOP(3, user: "bob@lab.test", host: "pop2.lab.test")
      builder.prefs["mail.identity.id3.smtpServer"] = .string("smtp1")
      builder.prefs["mail.server.server3.directory"] = .string("/elsewhere")
      builder.prefs["mail.server.server3.directory-rel"] = .string("[ProfD]../elsewhere")
    }
    let plan = try plan(before, ["account2": .lab(), "account3": .lab([Self.bob])], fix: true)
    #expect(plan.outcomes[1].refusal != nil)
    #expect(said(plan)[.smtpNotChanged]?.contains("account3") == true)
  }

  // MARK: Which server

  @Test func eachIdentitySendsByItsOwn() throws {
    let before = Self.lab { builder in
      builder.prefs["mail.smtpservers"] = .string("smtp1,smtp2,smtp3")
      builder.prefs["mail.account.account2.identities"] = .string("id2,id8,id9")
      builder.prefs["mail.identity.id2.smtpServer"] = .string("smtp2")
      builder.prefs["mail.identity.id8.useremail"] = .string("alice@firm.example")
      builder.prefs["mail.identity.id8.smtpServer"] = .string("smtp3")
      builder.prefs["mail.identity.id9.useremail"] = .string("a.l@lab.test")
      for number in 2...3 {
        builder.set(
          "mail.smtpserver.smtp\(number).",
          [
            "hostname": .string("old\(number).lab.test"), "port": .int(587), "try_ssl": .int(2),
            "username": .string("alice@lab.test"),
          ])
      }
    }
    let plan = try plan(before, ["account2": .lab()], fix: true)
    let lab = try before.applying(plan)
    #expect(lab.pref("mail.smtpserver.smtp2.hostname") == "smtp.lab.test")
    #expect(
      lab.pref("mail.smtpserver.smtp1.hostname") == "smtp.lab.test", "the third's, by default")
    #expect(lab.pref("mail.smtpserver.smtp3.hostname") == "old3.lab.test", "of another domain")
  }

  @Test func whatIsNoSMTPServerIsLeftAlone() throws {
    let ews = Self.lab { $0.prefs["mail.smtpserver.smtp1.type"] = .string("ews") }
    let unlisted = Self.lab { $0.prefs["mail.smtpservers"] = .string("smtp7") }
    for lab in [ews, unlisted] {
      let plan = try plan(lab, ["account2": .lab()], fix: true)
      #expect(said(plan) == [:])
      #expect(edits(plan) == [])
    }
  }
}
