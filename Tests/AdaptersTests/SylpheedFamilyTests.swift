import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// Claws Mail and Sylpheed, as far as no fixture shows it.
@Suite struct SylpheedFamilyTests {
  /// A profile in memory with one POP account.
  struct Lab {
    var view = MemoryView(at: "/home/lab/.claws-mail")
    var adapter: any ClientAdapter = ClawsMailAdapter()
    var options = SwitchOptions()

    init(_ keys: String = "config_version=4\n", in adapter: any ClientAdapter = ClawsMailAdapter())
    {
      self.adapter = adapter
      view["accountrc"] = """
        [Account: 1]
        address=alice@lab.test
        protocol=0
        receive_server=pop.lab.test
        user_id=alice
        use_smtp_auth=1
        ssl_pop=1
        remove_mail=0

        """ + keys
      view["folderlist.xml"] = #"<folderlist><folder type="mh" path="Mail"/></folderlist>"#
    }

    var context: ProfileContext {
      ProfileContext(directory: view, installation: MemoryView(at: "/"))
    }

    func account() throws -> Account { try #require(try adapter.accounts(in: context).first) }

    func plan(_ change: (inout ServerSettings) -> Void = { _ in }) throws -> ProfilePlan {
      var target = ServerSettings(
        host: "imap.lab.test", port: 993, security: .tls, auth: .passwordCleartext,
        username: "alice")
      change(&target)
      var choices = PlanChoices(
        nowMilliseconds: 0, today: CalendarDay(year: 2026, month: 1, day: 2))
      return try adapter.plan(
        [AccountSwitch(account: account(), target: target)], in: context, options: options,
        choices: &choices)
    }

    /// accountrc once the plan is carried out.
    func switched(_ change: (inout ServerSettings) -> Void = { _ in }) throws -> String {
      let plan = try plan(change)
      return try #require(try view.applying(plan, of: adapter)["accountrc"])
    }

    func refusal(_ change: (inout ServerSettings) -> Void = { _ in }) throws -> Refusal? {
      try plan(change).outcomes.first?.refusal
    }
  }

  // MARK: Numbers

  @Test(arguments: [
    ("config_version=4\n", "", "1"), ("config_version=1\n", "", "1"),
    ("config_version=0\n", "[Common]\nconfig_version=4\n", "3"), ("", "", "3"),
    ("", "[Common]\nconfig_version=4\n", "1"),
  ])
  func theVersionSaysWhatIsIMAP(keys: String, common: String, number: String) throws {
    var lab = Lab(keys)
    if !common.isEmpty { lab.view["clawsrc"] = common }
    #expect(try lab.switched().contains("protocol=\(number)\n"))
  }

  @Test(arguments: [("config_version=4\n", IncomingProtocol.imap), ("", .pop3)])
  func oneIsIMAPOrAPOP(keys: String, kind: IncomingProtocol) throws {
    var lab = Lab(keys)
    lab.view["accountrc"]?.replace("protocol=0", with: "protocol=1")
    let account = try lab.account()
    #expect(account.kind == kind)
    #expect(account.state == (kind == .imap ? .current : .blocked))
  }

  @Test func sylpheedHasNoVersions() throws {
    #expect(try Lab("", in: SylpheedAdapter()).switched().contains("protocol=3\n"))
  }

  @Test func portsAndSecurity() throws {
    let lab = Lab("config_version=4\nset_popport=0\npop_port=2\n")
    #expect(try lab.account().settings.port == 995)
    let text = try lab.switched {
      $0.security = .starttls
      $0.port = 143
    }
    for line in ["receive_server=imap.lab.test", "set_imapport=1", "imap_port=143", "ssl_imap=2"] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
    #expect(text.contains("pop_port=2\n"))
  }

  // MARK: What is refused

  @Test(arguments: ["user_id=", "protocol= 0", " protocol=0"])
  func whatTheClientReadsInAnotherWayIsBlocked(line: String) throws {
    var lab = Lab()
    let key = line.trimmingPrefix(" ").prefix { $0 != "=" }
    let old = key == "user_id" ? "user_id=alice" : "protocol=0"
    lab.view["accountrc"]?.replace(old, with: line)
    #expect(try lab.account().reason == (key == "user_id" ? .incompleteAccount : .syntax))
  }

  @Test func aGroupThatStandsTwiceIsBlocked() throws {
    let lab = Lab("config_version=4\n[Account: 1]\nprotocol=0\n")
    #expect(try lab.account().reason == .syntax)
  }

  @Test func oauth2IsNotSetUp() throws {
    #expect(try Lab().refusal { $0.auth = .oauth2 }?.reason == .unsupported)
  }

  @Test func aChallengeIsAsked() throws {
    let text = try Lab().switched { $0.auth = .passwordEncrypted }
    #expect(text.contains("imap_auth_method=2\n"))
    #expect(try !Lab().switched().contains("imap_auth_method"))
  }

  @Test func apopIsAChallenge() throws {
    let lab = Lab("config_version=4\nuse_pop_auth=1\npop_auth_method=1\n")
    #expect(try lab.account().settings.auth == .passwordEncrypted)
    #expect(try lab.refusal { $0.security = .none }?.reason == .wouldWeakenSecurity)
  }

  @Test func copiesOfAllMailAreRefused() throws {
    var lab = Lab()
    lab.options.offlineMail = true
    #expect(try lab.refusal()?.reason == .unsupported)
  }

  @Test func thePrefixHasNoSeparator() throws {
    var lab = Lab()
    lab.options.pathPrefix = "INBOX."
    #expect(try lab.switched().contains("imap_directory=INBOX\n"))
  }

  // MARK: Rules

  @Test(arguments: [
    (#"enabled rulename "a" account 1 all move "x""#, true),
    (#"rulename "a" all mark_as_read"#, true),
    (#"disabled rulename "a" all move "x""#, false),
    (#"enabled rulename "a" account 2 all move "x""#, false),
  ])
  func rulesArePaused(line: String, arePaused: Bool) throws {
    var lab = Lab("config_version=4\nfilter_on_receive=1\n")
    lab.view["matcherrc"] = "[filtering]\n\(line)\n"
    #expect(try lab.switched().contains("filter_on_receive=\(arePaused ? 0 : 1)\n"))
    let outcome = try #require(try lab.plan().outcomes.first)
    #expect(outcome.warnings.contains { $0.code == .filtersPaused } == arePaused)
    #expect(outcome.mail?.rules.moving.isEmpty == !(arePaused && line.contains("move")))
  }

  @Test(arguments: [
    (#"enabled rulename "a \"delete\"" subject matchcase "delete" mark"#, false),
    (#"enabled rulename "a" all delete"#, true),
  ])
  func processingRulesThatMoveOrDeleteAreRefused(line: String, isRefused: Bool) throws {
    var lab = Lab()
    lab.view["matcherrc"] = "[preglobal]\n\(line)\n\n[filtering]\n"
    #expect((try lab.refusal()?.reason == .unsupported) == isRefused)
  }

  @Test func trashAtExitIsSwitchedOff() throws {
    var lab = Lab("", in: SylpheedAdapter())
    lab.view["sylpheedrc"] = "[Common]\nclean_trash_on_exit=1\n"
    let view = try lab.view.applying(lab.plan(), of: lab.adapter)
    #expect(view["sylpheedrc"] == "[Common]\nclean_trash_on_exit=0\n")
  }

  // MARK: Words

  @Test func certificatesAreAskedAbout() throws {
    func codes(_ lab: Lab) throws -> [WarningCode] {
      try #require(try lab.plan().outcomes.first).warnings.map(\.code)
    }
    #expect(try codes(Lab()).contains(.certificateException))
    let accepting = Lab("config_version=4\nssl_certs_auto_accept=1\n")
    #expect(try !codes(accepting).contains(.certificateException))
    #expect(try !codes(Lab("", in: SylpheedAdapter())).contains(.certificateException))
  }

  @Test func whatPOPHasFetched() throws {
    var lab = Lab()
    lab.view["uidl/pop.lab.test-alice"] = "one\t1795767213\t1\ntwo\t1795767213\t1\n"
    let found = try lab.adapter.recordedUniqueIDs(of: "1", in: lab.context)
    #expect(found == [Array("one".utf8), Array("two".utf8)])
    #expect(try lab.plan().files.first?.path.text == "uidl/pop.lab.test-alice")
  }

  @Test func rulesThatWereOffStayOff() throws {
    var lab = Lab("config_version=4\nfilter_on_receive=0\n")
    lab.view["matcherrc"] = "[filtering]\nenabled all move \"x\"\n"
    let outcome = try #require(try lab.plan().outcomes.first)
    #expect(!outcome.warnings.contains { $0.code == .filtersPaused })
    #expect(outcome.note == nil)
  }

  /// Sylpheed has a key of its own for IMAP, which is in force once the account is.
  @Test(arguments: [("0", "1"), ("1", "0"), ("1", "1")])
  func rulesOfSylpheedThatEitherKeySwitchesOnArePaused(pop: String, imap: String) throws {
    var lab = Lab(
      "filter_on_receive=\(pop)\nimap_filter_inbox_on_receive=\(imap)\n", in: SylpheedAdapter())
    lab.view["filter.xml"] =
      "<filter><rule name=\"a\"><action-list><delete/></action-list></rule></filter>"
    let outcome = try #require(try lab.plan().outcomes.first)
    #expect(outcome.warnings.contains { $0.code == .filtersPaused })
    #expect(outcome.mail?.rules.deleting == ["a"])
    #expect(try lab.switched().contains("imap_filter_inbox_on_receive=0\n"))
  }

  @Test func rulesOfSylpheedThatBothKeysLeaveOffAreNone() throws {
    var lab = Lab(
      "filter_on_receive=0\nimap_filter_inbox_on_receive=0\n", in: SylpheedAdapter())
    lab.view["filter.xml"] =
      "<filter><rule name=\"a\"><action-list><delete/></action-list></rule></filter>"
    #expect(try lab.plan().outcomes.first?.note == nil)
  }

  // MARK: Places

  @Test func profilesAreFound() {
    var home = MemoryView(at: "/home/lab")
    home[".claws-mail/accountrc"] = ""
    home[".sylpheed-claws/accountrc"] = ""
    home[".sylpheed-2.0/accountrc"] = ""
    home.put(.link, at: ".var/app/org.claws_mail.Claws-Mail/.claws-mail/accountrc")
    let claws = ClawsMailAdapter().profiles(in: home)
    #expect(claws.map(\.path?.text).contains(".claws-mail"))
    #expect(claws.compactMap(\.problem?.reason) == [.symlink, .unsupported])
    #expect(SylpheedAdapter().profiles(in: home).map(\.path?.text) == [".sylpheed-2.0"])
    #expect(ClawsMailAdapter().isProfile(home.below(".claws-mail")))
    #expect(!ClawsMailAdapter().isProfile(home.below(".sylpheed-2.0")))
  }
}
