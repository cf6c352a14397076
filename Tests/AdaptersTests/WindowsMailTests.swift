import ConfigFormats
import ProfileRewriter
import Testing

@testable import Adapters

/// Windows Mail's account files, as far as no fixture shows it.
@Suite struct WindowsMailTests {
  /// A store in memory with one POP account in `Local Folders`.
  struct Lab {
    static let path = "Local Folders/account{1}.oeaccount"

    var view = MemoryView(at: "/home/lab/AppData/Local/Microsoft/Windows Mail")
    var options = SwitchOptions()
    let adapter = WindowsMailAdapter()

    init(_ more: String = "", port: String = "6e") {
      put(
        """
        <Account_Name type="SZ">Work</Account_Name>
        <POP3_Server type="SZ">POP.lab.test</POP3_Server>
        <POP3_User_Name type="SZ">alice</POP3_User_Name>
        <POP3_Port type="DWORD">\(port)</POP3_Port>
        <SMTP_Email_Address type="SZ">alice@lab.test</SMTP_Email_Address>
        \(more)
        """)
    }

    mutating func put(_ values: String, at path: String = Lab.path) {
      let text =
        "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<MessageAccount>\r\n\(values)\r\n</MessageAccount>"
      view.put(.file(Self.utf16(text)), at: path)
    }

    static func utf16(_ text: String) -> [UInt8] {
      [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    static func text(_ bytes: [UInt8]) -> String {
      String(
        decoding: stride(from: 2, to: bytes.count, by: 2).map {
          UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
        }, as: UTF16.self)
    }

    mutating func putIMAP(
      _ user: String = "alice", _ address: String = "alice@lab.test",
      at path: String = "x/account.oeaccount"
    ) {
      put(
        """
        <IMAP_Server type="SZ">imap.lab.test</IMAP_Server>
        <IMAP_User_Name type="SZ">\(user)</IMAP_User_Name>
        <SMTP_Email_Address type="SZ">\(address)</SMTP_Email_Address>
        """, at: path)
    }

    var context: ProfileContext {
      ProfileContext(directory: view, installation: MemoryView(at: "/"))
    }

    func accounts() throws -> [Account] { try adapter.accounts(in: context) }

    func account() throws -> Account { try #require(try accounts().first) }

    func plan(_ change: (inout ServerSettings) -> Void = { _ in }) throws -> ProfilePlan {
      var target = ServerSettings(
        host: "IMAP.lab.test", port: 993, security: .tls, auth: .passwordCleartext,
        username: "alice")
      change(&target)
      var choices = Lab.choices
      return try adapter.plan(
        [AccountSwitch(account: account(), target: target)], in: context, options: options,
        choices: &choices)
    }

    static var choices: PlanChoices {
      PlanChoices(
        nowMilliseconds: 0, today: CalendarDay(year: 2026, month: 1, day: 2),
        identifiers: ["0a1b2c3d-0000-4000-8000-0123456789ab"])
    }

    func refusal(_ change: (inout ServerSettings) -> Void = { _ in }) throws -> Refusal? {
      try plan(change).outcomes.first?.refusal
    }

    /// The file that makes the IMAP account, as text.
    func made(_ change: (inout ServerSettings) -> Void = { _ in }) throws -> String {
      let plan = try plan(change)
      let file = try #require(plan.files.first)
      guard case .create(let content, let like) = file.work else { return "no new file" }
      #expect(file.path.text == "account{0A1B2C3D-0000-4000-8000-0123456789AB}.oeaccount")
      #expect(like?.text == Lab.path)
      return Lab.text(content)
    }
  }

  // MARK: Where it lies

  @Test func whereStoresAre() {
    let file = "/Local Folders/account{1}.oeaccount"
    let places = [
      "AppData/Local/Microsoft/Windows Mail", "AppData/Local/Microsoft/Windows Live Mail",
      "Local Settings/Application Data/Microsoft/Windows Mail",
      "Local Settings/Application Data/Microsoft/Windows Live Mail",
    ]
    for place in places {
      let home = MemoryView(at: "/home/lab", [place + file: ""])
      #expect(WindowsMailAdapter().profiles(in: home).map(\.path?.text) == [place])
      #expect(WindowsMailAdapter().isProfile(home.below(place)))
    }
    // Windows makes the directory for everybody.
    let empty = MemoryView(at: "/home/lab", [places[0] + "/WindowsMail.MSMessageStore": ""])
    #expect(WindowsMailAdapter().profiles(in: empty) == [])
    #expect(!WindowsMailAdapter().isProfile(empty.below(places[0])))
    #expect(
      !WindowsMailAdapter().isProfile(MemoryView(at: "/home/lab/x", ["account{1}.oeaccount": ""])))
    var linked = MemoryView(at: "/home/lab")
    linked.put(.link, at: places[0])
    #expect(WindowsMailAdapter().profiles(in: linked).map(\.problem?.reason) == [.symlink])
    // A junction, through which the same is seen.
    linked = MemoryView(at: "/home/lab")
    linked.put(.link, at: "Local Settings")
    #expect(WindowsMailAdapter().profiles(in: linked) == [])
  }

  @Test func whoOpensIt() {
    let adapter = WindowsMailAdapter()
    let live = MemoryView(at: "/home/lab/AppData/Local/Microsoft/Windows Live Mail")
    #expect(adapter.origin(of: live)?.program == "windows-live-mail")
    #expect(adapter.origin(of: Lab().view)?.program == "windows-mail")
    #expect(adapter.origin(of: Lab().view)?.isElsewhere == true)
  }

  // MARK: What is read

  @Test(arguments: [
    (
      "<POP3_Secure_Connection type=\"DWORD\">1</POP3_Secure_Connection>", "3e3", 995,
      TransportSecurity.tls, AuthMethod.passwordCleartext
    ),
    (
      "<POP3_Secure_Connection type=\"DWORD\">TRUE</POP3_Secure_Connection>", "000003E3", 995, .tls,
      .passwordCleartext
    ),
    (
      "<POP3_Secure_Connection type=\"DWORD\">FALSE</POP3_Secure_Connection>", "6e", 110, .none,
      .passwordCleartext
    ),
    ("<POP3_Use_Sicily type=\"DWORD\">00000001</POP3_Use_Sicily>", "6e", 110, .none, .ntlm),
    ("<POP3_Use_APOP type=\"DWORD\">1</POP3_Use_APOP>", "ffff", 65535, .none, .passwordEncrypted),
  ]) func settings(
    _ more: String, _ spelled: String, _ port: Int, _ security: TransportSecurity,
    _ auth: AuthMethod
  ) throws {
    let account = try Lab(more, port: spelled).account()
    #expect(
      account.settings
        == ServerSettings(
          host: "pop.lab.test", port: port, security: security, auth: auth, username: "alice"))
    #expect(account.state == .ready && account.key == Lab.path)
    #expect(account.addresses == ["alice@lab.test"])
    #expect(account.imapAuth == (auth == .ntlm ? .ntlm : .passwordCleartext))
  }

  @Test(arguments: [
    ("<POP3_Server type=\"SZ\">b.test</POP3_Server>", "6e", ReasonCode.syntax),
    ("", "0", .syntax), ("", "10000", .syntax), ("", "xyz", .syntax), ("", "+6e", .syntax),
    ("", "-1", .syntax), ("", "", .syntax), ("", "123456789", .syntax),
    ("<POP3_Skip_Account type=\"DWORD\">2x</POP3_Skip_Account>", "6e", .syntax),
    ("<POP3_Skip_Account type=\"DWORD\">1</POP3_Skip_Account>", "6e", .unsupported),
    ("<Leave_Mail_On_Server><x/></Leave_Mail_On_Server>", "6e", .syntax),
  ]) func blocked(_ more: String, _ port: String, _ reason: ReasonCode) throws {
    let account = try Lab(more, port: port).account()
    #expect(account.state == .blocked && account.reason == reason, "\(more) \(port)")
    #expect(try Lab(more, port: port).refusal()?.reason == reason)
  }

  @Test(arguments: ["0", "FALSE", " "]) func namesNoServer(_ host: String) throws {
    var lab = Lab()
    lab.put(
      "<POP3_Server type=\"SZ\">\(host)</POP3_Server><POP3_User_Name type=\"SZ\">a</POP3_User_Name>"
    )
    #expect(try lab.account().reason == .incompleteAccount)
  }

  @Test(arguments: [
    ("", ReasonCode.syntax), ("<MessageAccount>", .syntax), ("\u{0}", .syntax),
    ("<!DOCTYPE MessageAccount [<!ENTITY a \"b\">]><MessageAccount>&a;</MessageAccount>", .syntax),
    ("<Accounts/>", .unsupported),
  ]) func badFiles(_ text: String, _ reason: ReasonCode) throws {
    for bytes in [Lab.utf16(text), Array(text.utf8)] {
      var lab = Lab()
      lab.view.put(.file(bytes), at: "Local Folders/account{2}.oeaccount")
      let accounts = try lab.accounts()
      #expect(accounts.map(\.reason) == [nil, reason])
      #expect(accounts[1].state == .blocked && accounts[1].kind == .pop3)
      #expect(try lab.refusal() == nil, "one bad file is in no other's way")
    }
  }

  /// Cut in the middle of a character, and a declaration that the bytes belie.
  @Test func badEncodings() throws {
    var lab = Lab()
    let good = try #require(
      lab.view.bytes(RelativePath(known: "Local Folders/account{1}.oeaccount")))
    lab.view.put(.file(Array(good.dropLast(3))), at: "a/account{2}.oeaccount")
    lab.view.put(.file(Array(good.dropFirst(3))), at: "b/account{3}.oeaccount")
    lab.view.put(.link, at: "c/account{4}.oeaccount")
    lab.view.put(.directory, at: "d/account{5}.oeaccount")
    lab.view.put(.locked, at: "e/account{6}.oeaccount")
    #expect(
      try lab.accounts().map(\.reason) == [nil, .syntax, .syntax, .symlink, .notRegular, .io])
  }

  @Test func otherKinds() throws {
    var lab = Lab()
    lab.put("<NNTP_Server type=\"SZ\">news.lab.test</NNTP_Server>", at: "n/account{2}.oeaccount")
    lab.put("<LDAP_Server type=\"SZ\">ldap.lab.test</LDAP_Server>", at: "l/account{3}.oeaccount")
    lab.putIMAP("carol", "carol@lab.test")
    let accounts = try lab.accounts()
    #expect(accounts.map(\.kind) == [.pop3, .other, .imap])
    #expect(accounts.map(\.state) == [.ready, .blocked, .current])
    #expect(accounts[2].settings.port == 143 && accounts[2].settings.security == .none)
  }

  // MARK: What is written

  @Test func theFileThatMakesTheAccount() throws {
    var lab = Lab(
      """
      <Connection_Type type="DWORD">00000003</Connection_Type>
      <POP3_Password2 type="BINARY">0102AB</POP3_Password2>
      <POP3_Timeout type="DWORD">96</POP3_Timeout>
      <POP3_Prompt_for_Password type="DWORD">1</POP3_Prompt_for_Password>
      <Leave_Mail_On_Server type="DWORD">1</Leave_Mail_On_Server>
      <SMTP_Server type="SZ">smtp.lab.test</SMTP_Server>
      <SMTP_Password2 type="BINARY">CD</SMTP_Password2>
      <SMTP_Certificate type="BINARY">EF</SMTP_Certificate>
      <SMTP_Display_Name type="SZ">A &amp; B 𝒞</SMTP_Display_Name>
      <Unknown type="SZ">x</Unknown>
      """)
    lab.options.pathPrefix = "INBOX."
    #expect(
      try lab.made()
        == """
        <?xml version="1.0" encoding="utf-16" ?>
        <MessageAccount>
          <Account_Name type="SZ">Work (IMAP)</Account_Name>
          <Connection_Type type="DWORD">00000003</Connection_Type>
          <IMAP_Server type="SZ">imap.lab.test</IMAP_Server>
          <IMAP_User_Name type="SZ">alice</IMAP_User_Name>
          <IMAP_Use_Sicily type="DWORD">00000000</IMAP_Use_Sicily>
          <IMAP_Port type="DWORD">000003e1</IMAP_Port>
          <IMAP_Secure_Connection type="DWORD">00000001</IMAP_Secure_Connection>
          <IMAP_Timeout type="DWORD">00000096</IMAP_Timeout>
          <IMAP_Prompt_for_Password type="DWORD">00000001</IMAP_Prompt_for_Password>
          <IMAP_Root_Folder type="SZ">INBOX</IMAP_Root_Folder>
          <SMTP_Email_Address type="SZ">alice@lab.test</SMTP_Email_Address>
          <SMTP_Server type="SZ">smtp.lab.test</SMTP_Server>
          <SMTP_Display_Name type="SZ">A &amp; B 𝒞</SMTP_Display_Name>
        </MessageAccount>

        """.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n"))
    let plan = try lab.plan()
    #expect(plan.files.map(\.sensitive) == [false, true])
    #expect(plan.files.map(\.commits) == [false, true])
  }

  @Test func signingInWithNTLM() throws {
    let lab = Lab("<POP3_Use_Sicily type=\"DWORD\">1</POP3_Use_Sicily>")
    #expect(
      try lab.made { $0.auth = .ntlm }.contains(
        "<IMAP_Use_Sicily type=\"DWORD\">00000001</IMAP_Use_Sicily>"))
    #expect(try lab.refusal()?.reason == nil)
    #expect(try lab.refusal { $0.security = .none }?.reason == .wouldWeakenSecurity)
  }

  /// What the switch makes of both files is read as one account, switched already.
  @Test(arguments: [
    "", "<POP3_Skip_Account type=\"DWORD\">FALSE</POP3_Skip_Account>",
    "<POP3_Skip_Account type=\"DWORD\"/>\n<SMTP_Server type=\"SZ\">s.test</SMTP_Server>",
  ]) func thereAndBack(_ more: String) throws {
    var lab = Lab(more.replacing("type=\"DWORD\"/>", with: "type=\"DWORD\">0</POP3_Skip_Account>"))
    lab.view = try lab.view.applying(lab.plan(), of: lab.adapter)
    let account = try lab.account()
    #expect(try lab.accounts().count == 1)
    #expect(account.key == Lab.path && account.kind == .imap && account.state == .current)
    #expect(account.settings.host == "imap.lab.test")
  }

  @Test func whatSuchAFileCannotSay() throws {
    #expect(try Lab().refusal { $0.security = .starttls }?.text.contains("implicit TLS") == true)
    for auth in [AuthMethod.gssapi, .oauth2, .passwordEncrypted, .none] {
      #expect(try Lab().refusal { $0.auth = auth }?.reason == .unsupported)
    }
    #expect(try Lab().refusal { $0.host = "no host" }?.reason == .noIMAPSettings)
    var lab = Lab()
    lab.options.pathPrefix = ""
    #expect(try lab.refusal()?.reason == .noIMAPSettings)
    lab.options = SwitchOptions(offlineMail: true)
    #expect(try lab.refusal()?.reason == .unsupported)
    let secure = Lab("<POP3_Secure_Connection type=\"DWORD\">1</POP3_Secure_Connection>")
    #expect(try secure.refusal { $0.security = .none }?.reason == .wouldWeakenSecurity)
  }

  @Test func anAccountThatIsThereAlready() throws {
    var lab = Lab()
    lab.putIMAP("alice", "other@lab.test")
    #expect(try lab.refusal()?.reason == .duplicateAccount)
    #expect(try lab.refusal { $0.username = "bob" } == nil)
  }

  @Test func twoOfOneUser() throws {
    var lab = Lab()
    lab.put(
      "<POP3_Server type=\"SZ\">pop.lab.test</POP3_Server><POP3_User_Name type=\"SZ\">alice</POP3_User_Name>",
      at: "Local Folders/account{2}.oeaccount")
    let target = ServerSettings(
      host: "imap.lab.test", port: 993, security: .tls, auth: .passwordCleartext, username: "alice")
    var choices = Lab.choices
    let plan = try lab.adapter.plan(
      lab.accounts().map { AccountSwitch(account: $0, target: target) }, in: lab.context,
      options: lab.options, choices: &choices)
    #expect(plan.outcomes.map(\.refusal?.reason) == [nil, .duplicateAccount])
    #expect(plan.files.count == 2)
  }

  // MARK: What is said

  @Test(arguments: [
    ("", MailOnServer.notKept, WarningCode.mailOnlyLocal),
    ("<Leave_Mail_On_Server type=\"DWORD\">1</Leave_Mail_On_Server>", .kept, .mailShownTwice),
    (
      "<Leave_Mail_On_Server type=\"DWORD\">1</Leave_Mail_On_Server>"
        + "<Remove_When_Expired type=\"DWORD\">1</Remove_When_Expired><Expire_Days type=\"DWORD\">e</Expire_Days>",
      .keptForDays, .mailOnlyLocal
    ),
  ]) func mailOnTheServer(_ more: String, _ onServer: MailOnServer, _ code: WarningCode) throws {
    let outcome = try #require(try Lab(more).plan().outcomes.first)
    #expect(outcome.mail?.onServer == onServer)
    #expect(outcome.mail?.days == (onServer == .keptForDays ? 14 : nil))
    #expect(outcome.warnings.map(\.code).prefix(2) == [code, .noSavedPassword])
  }

  @Test func undoSaysWhatStaysAndWhatDeletes() throws {
    var lab = Lab("<Remove_When_Deleted type=\"DWORD\">1</Remove_When_Deleted>")
    let plan = try lab.plan()
    let account = SwitchedAccount(
      key: Lab.path, from: try lab.account().settings, to: try lab.account().settings)
    lab.view = try lab.view.applying(plan, of: lab.adapter)
    func codes() -> [WarningCode] {
      lab.adapter.undoWarnings(accounts: [account], in: lab.context).map(\.code)
    }
    #expect(codes() == [.popDeletesFromServer], "what lies where it was put goes with the undo")
    let made = try #require(plan.files.first?.path)
    let content = lab.view.bytes(made)
    lab.view.put(nil, at: made.bytes)
    lab.view.put(content.map { .file($0) }, at: "0A1B/" + made.text)
    #expect(codes() == [.popDeletesFromServer, .usedSince])
    let values = lab.adapter.leaveOnServerValues(account: account, in: lab.context)
    #expect(values.map(\.key) == ["Leave_Mail_On_Server/.", "Remove_When_Deleted/."])
    #expect(values.allSatisfy { $0.file?.text == Lab.path })
    let path = RelativePath(known: "Local Folders/account{1}.oeaccount")
    let document = try XMLDocument(parsing: try #require(lab.view.bytes(path)))
    let edits = try document.edits(setting: values.map { ($0.key, $0.value) })
    let kept = Lab.text(try document.source.applying(edits))
    #expect(kept.contains("<Leave_Mail_On_Server type=\"DWORD\">00000001</Leave_Mail_On_Server>"))
    #expect(kept.contains("<Remove_When_Deleted type=\"DWORD\">00000000</Remove_When_Deleted>"))
  }

  @Test func mailIsNotRead() {
    #expect(throws: Refusal.self) {
      try WindowsMailAdapter().localMail(of: Lab.path, in: Lab().context)
    }
  }
}
