import ConfigFormats
import ProfileRewriter
import Testing

@testable import Adapters

@Suite struct AutoconfigReadingTests {
  private func server(
    _ type: String, _ host: String? = nil, _ port: Int? = nil, _ socket: String = "SSL",
    auth: [String] = ["password-cleartext"]
  ) -> String {
    AutoconfigLab.server(type, host, port, socket, auth: auth)
  }

  @Test func listsPOPAndIMAPServers() throws {
    let accounts = try AutoconfigLab(
      servers: server("ews"), server("pop3", "POP.example.com", 110, "STARTTLS"),
      server("imap", auth: ["OAuth2", "password-encrypted"]), server("POP3")
    ).accounts()
    #expect(
      accounts.map(\.key) == [
        "emailProvider/incomingServer[2]", "emailProvider/incomingServer[3]",
      ])
    #expect(accounts.map(\.kind) == [.pop3, .imap])
    #expect(accounts.map(\.state) == [.ready, .current])
    #expect(
      accounts[0].settings
        == ServerSettings(
          host: "pop.example.com", port: 110, security: .starttls, auth: .passwordCleartext,
          username: "%EMAILADDRESS%"))
    #expect(accounts.allSatisfy { $0.isForAllUsers })
    // What is nobody's address is not looked up.
    #expect(
      accounts[0].addresses == ["%EMAILLOCALPART%@example.com", "%EMAILLOCALPART%@example.net"])
    #expect(accounts[0].ownIMAP == AutoconfigLab.imap(auth: .passwordEncrypted))
  }

  /// What all clients pass over can be nobody's first choice.
  @Test func incompleteServers() throws {
    let pop = "<incomingServer type='pop3'><hostname>pop.example.com</hostname></incomingServer>"
    let accounts = try AutoconfigLab(
      servers: pop, "<incomingServer type='imap'><port>0</port></incomingServer>",
      server("imap", "imap2.example.com", 143, "STARTTLS"), server("pop3", nil, nil, "TLS")
    ).accounts()
    #expect(accounts.map(\.state) == [.blocked, .current, .current, .blocked])
    #expect(accounts.map(\.reason) == [.incompleteAccount, nil, nil, .incompleteAccount])
    #expect(accounts[0].explanation?.contains("no port and no socketType and no username") == true)
    #expect(accounts[3].explanation?.contains("no socketType that") == true)
    #expect(accounts[0].ownIMAP?.host == "imap2.example.com")
  }

  /// The first that everybody has: a password; the preferred server's holds for all.
  @Test func authenticationThatCounts() throws {
    let accounts = try AutoconfigLab(
      servers: server("pop3", auth: ["OAuth2", "secure", "password-cleartext"]),
      server("pop3", nil, 110, "STARTTLS"), server("pop3", auth: ["OAuth2"]),
      server("pop3", auth: ["unheard-of", "plain"])
    ).accounts()
    #expect(
      accounts.map(\.settings.auth) == [
        .passwordEncrypted, .passwordCleartext, .oauth2, .passwordCleartext,
      ])
    #expect(accounts.allSatisfy { $0.imapAuth == .passwordEncrypted })
  }

  @Test(arguments: [
    ("<clientConfig><emailProvider>", ReasonCode.syntax),
    ("", .syntax),
    ("<!DOCTYPE clientConfig><clientConfig><emailProvider/></clientConfig>", .syntax),
    ("<clientConfig/>", .unsupported),
    ("<project><emailProvider/></project>", .unsupported),
    ("<x:clientConfig xmlns:x='urn:x'><emailProvider/></x:clientConfig>", .unsupported),
  ])
  func whatIsNoAutoconfigFile(_ text: String, _ reason: ReasonCode) throws {
    let refusal = #expect(throws: Refusal.self) { try AutoconfigLab(text).accounts() }
    #expect(refusal?.reason == reason)
    #expect(refusal?.text.contains("/srv/isp/example.com.xml") == true)
  }

  @Test func aFileThatIsGone() throws {
    var lab = AutoconfigLab("")
    lab.view.put(nil, at: "example.com.xml")
    let refusal = #expect(throws: Refusal.self) { try lab.accounts() }
    #expect(refusal?.reason == .notFound)
  }

  /// Nobody has so many; what would be done with each is not found out.
  @Test func tooManyServers() throws {
    let lab = AutoconfigLab(AutoconfigLab.file(Array(repeating: server("pop3"), count: 200)))
    let refusal = #expect(throws: Refusal.self) { try lab.accounts() }
    #expect(refusal?.reason == .tooLarge)
    let most = AutoconfigLab(AutoconfigLab.file(Array(repeating: server("pop3"), count: 199)))
    #expect(try most.switched().accounts().map(\.kind) == [.imap])
  }

  @Test func severalProviders() throws {
    let both =
      "<clientConfig>"
      + "<emailProvider id='a'><domain>a.example</domain>\(server("pop3"))</emailProvider>"
      + "<emailProvider id='b'><domain>b.example</domain>\(server("pop3"))\(server("imap"))"
      + "</emailProvider></clientConfig>"
    let lab = AutoconfigLab(both)
    #expect(
      try lab.accounts().map(\.key) == [
        "emailProvider/incomingServer", "emailProvider[2]/incomingServer",
        "emailProvider[2]/incomingServer[2]",
      ])
    let kinds = try lab.switched().accounts().map(\.kind)
    #expect(kinds == [.imap, .imap])
  }
}

@Suite struct AutoconfigSwitchTests {
  private static let pop = AutoconfigLab.server("pop3")
  private static let imap = AutoconfigLab.server("imap")
  private static let pop110 = AutoconfigLab.server("pop3", nil, 110, "STARTTLS")

  /// Servers before, and after; nothing else of the file may differ.
  private func expect(
    _ before: [String], become after: [String], _ hosts: [String]? = nil,
    to target: ServerSettings? = nil, keepPOP: Bool = false,
    location: SourceLocation = #_sourceLocation
  ) throws {
    var lab = AutoconfigLab(AutoconfigLab.file(before))
    lab.options.keepPOP = keepPOP
    let result = try lab.switched(hosts, to: target)
    #expect(result.text == AutoconfigLab.file(after), sourceLocation: location)
  }

  @Test func popGivesWay() throws {
    try expect([Self.pop], become: [Self.imap])
    try expect([Self.pop, Self.imap], become: [Self.imap])
    try expect([Self.imap, Self.pop], become: [Self.imap])
    try expect([Self.pop, Self.pop110], become: [Self.imap])
    try expect([Self.pop, Self.imap, Self.pop110], become: [Self.imap])
  }

  @Test func otherKindsStay() throws {
    let other = AutoconfigLab.server("exchange")
    try expect([other, Self.pop, Self.imap], become: [other, Self.imap])
    try expect([other, Self.pop], become: [other, Self.imap])
  }

  @Test func keptPOPComesSecond() throws {
    try expect([Self.pop, Self.imap], become: [Self.imap, Self.pop], keepPOP: true)
    try expect(
      [Self.pop, Self.pop110, Self.imap], become: [Self.imap, Self.pop, Self.pop110],
      keepPOP: true)
    let imap2 = AutoconfigLab.server("imap", nil, 143, "STARTTLS")
    try expect(
      [Self.pop, Self.imap, imap2], become: [Self.imap, imap2, Self.pop], keepPOP: true)
    // It comes second already: nothing is touched.
    for servers in [[Self.imap, Self.pop], [Self.imap, Self.pop, imap2]] {
      var lab = AutoconfigLab(AutoconfigLab.file(servers))
      lab.options.keepPOP = true
      let plan = try lab.plan()
      #expect(plan.files.isEmpty && plan.outcomes.allSatisfy(\.isDone))
    }
  }

  /// A new server is laid out as the one it stands before.
  @Test func keptPOPGetsANewServerInFront() throws {
    let file = { (servers: String) in
      "<clientConfig>\r\n\t<emailProvider id='a'>\r\n\(servers)\t</emailProvider>\r\n</clientConfig>"
    }
    func server(_ type: String, _ host: String, _ port: Int) -> String {
      """
      \t\t<incomingServer type='\(type)'>
      \t\t\t<hostname>\(host)</hostname>
      \t\t\t<port>\(port)</port>
      \t\t\t<socketType>SSL</socketType>
      \t\t\t<username>%EMAILADDRESS%</username>
      \t\t\t<authentication>password-cleartext</authentication>
      \t\t</incomingServer>

      """.replacing("\n", with: "\r\n")
    }
    let pop = server("pop3", "pop.example.com", 995)
    var lab = AutoconfigLab(file(pop))
    lab.options.keepPOP = true
    let result = try lab.switched()
    #expect(result.text == file(server("imap", "imap.example.com", 993) + pop))
  }

  /// Only some were picked: IMAP is first all the same.
  @Test func popThatWasNotPicked() throws {
    let other = AutoconfigLab.server("pop3", "pop2.example.com")
    try expect([Self.pop, other], become: [Self.imap, other], ["pop.example.com"])
    try expect([other, Self.pop], become: [Self.imap, other], ["pop.example.com"])
    try expect(
      [other, Self.pop, Self.imap], become: [Self.imap, other], ["pop.example.com"])
  }

  /// Servers that differ in more than their ports are alternatives, and stay so.
  @Test func otherNamesAreOtherServers() throws {
    let local = AutoconfigLab.server("pop3", user: "%EMAILLOCALPART%")
    try expect(
      [Self.pop, local, Self.pop110],
      become: [Self.imap, AutoconfigLab.server("imap", user: "%EMAILLOCALPART%")])
  }

  @Test func anotherServerThanTheFilesOwn() throws {
    let target = AutoconfigLab.imap("new.example.com")
    let new = AutoconfigLab.server("imap", "new.example.com")
    try expect([Self.pop, Self.imap], become: [new, Self.imap], to: target)
    try expect([Self.imap, Self.pop], become: [new, Self.imap], to: target)
    #expect(
      try AutoconfigLab(servers: Self.imap, Self.pop).warnings(to: target) == [.otherIMAPServers])
    #expect(try AutoconfigLab(servers: Self.imap, Self.pop).warnings() == [])
  }

  /// The file's own server, with another name or authentication asked for.
  @Test func theFilesOwnServerIsCorrected() throws {
    try expect(
      [Self.imap, Self.pop],
      become: [AutoconfigLab.server("imap", user: "%EMAILLOCALPART%", auth: ["GSSAPI"])],
      to: AutoconfigLab.imap(auth: .gssapi, user: "%EMAILLOCALPART%"))
    let both = AutoconfigLab.server("imap", auth: ["OAuth2", "password-cleartext"])
    try expect([both, Self.pop], become: [both])
  }

  /// What means the same is not written anew, and what is about POP alone goes.
  @Test func onlyWhatDiffersIsWritten() throws {
    let pop =
      "<incomingServer type='pop3'><hostname>MAIL.example.com</hostname><port>0995</port>"
      + "<socketType>SSL</socketType><username>&#37;EMAILADDRESS%</username>"
      + "<authentication>plain</authentication><authentication>secure</authentication>"
      + "<x>?</x><pop3><downloadOnBiff>true</downloadOnBiff></pop3><!-- c --></incomingServer>"
    let imap =
      "<incomingServer type='imap'><hostname>MAIL.example.com</hostname><port>993</port>"
      + "<socketType>SSL</socketType><username>&#37;EMAILADDRESS%</username>"
      + "<authentication>plain</authentication><x>?</x><!-- c --></incomingServer>"
    try expect([pop], become: [imap], to: AutoconfigLab.imap("mail.example.com"))
  }

  /// Values that stand in several pieces have no place of their own.
  @Test func valuesInPieces() throws {
    let pop = Self.pop.replacing(
      "pop.example.com", with: "pop.<!-- c -->exa<![CDATA[mple]]>.com")
    try expect([pop], become: [Self.imap])
  }

  @Test func patternsStayPatterns() throws {
    let pop = AutoconfigLab.server("pop3", "pop.%EMAILDOMAIN%", user: "%EMAILLOCALPART%")
    try expect(
      [pop],
      become: [AutoconfigLab.server("imap", "imap.%EMAILDOMAIN%", user: "%EMAILADDRESS%")],
      to: AutoconfigLab.imap("IMAP.%EMAILDOMAIN%"))
    #expect(
      try AutoconfigLab(servers: pop).warnings(to: AutoconfigLab.imap()) == [.usernameDiffers])
    #expect(
      try AutoconfigLab(servers: pop).refusals(to: AutoconfigLab.imap("imap.%REALNAME%"))
        == [.noIMAPSettings])
  }

  @Test func noBlankLineStays() throws {
    let spaced = { (servers: String) in
      "<clientConfig>\n <emailProvider>\n\n\(servers)\n  <outgoingServer/>\n </emailProvider>\n"
        + "</clientConfig>\n"
    }
    let lab = AutoconfigLab(spaced("  \(Self.pop)  \n\n  \(Self.imap)\n"))
    #expect(try lab.switched().text == spaced("  \(Self.imap)\n"))
    let commented = AutoconfigLab(spaced("  <!-- old -->\n  \(Self.pop)\n\n  \(Self.imap)\n"))
    #expect(try commented.switched().text == spaced("  <!-- old -->\n\n  \(Self.imap)\n"))
    let beside = AutoconfigLab(spaced("  \(Self.pop) <!-- old -->\n  \(Self.imap)\n"))
    #expect(try beside.switched().text == spaced("   <!-- old -->\n  \(Self.imap)\n"))
  }

  // MARK: Refusals

  @Test func weakerIsRefused() throws {
    let plain = AutoconfigLab.imap(port: 143, security: .none)
    #expect(
      try AutoconfigLab(servers: Self.pop).refusals(to: plain) == [.wouldWeakenSecurity])
    // The file's own, too.
    let own = AutoconfigLab(
      servers: AutoconfigLab.server("imap", nil, 143, "plain"), Self.pop, Self.pop110)
    #expect(try own.refusals() == [.wouldWeakenSecurity, .wouldWeakenSecurity])
    var allowed = own
    allowed.options.allowWeaker = true
    #expect(try allowed.warnings() == [.weakerAllowed, .weakerAllowed])
    // From unprotected POP it is no loss.
    let weak = AutoconfigLab(servers: AutoconfigLab.server("pop3", nil, 110, "plain"))
    #expect(try weak.refusals(to: plain) == [nil])
  }

  /// Law 8: a password that stands in the file must not get into the journal.
  @Test func aPasswordStaysInItsFile() throws {
    let secret = AutoconfigLab.server("pop3", more: "<password>secret</password>")
    let lab = AutoconfigLab(servers: secret)
    for file in try lab.plan().files {
      guard case .edit(let source, let edits, _) = file.work else { continue }
      let old = edits.flatMap { $0.edits.flatMap { source.bytes[$0.range] } + ($0.before ?? []) }
      #expect(!String(decoding: old, as: UTF8.self).contains("secret"))
    }
    #expect(try lab.switched().text.contains("<password>secret</password>"))
    #expect(try lab.plan().files.map(\.sensitive) == [true])
    #expect(try AutoconfigLab(servers: Self.pop).plan().files.map(\.sensitive) == [false])
    #expect(try AutoconfigLab(servers: secret, Self.imap).refusals() == [.unsupported])
    #expect(
      try AutoconfigLab(servers: Self.pop, secret).refusals() == [.unsupported, .unsupported])
  }

  @Test func optionsWithoutWords() throws {
    for options in [SwitchOptions(pathPrefix: "INBOX."), SwitchOptions(offlineMail: true)] {
      var lab = AutoconfigLab(servers: Self.pop)
      lab.options = options
      #expect(try lab.refusals() == [.unsupported])
    }
  }
}

@Suite struct AutoconfigPlacesTests {
  private func found(_ files: [String: String]) -> [String] {
    AutoconfigXMLAdapter().profiles(in: MemoryView(at: "/srv", files)).map {
      $0.shownPath + ($0.problem.map { " \($0.reason.rawValue)" } ?? "")
    }
  }

  private static let config = "<?xml version='1.0'?><clientConfig/>"

  @Test func treesAreFound() {
    #expect(
      found([
        "b.example.xml": Self.config, "a.example": Self.config, "broken.xml": "<cl",
        "README.md": "a list", "LICENSE": "clientConfig", ".hidden.xml": Self.config,
      ]) == ["a.example", "b.example.xml", "broken.xml"])
    #expect(found(["isp/a.xml": Self.config, "omni.ja": "x"]) == ["isp/a.xml"])
    #expect(found(["autoconfig/v1.1/a.example": Self.config]) == ["autoconfig/v1.1/a.example"])
    #expect(
      found([
        "mail/config-v1.1.xml": Self.config, "sitemap.xml": "<urlset/>", "mail/mbox": "From ",
        ".well-known/autoconfig/mail/config-v1.1.xml": Self.config,
      ]) == ["mail/config-v1.1.xml", ".well-known/autoconfig/mail/config-v1.1.xml"])
    #expect(found(["project.xml": "<project/>", "x/a.xml": Self.config]) == [])
    var wide = MemoryView(at: "/srv")
    wide.put(.file(Self.config.utf16.flatMap { [UInt8(0), UInt8($0)] }), at: "WIDE.XML")
    #expect(AutoconfigXMLAdapter().profiles(in: wide).map(\.shownPath) == ["WIDE.XML"])
  }

  @Test func linksAreTold() {
    var view = MemoryView(at: "/srv", ["a.xml": Self.config])
    view.put(.link, at: "b.xml")
    view.put(.fifo, at: "c.xml")
    view.put(.directory, at: "d.xml")
    let listings = AutoconfigXMLAdapter().profiles(in: view)
    #expect(listings.map { $0.problem?.reason } == [nil, .symlink, .notRegular])
    #expect(listings.allSatisfy { !$0.isBelowHome })
  }

  /// Not even a file that somebody has downloaded to the top of a home.
  @Test func homesAreLeftAlone() {
    #expect(!AutoconfigXMLAdapter().livesInHomes)
    for sign in [".bashrc", ".config/x", ".thunderbird/profiles.ini"] {
      #expect(found([sign: "", "config-v1.1.xml": Self.config]) == [])
    }
  }

  @Test func aFileByWhatIsInIt() {
    let view = MemoryView(at: "/srv", ["example.com": Self.config, "other": "<project/>"])
    let adapter = AutoconfigXMLAdapter()
    #expect(adapter.isProfile(RelativePath("example.com")!, in: view))
    #expect(!adapter.isProfile(RelativePath("other")!, in: view))
    #expect(!adapter.isProfile(RelativePath("none")!, in: view))
  }
}
