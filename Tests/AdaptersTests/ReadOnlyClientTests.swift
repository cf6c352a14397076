import ConfigFormats
import ProfileRewriter
import Testing

@testable import Adapters

/// Clients that have no POP accounts: listed, and never written.
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

  // MARK: Never written

  @Test func nothingIsPlanned() {
    for adapter in [GnomeOnlineAccountsAdapter(), GearyAdapter()] as [any ClientAdapter] {
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
