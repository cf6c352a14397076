import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// The edits, one by one (each with its reason in docs/evolution.md).
@Suite struct EvolutionSwitchTests {
  /// The whole file: what is to change, and nothing else.
  @Test func theWholeFile() throws {
    let lab = EvolutionLab()
    var wanted = try #require(lab["a"])
    wanted.set("BackendName", "imapx")
    wanted.set("NeedsInitialSetup", "true")
    wanted.set("Host", "imap.lab.test")
    wanted.set("Port", "993")
    let switched = try lab.switched()
    #expect(switched["a"] == wanted)
    var others = switched.home
    others[lab.profile + "/sources/a.source"] = lab["a"]
    #expect(others.files.map(\.path) == lab.home.files.map(\.path))
    #expect(others.files.map(\.bytes) == lab.home.files.map(\.bytes))
  }

  @Test(arguments: [
    (TransportSecurity.tls, "ssl-on-alternate-port", "993"),
    (.starttls, "starttls-on-standard-port", "143"),
  ]) func security(_ security: TransportSecurity, _ method: String, _ port: String) throws {
    let switched = try EvolutionLab().switched(to: Lab.imap(security: security))
    #expect(try switched.value("a", "Security/Method") == method)
    #expect(try switched.value("a", "Authentication/Port") == port)
  }

  @Test func noneOfBoth() throws {
    var lab = EvolutionLab { $0.set("Method", "none", in: "Security") }
    #expect(try lab.switched(to: Lab.imap(security: .none)).value("a", "Security/Method") == "none")
    // A file without the group gets it.
    lab["a"] = lab["a"]?.replacing("[Security]\nMethod=none\n\n", with: "")
    let switched = try lab.switched()
    #expect(try switched.value("a", "Security/Method") == "ssl-on-alternate-port")
    #expect(switched["a"]?.hasSuffix("\n\n[Security]\nMethod=ssl-on-alternate-port\n") == true)
  }

  @Test func aPortOfItsOwn() throws {
    var target = Lab.imap()
    target.port = 25993
    #expect(try EvolutionLab().switched(to: target).value("a", "Authentication/Port") == "25993")
  }

  @Test func theHostInLowerCase() throws {
    let switched = try EvolutionLab().switched(to: Lab.imap(host: "IMAP.Lab.Test"))
    #expect(try switched.value("a", "Authentication/Host") == "imap.lab.test")
  }

  /// A text as the format spells it.
  @Test func anotherUserName() throws {
    let lab = EvolutionLab()
    let switched = try lab.switched(to: Lab.imap(" al\\ice"))
    #expect(try switched.value("a", "Authentication/User") == "\\sal\\\\ice")
    #expect(try lab.warnings(to: Lab.imap("alice")).contains(.usernameDiffers))
    #expect(try !lab.warnings().contains(.usernameDiffers))
  }

  @Test func keysThatAreNotThereYet() throws {
    let lab = EvolutionLab {
      $0 = "[Mail Account]\nBackendName=pop\n\n[Authentication]\nHost=h\nUser=u\n"
    }
    let switched = try lab.switched(to: Lab.imap("u"))
    #expect(
      switched["a"] == """
        [Mail Account]
        BackendName=imapx
        NeedsInitialSetup=true

        [Authentication]
        Host=imap.lab.test
        User=u
        Port=993

        [Security]
        Method=ssl-on-alternate-port

        """)
  }

  @Test(arguments: [
    (true, "true"), (false, "false"), (nil, nil),
  ]) func offlineMail(_ wanted: Bool?, _ value: String?) throws {
    var lab = EvolutionLab()
    lab.options.offlineMail = wanted
    let switched = try lab.switched()
    #expect(try switched.value("a", "Offline/StaySynchronized") == value)
    #expect(switched["a"]?.contains("[Offline]") == (wanted != nil))
  }

  @Test func aPathPrefix() throws {
    var lab = EvolutionLab()
    lab.options.pathPrefix = "INBOX."
    lab.options.offlineMail = true
    let switched = try lab.switched()
    #expect(
      switched["a"]?.hasSuffix(
        """
        LastCacheExpunge=0

        [Offline]
        StaySynchronized=true

        [Imapx Backend]
        Namespace=INBOX.
        UseNamespace=true

        """) == true)
  }

  @Test(arguments: ["", "a\nb", "\u{1}"]) func aPathPrefixThatIsNone(_ prefix: String) throws {
    var lab = EvolutionLab()
    lab.options.pathPrefix = prefix
    #expect(try lab.refusal() == .noIMAPSettings)
  }

  /// What an earlier time as IMAP account left is set anew, and its groups are not ours.
  @Test func groupsThatAreThereAlready() throws {
    var lab = EvolutionLab {
      $0 += "\n[Offline]\nStaySynchronized=false\n\n[Imapx Backend]\nNamespace=old\nUseIdle=true\n"
    }
    lab.options.offlineMail = true
    lab.options.pathPrefix = "new"
    let plan = try lab.plan()
    #expect(branches(plan) == [])
    let switched = try lab.switched()
    #expect(try switched.value("a", "Offline/StaySynchronized") == "true")
    #expect(try switched.value("a", "Imapx Backend/Namespace") == "new")
    #expect(try switched.value("a", "Imapx Backend/UseIdle") == "true")
  }

  /// Evolution adds these by itself, whatever we put in: undo takes them whole.
  @Test func groupsThatTheClientMakes() throws {
    let branches = branches(try EvolutionLab().plan())
    #expect(branches == ["Imapx Backend/", "Offline/"])
  }

  private func branches(_ plan: ProfilePlan) -> [String] {
    guard case .edit(_, _, let branches)? = plan.file(Self.file)?.work else { return [] }
    #expect(branches.allSatisfy { $0.kind == .keys && $0.users == ["a"] })
    return branches.map(\.prefix).sorted()
  }

  private static let file = "\(EvolutionLab.config)/sources/a.source"

  /// Where the account connects; the client's own setting up does not decide it.
  @Test func whatDecides() throws {
    var lab = EvolutionLab { $0.set("Method", "+APOP", in: "Authentication") }
    lab.options.pathPrefix = "INBOX."
    guard case .edit(_, let edits, _)? = try lab.plan().file(Self.file)?.work else {
      Issue.record("the account's file is not edited")
      return
    }
    #expect(
      Set(edits.filter(\.deciding).map(\.key)) == [
        "Mail Account/BackendName", "Authentication/Host", "Authentication/Method",
        "Authentication/Port", "Authentication/User", "Security/Method",
      ])
    #expect(edits.allSatisfy { $0.users == ["a"] && !$0.secret && $0.rule == .value })
    let setup = try #require(edits.first { $0.key == "Mail Account/NeedsInitialSetup" })
    #expect(setup.clientRewrites?.covers(Array("false".utf8)) == true)
    #expect(setup.clientRewrites?.covers(nil) == true)
  }

  /// What Evolution puts the server's folders into is recorded, and not touched.
  @Test func theIdentityIsRecorded() throws {
    let plan = try EvolutionLab().plan()
    let file = try #require(plan.file("\(EvolutionLab.config)/sources/i.source"))
    guard case .edit(_, let edits, let branches) = file.work else {
      Issue.record("it is to be recorded as an edit")
      return
    }
    #expect(branches == [])
    #expect(!file.commits)
    #expect(
      edits.map(\.key) == [
        "Mail Submission/SentFolder", "Mail Composition/DraftsFolder",
        "Mail Composition/TemplatesFolder",
      ])
    for edit in edits {
      #expect(edit.edits == [] && edit.before == edit.after && !edit.deciding)
      #expect(edit.before?.starts(with: Array("folder://local/".utf8)) == true)
      #expect(edit.clientRewrites?.covers(Array("folder://a/Sent".utf8)) == true)
      #expect(edit.clientRewrites?.covers(Array("folder://other/Sent".utf8)) == false)
      #expect(edit.clientRewrites?.covers(nil) == false)
    }
    let archive = try #require(
      plan.edit("Mail Account/ArchiveFolder", in: "\(EvolutionLab.config)/sources/a.source"))
    #expect(archive.before == archive.after && archive.edits == [])
    #expect(archive.clientRewrites?.covers(Array("folder://a/Archive".utf8)) == true)
  }

  /// In a folder's address an account's name is written as Camel writes it: older ones have an "@".
  @Test(arguments: [
    ("1226345464.12345.0@debian", "1226345464.12345.0%40debian"), ("a b%c", "a%20b%25c"),
    ("a:;'(x)=?~_", "a%3a%3b'(x)=?~_"), ("ü", "%c3%bc"),
  ]) func namesInFolderAddresses(_ uid: String, _ encoded: String) throws {
    var lab = EvolutionLab()
    lab.add(uid)
    let edit = try #require(
      try lab.plan([uid]).edit(
        "Mail Submission/SentFolder",
        in: "\(lab.profile)/sources/\(EvolutionLab.identity(of: uid)).source"))
    #expect(edit.clientRewrites?.covers(Array("folder://\(encoded)/Sent".utf8)) == true)
    #expect(edit.clientRewrites?.covers(Array("folder://a/Sent".utf8)) == false)
  }

  /// Nothing is to be done on what is IMAP already, and a switched account is.
  @Test func twice() throws {
    let lab = try EvolutionLab().switched()
    #expect(try lab.account().state == .current)
    #expect(try lab.refusal() == .unsupported)
  }

  @Test func anAccountThatIsGone() throws {
    let lab = EvolutionLab()
    let account = try lab.account()
    var other = EvolutionLab()
    other["a"] = nil
    var choices = Lab.choices()
    let plan = try other.adapter.plan(
      [AccountSwitch(account: account, target: Lab.imap())], in: other.context,
      options: SwitchOptions(), choices: &choices)
    #expect(plan.outcomes.map(\.refusal?.reason) == [.notFound])
    #expect(plan.files.isEmpty)
  }
}
