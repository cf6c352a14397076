import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

@Suite struct EvolutionReadingTests {
  @Test func aGenuineAccount() throws {
    let account = try EvolutionLab().account()
    #expect(account.kind == .pop3)
    #expect(account.state == .ready)
    #expect(account.addresses == ["alice@lab.test"])
    #expect(
      account.settings
        == ServerSettings(
          host: "pop.lab.test", port: 995, security: .tls, auth: .passwordCleartext,
          username: "alice@lab.test"))
  }

  /// A local store is no server; the registry takes `imap` for `imapx`.
  @Test(arguments: [
    ("pop", IncomingProtocol.pop3), ("imapx", .imap), ("imap", .imap), ("local", nil),
    ("none", nil), ("maildir", nil), ("mbox", nil), ("mh", nil), ("spool", nil), ("spooldir", nil),
    ("rss", nil), ("vfolder", nil), ("", nil), ("ews", .other), ("microsoft365", .other),
    ("nntp", .other), ("POP", .other), ("\u{202e}x", .other),
  ]) func everyBackend(_ name: String, _ kind: IncomingProtocol?) throws {
    let lab = EvolutionLab { $0.set("BackendName", name) }
    #expect(try lab.accounts().map(\.kind) == (kind.map { [$0] } ?? []))
    if kind == .imap { #expect(try lab.account().state == .current) }
    if kind == .other {
      let account = try lab.account()
      #expect(account.state == .blocked && account.reason == .unsupported)
      #expect(account.explanation?.contains("\u{202e}") == false)
    }
  }

  /// As ESource's setters do, which take blanks off both ends and the empty string for nothing
  /// (seen with evolution-data-server 3.46.4).
  @Test func blanksAtTheEndsDoNotCount() throws {
    let lab = EvolutionLab {
      $0.set("BackendName", "pop ")
      $0.set("Host", "pop.lab.test\\s")
      $0.set("User", "\\salice@lab.test ")
      $0.set("Method", "+APOP ", in: "Authentication")
      $0.set("Method", "ssl-on-alternate-port ", in: "Security")
      $0.set("Parent", "\\s")
    }
    let account = try lab.account()
    #expect(account.state == .ready)
    #expect(account.settings.host == "pop.lab.test")
    #expect(account.settings.username == "alice@lab.test")
    #expect(account.settings.auth == .passwordEncrypted)
    #expect(account.imapAuth == .passwordCleartext)
    #expect(account.settings.security == .tls)
  }

  @Test(arguments: [
    ("none", TransportSecurity.none), ("", .none), ("ssl-on-alternate-port", .tls),
    ("starttls-on-standard-port", .starttls), ("tls", .starttls),
  ]) func everySecurity(_ method: String, _ security: TransportSecurity) throws {
    let lab = EvolutionLab { $0.set("Method", method, in: "Security") }
    #expect(try lab.account().settings.security == security)
  }

  @Test(arguments: [
    ("", AuthMethod.passwordCleartext), ("none", .passwordCleartext),
    ("PLAIN", .passwordCleartext), ("LOGIN", .passwordCleartext), ("+APOP", .passwordEncrypted),
    ("CRAM-MD5", .passwordEncrypted), ("DIGEST-MD5", .passwordEncrypted),
    ("SCRAM-SHA-256", .passwordEncrypted), ("GSSAPI", .gssapi), ("NTLM", .ntlm),
    ("EXTERNAL", .tlsClientCertificate), ("ANONYMOUS", .none), ("XOAUTH2", .oauth2),
    ("Google", .oauth2),
  ]) func everyMethod(_ method: String, _ auth: AuthMethod) throws {
    let lab = EvolutionLab { $0.set("Method", method, in: "Authentication") }
    let account = try lab.account()
    #expect(account.settings.auth == auth)
    #expect(account.imapAuth == (method == "+APOP" ? .passwordCleartext : auth))
  }

  /// The port is explicit; what is none leaves the protocol's own.
  @Test(arguments: [
    ("25995", 25995), ("110", 110), ("0", 995), ("65536", 995), ("", 995), ("pop3s", 995),
    ("-1", 995),
  ]) func ports(_ text: String, _ port: Int) throws {
    #expect(try EvolutionLab { $0.set("Port", text) }.account().settings.port == port)
  }

  @Test(arguments: [
    ("pop", "none", 110), ("pop", "starttls-on-standard-port", 110),
    ("pop", "ssl-on-alternate-port", 995), ("imapx", "none", 143),
    ("imapx", "ssl-on-alternate-port", 993),
  ]) func defaultPorts(_ backend: String, _ security: String, _ port: Int) throws {
    let lab = EvolutionLab {
      $0.set("BackendName", backend)
      $0.set("Method", security, in: "Security")
      $0 = $0.replacing("Port=995\n", with: "")
    }
    #expect(try lab.account().settings.port == port)
  }

  @Test(arguments: ["Host=pop.lab.test\n", "User=alice@lab.test\n"])
  func withoutHostOrUser(_ line: String) throws {
    let account = try EvolutionLab { $0 = $0.replacing(line, with: "") }.account()
    #expect(account.state == .blocked)
    #expect(account.reason == .incompleteAccount)
  }

  @Test func withoutAnythingElse() throws {
    let lab = EvolutionLab { $0 = "[Mail Account]\nBackendName=pop\n" }
    let account = try lab.account()
    #expect(account.reason == .incompleteAccount)
    #expect(account.settings.port == 110)
    #expect(account.addresses == [])
  }

  /// GLib keeps the bytes, and fails when a value that is not UTF-8 is read as text.
  @Test func valuesThatAreNotUTF8() throws {
    var lab = EvolutionLab()
    var bytes = try #require(lab["a"]).utf8.map { $0 }
    let host = Array("pop.lab.test".utf8)
    let place = try #require(bytes.firstRange(of: host))
    bytes.replaceSubrange(place, with: [0xE4] + host)
    lab.home.put(.file(bytes), at: "\(lab.profile)/sources/a.source")
    #expect(try lab.account().reason == .incompleteAccount)

    var named = EvolutionLab()
    bytes = try #require(named["a"]).utf8.map { $0 }
    let name = try #require(bytes.firstRange(of: Array("DisplayName=".utf8)))
    bytes.insert(0xFC, at: name.upperBound)
    named.home.put(.file(bytes), at: "\(named.profile)/sources/a.source")
    #expect(try named.account().state == .ready)
    #expect(try named.switched().value("a", "Mail Account/BackendName") == "imapx")
  }

  /// Groups of one name are one; the last of several lines with one key is in force.
  @Test func groupsAndKeysGivenTwice() throws {
    let lab = EvolutionLab {
      $0 = $0.replacing("BackendName=pop\n", with: "BackendName=imapx\nBackendName=pop\n")
      $0 += "\n[Authentication]\nHost=pop.second.test\nPort=1995\n"
    }
    let account = try lab.account()
    #expect(account.kind == .pop3)
    #expect(account.settings.host == "pop.second.test")
    #expect(account.settings.port == 1995)
    let switched = try lab.switched()
    #expect(try switched.account().kind == .imap)
    let text = try #require(switched["a"])
    #expect(text.contains("BackendName=imapx\nBackendName=imapx\n"))
    #expect(text.contains("Host=pop.lab.test\n"), "the first line stays")
    #expect(text.hasSuffix("[Authentication]\nHost=imap.lab.test\nPort=993\n"))
  }

  @Test func linesThatEndWithCRLF() throws {
    let lab = EvolutionLab { $0 = $0.replacing("\n", with: "\r\n") }
    #expect(try lab.account().settings.host == "pop.lab.test")
    let switched = try lab.switched()
    #expect(try switched.account().kind == .imap)
    let text = try #require(switched["a"])
    #expect(text.utf8.count { $0 == 0x0A } == text.utf8.count { $0 == 0x0D })
    #expect(try switched.value("a", "Authentication/Host") == "imap.lab.test")
  }

  // MARK: Files

  @Test(arguments: ["BackendName=pop", "BackendName = pop", "  BackendName\t=\tpop "])
  func aBrokenFileAmongGoodOnes(_ line: String) throws {
    var lab = EvolutionLab()
    lab["broken"] = "[Mail Account]\n\(line)\nthis is nothing\n"
    let accounts = try lab.accounts()
    #expect(accounts.map(\.key) == ["a", "broken"])
    #expect(accounts.last?.state == .blocked)
    #expect(accounts.last?.reason == .syntax)
    #expect(accounts.last?.explanation?.contains("broken.source") == true)
    #expect(try lab.refusal("broken") != nil)
    #expect(try lab.switched().account().kind == .imap)
  }

  /// One that has nothing of a POP account in it is no account at all.
  @Test func aBrokenFileOfSomethingElse() throws {
    var lab = EvolutionLab()
    lab["broken"] = "[Mail Account]\nBackendName=imapx\nthis is nothing\n"
    lab["empty"] = ""
    #expect(try lab.accounts().map(\.key) == ["a"])
  }

  @Test(arguments: [
    (MemoryView.Entry.link, ReasonCode.symlink), (.fifo, .notRegular), (.locked, .io),
  ]) func aFileThatCannotBeRead(_ entry: MemoryView.Entry, _ reason: ReasonCode) throws {
    var lab = EvolutionLab()
    lab.home.put(entry, at: "\(lab.profile)/sources/b.source")
    let account = try lab.account("b")
    #expect(account.state == .blocked)
    #expect(account.reason == reason)
    #expect(try lab.refusal("b") != nil)
    #expect(try lab.account("a").state == .ready)
  }

  /// The registry passes over them, and a copy of an account would be a second one.
  @Test(arguments: [".hidden.source", "b.source.bak", "b.source~", "b.Source", "b", ".source"])
  func namesThatAreNoSources(_ name: String) throws {
    var lab = EvolutionLab()
    lab.home["\(lab.profile)/sources/\(name)"] = lab["a"]
    #expect(try lab.accounts().map(\.key) == ["a"])
  }

  @Test func aDirectoryNamedLikeASource() throws {
    var lab = EvolutionLab()
    lab.home.put(.directory, at: "\(lab.profile)/sources/b.source")
    #expect(try lab.account("a").state == .ready)
  }

  @Test func anIdentityThatIsMissing() throws {
    var lab = EvolutionLab()
    lab["i"] = nil
    #expect(try lab.account().addresses == [])
    #expect(try lab.switched().account().kind == .imap)
  }

  @Test func anAccountThatIsOff() throws {
    let lab = EvolutionLab { $0.set("Enabled", "false") }
    #expect(try lab.account().state == .ready)
    #expect(try lab.switched().value("a", "Data Source/Enabled") == "false")
  }

  @Test func whatACollectionKeeps() throws {
    var lab = EvolutionLab { $0.set("Parent", "c") }
    lab["c"] = "[Data Source]\nDisplayName=x\n\n[Collection]\nBackendName=webdav\n"
    var account = try lab.account()
    #expect(account.reason == .managedAccount)
    #expect(account.explanation?.contains("collection c") == true)
    #expect(try lab.refusal() == .managedAccount)
    lab["c"] = "[Data Source]\n\n[Collection]\n\n[GNOME Online Accounts]\nAccountId=account_1\n"
    account = try lab.account()
    #expect(account.reason == .managedAccount)
    #expect(account.explanation?.contains("GNOME Online Accounts") == true)
  }

  /// A name that leads to no file may be a collection's all the same; what is none keeps nothing.
  @Test func aParentThatIsNoCollection() throws {
    var lab = EvolutionLab { $0.set("Parent", "c") }
    #expect(try lab.account().reason == .managedAccount)
    lab["c"] = "[Data Source]\nDisplayName=x\n"
    #expect(try lab.account().state == .ready)
  }

  @Test func noSources() throws {
    var home = MemoryView(at: "/home/lab")
    home.put(.directory, at: "\(EvolutionLab.config)/sources")
    #expect(try EvolutionLab(home: home).accounts() == [])
  }
}
