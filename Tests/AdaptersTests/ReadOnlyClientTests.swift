import ConfigFormats
import ProfileRewriter
import Testing

@testable import Adapters

/// Clients that have no POP accounts, or whose POP accounts are not switched: listed, and never written.
@Suite struct ReadOnlyClientTests {
  private func accounts(
    _ adapter: any ClientAdapter, _ home: MemoryView, _ profile: String
  ) throws(Refusal) -> [Account] {
    try adapter.accounts(
      in: ProfileContext(
        directory: home, profile: RelativePath(profile), installation: MemoryView(at: "/")))
  }

  private func online(_ text: String) throws -> [Account] {
    try accounts(
      GnomeOnlineAccountsAdapter(),
      MemoryView(at: "/home/lab", [".config/goa-1.0/accounts.conf": text]), ".config/goa-1.0")
  }

  private func geary(_ text: String) throws -> [Account] {
    try accounts(
      GearyAdapter(),
      MemoryView(at: "/home/lab", [".config/geary/account_01/geary.ini": text]), ".config/geary")
  }

  // MARK: GNOME Online Accounts

  @Test func whereGNOMEKeepsThem() {
    let adapter = GnomeOnlineAccountsAdapter()
    var home = MemoryView(at: "/home/lab")
    #expect(adapter.profiles(in: home) == [])
    home[".config/goa-1.0/accounts.conf"] = ""
    #expect(adapter.profiles(in: home).map(\.path?.text) == [".config/goa-1.0"])
  }

  @Test func everyProvider() throws {
    let accounts = try online(
      """
      [Account account_1]
      Provider=imap_smtp
      Identity=alice
      EmailAddress=alice@lab.test
      ImapHost=imap.lab.test:1143
      ImapUserName=alice@lab.test
      ImapUseTls=true

      [Account account_2]
      Provider=google
      Identity=bob@example.test
      EmailAddress=bob@example.test

      [Account account_3]
      Provider=owncloud
      Identity=carol

      [Other]
      Provider=google

      """)
    #expect(accounts.map(\.key) == ["account_1", "account_2"])
    #expect(accounts.allSatisfy { $0.kind == .imap && $0.state == .current })
    #expect(
      accounts.first?.settings
        == ServerSettings(
          host: "imap.lab.test", port: 1143, security: .starttls, auth: .passwordCleartext,
          username: "alice@lab.test"))
    #expect(accounts.map(\.addresses) == [["alice@lab.test"], ["bob@example.test"]])
    #expect(accounts.last?.settings.auth == .oauth2)
  }

  @Test(arguments: [
    ("ImapUseSsl=true", TransportSecurity.tls, 993), ("ImapUseTls=true", .starttls, 143),
    ("", .none, 143), ("ImapUseSsl=false", .none, 143), ("ImapUseSsl=TRUE", .none, 143),
  ]) func imapSecurity(_ line: String, _ security: TransportSecurity, _ port: Int) throws {
    let text = "[Account a]\nProvider=imap_smtp\nIdentity=alice\nImapHost=h.test\n\(line)\n"
    let settings = try #require(try online(text).first?.settings)
    #expect(settings.security == security)
    #expect(settings.port == port)
    #expect(settings.username == "alice")
  }

  /// A group's name may hold a slash.
  @Test func namesOfGroups() throws {
    let text = "[Account a/b~c]\nProvider=imap_smtp\nImapHost=h.test\n"
    #expect(try online(text).map(\.key) == ["a/b~c"])
    #expect(try online("[Account a]\nProvider=imap_smtp\n") == [])
  }

  @Test func brokenFiles() throws {
    #expect(throws: Refusal.self) { try online("nothing") }
    #expect(throws: Refusal.self) { try geary("nothing") }
  }

  @Test(arguments: [
    ("mail.test", "mail.test", 993), ("mail.test:1143", "mail.test", 1143),
    ("[2001:db8::1]:1143", "[2001:db8::1]", 1143), ("2001:db8::1", "2001:db8::1", 993),
    ("[2001:db8::1]", "[2001:db8::1]", 993), ("mail.test:", "mail.test:", 993),
    ("mail.test:0", "mail.test:0", 993), ("mail.test:99999", "mail.test:99999", 993),
  ]) func hosts(_ text: String, _ host: String, _ port: Int) {
    let parsed = HostAndPort(text, port: 993)
    #expect(parsed.host == host)
    #expect(parsed.port == port)
  }

  // MARK: Geary

  @Test func whereGearyKeepsThem() {
    let home = MemoryView(
      at: "/home/lab",
      [
        ".config/geary/account_01/geary.ini": "",
        ".var/app/org.gnome.Geary/config/geary/account_01/geary.ini": "",
      ])
    #expect(
      GearyAdapter().profiles(in: home).map(\.path?.text)
        == [".config/geary", ".var/app/org.gnome.Geary/config/geary"])
  }

  @Test(arguments: [
    ("none", TransportSecurity.none, 143), ("start-tls", .starttls, 143),
    ("transport", .tls, 993),
  ]) func gearySecurity(_ word: String, _ security: TransportSecurity, _ port: Int) throws {
    let accounts = try geary(
      "[Incoming]\nlogin=alice\nhost=imap.lab.test\ntransport_security=\(word)\n")
    let account = try #require(accounts.first)
    #expect(account.key == "account_01")
    #expect(account.kind == .imap && account.state == .current)
    #expect(account.settings.security == security)
    #expect(account.settings.port == port)
    #expect(account.settings.username == "alice")
    #expect(try geary("[Incoming]\nhost=h\nport=1143\n").first?.settings.port == 1143)
  }

  @Test func gearyWithoutAServer() throws {
    #expect(try geary("[Metadata]\ngoa_id=account_1\n\n[Incoming]\nlogin=alice\n") == [])
    let home = MemoryView(at: "/home/lab", [".config/geary/account_01/other": ""])
    #expect(try accounts(GearyAdapter(), home, ".config/geary") == [])
  }

  // MARK: Balsa

  private func balsa(_ config: String, _ names: String? = nil) throws -> [Account] {
    var home = MemoryView(at: "/home/lab", [".balsa/config": config])
    home[".balsa/config-private"] = names
    return try accounts(BalsaAdapter(), home, ".balsa")
  }

  @Test func whereBalsaKeepsThem() {
    let home = MemoryView(
      at: "/home/lab", [".balsa/config": "", ".config/balsa/config": "", ".config/balsa/other": ""])
    #expect(
      BalsaAdapter().profiles(in: home).map(\.path?.text) == [".balsa", ".config/balsa"])
    #expect(BalsaAdapter().profiles(in: MemoryView(at: "/", [".balsa/accelmap": ""])) == [])
  }

  @Test(arguments: [
    ("Security=1", TransportSecurity.tls, 995), ("Security=2", .starttls, 110),
    ("Security=3", .none, 110), ("Security=4", .none, 110), ("SSL=true\nTLSMode=0", .tls, 995),
    ("SSL=false\nTLSMode=0", .none, 110), ("TLSMode=1", .none, 110), ("TLSMode=2", .starttls, 110),
    ("", .starttls, 110), ("Port=1110", .starttls, 1110),
  ]) func balsaSecurity(_ keys: String, _ security: TransportSecurity, _ port: Int) throws {
    let account = try #require(
      try balsa("[mailbox-1]\nType=LibBalsaMailboxPOP3\nServer=POP.lab.test\n\(keys)\n").first)
    #expect(account.state == .blocked && account.reason == .unsupported && account.kind == .pop3)
    #expect(account.settings.host == "pop.lab.test")
    #expect(account.settings.security == security)
    #expect(account.settings.port == port)
  }

  /// As the assistant of Balsa 2.6.4 has written them, one run for each: "TLS required" is STARTTLS to it,
  /// whatever the port.
  @Test func balsaAsItWroteItself() throws {
    let config = """
      [mailbox-1]
      Server=pop.example.net:995
      Anonymous=false
      RememberPasswd=true
      NeedClientCert=false
      Security=2
      Check=true
      Delete=true
      DisableApop=false
      EnablePipe=false
      Filter=false
      FilterCmd=procmail -f -
      Type=LibBalsaMailboxPOP3
      Name=pop.example.net:995

      [folder-1]
      Server=imap.example.net:143
      Anonymous=false
      RememberPasswd=false
      NeedClientCert=false
      Security=2
      ConnectionLimit=20
      PersistentCache=true
      HasFetchBug=false
      UseStatus=false
      UseIdle=true
      Name=imap.example.net:143
      Directory=
      Subscribed=false
      ListInbox=false

      """
    let names = "[mailbox-1]\nUsername=alice\n\n[folder-1]\nUsername=alice\nPassword=\n"
    let accounts = try balsa(config, names)
    #expect(accounts.map(\.key) == ["mailbox-1", "folder-1"])
    #expect(accounts.map(\.kind) == [.pop3, .imap])
    #expect(accounts.map(\.settings.host) == ["pop.example.net", "imap.example.net"])
    #expect(accounts.map(\.settings.port) == [995, 143])
    #expect(accounts.allSatisfy { $0.settings.security == .starttls })
    #expect(accounts.map(\.settings.username) == ["alice", "alice"])
  }

  @Test func balsaUsersAndFolders() throws {
    let config = """
      [mailbox-Inbox]
      Type=LibBalsaMailboxMbox
      Path=/home/lab/mail/inbox

      [mailbox-1]
      Type=LibBalsaMailboxPOP3
      Server=pop.lab.test:2110

      [mailbox-2]
      Type=LibBalsaMailboxPOP3

      [folder-1]
      Server=imap.lab.test
      Security=1

      [smtp-server-Default]
      Server=smtp.lab.test:25

      """
    let names = "[mailbox-1]\nUsername=alice\nPassword=planted\n\n[folder-1]\nUsername=bob\n"
    let accounts = try balsa(config, names)
    #expect(accounts.map(\.key) == ["mailbox-1", "folder-1"])
    #expect(accounts.map(\.settings.username) == ["alice", "bob"])
    #expect(accounts.map(\.settings.port) == [2110, 993])
    #expect(accounts.map(\.state) == [.blocked, .current])
    #expect(!"\(accounts)".contains("planted"))
    #expect(try balsa(config, "nothing").map(\.settings.username) == ["", ""])
    #expect(throws: Refusal.self) { try balsa("nothing") }
  }

  // MARK: KMail

  private func kmail(_ files: [String: String]) throws -> [Account] {
    var home = MemoryView(at: "/home/lab")
    for (name, text) in files { home[".config/" + name] = text }
    return try accounts(KMailAdapter(), home, ".config")
  }

  @Test func whereKMailKeepsThem() {
    let rc = "akonadi_pop3_resource_0rc"
    let home = MemoryView(
      at: "/home/lab",
      [".config/\(rc)": "", ".var/app/org.kde.kontact/config/akonadi_imap_resource_12rc": ""])
    #expect(
      KMailAdapter().profiles(in: home).map(\.path?.text)
        == [".config", ".var/app/org.kde.kontact/config"])
    for name in [
      "akonadi_pop3_resource_rc", "akonadi_pop3_resource_0rc.lock", "akonadi_pop3_resource_xrc",
      "akonadi_maildir_resource_0rc", "kmail2rc", "akonadi_pop3_resource_0/rc",
    ] {
      #expect(
        KMailAdapter().profiles(in: MemoryView(at: "/", [".config/" + name: ""])) == [], "\(name)")
    }
  }

  @Test(arguments: [
    ("useSSL=true\nport=995", TransportSecurity.tls, 995), ("useTLS=true", .starttls, 110),
    ("", .none, 110), ("useSSL=false\nuseTLS=false", .none, 110),
  ]) func kmailPOP(_ keys: String, _ security: TransportSecurity, _ port: Int) throws {
    let text = "[General]\nhost=POP.lab.test\nlogin=alice\nunitTestPassword=planted\n\(keys)\n"
    let account = try #require(try kmail(["akonadi_pop3_resource_3rc": text]).first)
    #expect(account.key == "akonadi_pop3_resource_3")
    #expect(account.kind == .pop3 && account.state == .blocked && account.reason == .unsupported)
    #expect(account.explanation?.contains("docs/other-clients.md") == true)
    #expect(
      account.settings
        == ServerSettings(
          host: "pop.lab.test", port: port, security: security, auth: .passwordCleartext,
          username: "alice"))
    #expect(!"\(account)".contains("planted"))
  }

  @Test(arguments: [
    ("Safety=SSL\nImapPort=993", TransportSecurity.tls, 993), ("Safety=STARTTLS", .starttls, 143),
    ("Safety=None", .none, 143), ("", .tls, 993),
    ("ImapPort=1143\nSafety=STARTTLS", .starttls, 1143),
  ]) func kmailIMAP(_ keys: String, _ security: TransportSecurity, _ port: Int) throws {
    let text = "[network]\nImapServer=imap.lab.test\nUserName=alice\n\(keys)\n"
    let account = try #require(try kmail(["akonadi_imap_resource_0rc": text]).first)
    #expect(account.kind == .imap && account.state == .current)
    #expect(account.settings.security == security && account.settings.port == port)
  }

  /// What cannot be read is named, and is in no other's way; what names no server is no account yet.
  @Test func kmailFilesOfAllKinds() throws {
    let accounts = try kmail([
      "akonadi_pop3_resource_0rc": "nothing", "akonadi_pop3_resource_1rc": "[General]\nlogin=a\n",
      "akonadi_pop3_resource_2rc": "[General]\nhost=h.test\n",
    ])
    #expect(
      accounts.map(\.key) == ["akonadi_pop3_resource_0", "akonadi_pop3_resource_2"])
    #expect(accounts.map(\.reason) == [.syntax, .unsupported])
  }

  // MARK: Never written

  @Test func nothingIsPlanned() {
    let all: [any ClientAdapter] = [
      GnomeOnlineAccountsAdapter(), GearyAdapter(), BalsaAdapter(), KMailAdapter(),
    ]
    for adapter in all {
      var choices = Lab.choices()
      let context = ProfileContext(
        directory: MemoryView(at: "/home/lab"), profile: nil, installation: MemoryView(at: "/"))
      #expect(throws: Refusal.self) {
        try adapter.plan([], in: context, options: SwitchOptions(), choices: &choices)
      }
      #expect(!adapter.isProfile(MemoryView(at: "/home/lab/.config/geary", ["geary.ini": ""])))
      #expect(adapter.undoWarnings(accounts: [], in: context) == [])
    }
  }
}
