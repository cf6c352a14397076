import ConfigFormats
import ProfileRewriter
import Testing

@Suite("Thunderbird: refusals")
struct ThunderbirdRefusalTests {
  @Test(arguments: ["type", "hostname", "userName"])
  func incompleteAccounts(missing: String) throws {
    let lab = Lab {
      $0.addPOP()
      $0.prefs["mail.server.server2.\(missing)"] = nil
    }
    #expect(try lab.accounts().map(\.reason) == [.incompleteAccount])
    #expect(try lab.refusal() == .incompleteAccount)
  }

  @Test(arguments: [
    ("type", "POP3"), ("hostname", "pop.lab.test:110"), ("hostname", "pop lab.test"),
    ("hostname", ""), ("userName", ""),
  ])
  func unusableAccounts(leaf: String, value: String) throws {
    let lab = Lab { $0.addPOP(more: [leaf: .string(value)]) }
    #expect(try lab.accounts().map(\.reason) == [.incompleteAccount])
  }

  /// The largest number there is, in a name: the next would be none.
  @Test(arguments: [
    ("mail.server.server9223372036854775807.hostname", "x"),
    ("mail.account.account9223372036854775807.server", "x"),
    ("mail.account.accountX.server", "server9223372036854775807"),
    ("mail.server.server2147483647.hostname", "x"),
  ])
  func usedUpNumbers(key: String, value: String) throws {
    let lab = Lab {
      $0.addPOP()
      $0.prefs[key] = .string(value)
    }
    #expect(try lab.refusal() == .unsupported)
  }

  @Test(arguments: ["hostname", "userName"])
  func oldKeysDoNotStandIn(leaf: String) throws {
    let lab = Lab {
      $0.addPOP(more: ["real\(leaf)": .string("x.test")])
      $0.prefs["mail.server.server2.\(leaf)"] = nil
    }
    let account = try lab.accounts()[0]
    #expect(account.state == .blocked)
    #expect(account.reason == .incompleteAccount)
    #expect(account.explanation?.contains("real\(leaf) beside it") == true)
  }

  /// Thunderbird drops these at its next start, and crashes at an IMAP host with a port.
  @Test(arguments: [
    ("type", PrefValue.string("IMAP")), ("hostname", .string("")), ("hostname", .int(1)),
    ("hostname", .string("imap.lab.test:993")), ("hostname", .string(" imap.lab.test")),
  ])
  func droppedIMAPAccounts(leaf: String, value: PrefValue) throws {
    let lab = Lab {
      $0.addIMAP(2)
      $0.prefs["mail.server.server2.\(leaf)"] = value
    }
    let account = try lab.accounts()[0]
    #expect(account.kind == .imap)
    #expect(account.reason == .incompleteAccount)
    #expect(try lab.refusal() == .incompleteAccount)
  }

  @Test func noDirectoryAtAll() throws {
    let lab = Lab {
      $0.addPOP()
      $0.prefs["mail.server.server2.directory"] = nil
      $0.prefs["mail.server.server2.directory-rel"] = nil
    }
    #expect(try lab.refusal() == .incompleteAccount)
  }

  @Test(arguments: [
    "mail.server.server2.type", "mail.server.server2.authMethod", "mail.identity.id2.fcc_folder",
    "mail.account.lastKey", "mail.server.server3.name", "mail.server.server2.directory",
  ])
  func userJSWins(key: String) throws {
    var lab = Lab { $0.addPOP() }
    lab.profile["user.js"] = "user_pref(\"\(key)\", \"x\");\n"
    // A key of the new server makes us take another number instead.
    #expect(try lab.refusal() == (key.contains("server3") ? nil : .overriddenByUserJS))
  }

  @Test func harmlessUserJS() throws {
    var lab = Lab { $0.addPOP() }
    lab.profile["user.js"] = """
      user_pref("mail.server.server2.leave_on_server", true);
      pref("mail.server.server2.type", "pop3");
      // user_pref("mail.server.server2.type", "pop3");
      nonsense user_pref("mail.server.server2.type", "pop3");

      """
    #expect(try lab.refusal() == nil)
    lab.profile.put(.locked, at: "user.js")
    #expect(try lab.refusal() == .io)
  }

  @Test func syntaxErrorNamesItsPlace() throws {
    var lab = Lab { $0.addPOP() }
    lab.profile["prefs.js"] = "user_pref(\"a\", 1);\nuser_pref(\"b\" 2);\n"
    #expect {
      try lab.accounts()
    } throws: { error in
      guard let refusal = error as? Refusal else { return false }
      return refusal.reason == .syntax && refusal.text.contains("line 2, column 15")
        && refusal.text.contains("^")
    }
  }

  @Test(arguments: ["logins.json", "virtualFolders.dat", "Mail/pop.lab.test/msgFilterRules.dat"])
  func brokenCompanions(name: String) throws {
    var lab = Lab { $0.addPOP() }
    lab.profile[name] =
      ["virtualFolders.dat": "scope=x\n", "logins.json": "{"][name] ?? "version=\"9\"\nname=x\n"
    #expect(try lab.refusal() == .syntax)
  }

  @Test(arguments: [
    "logins.json", "virtualFolders.dat", "Mail/pop.lab.test/msgFilterRules.dat", "user.js",
    "cert_override.txt", "key4.db",
  ])
  func unreadableCompanionsAreNotAbsent(name: String) throws {
    var lab = Lab { $0.addPOP() }
    lab.profile.put(.locked, at: name)
    #expect(try lab.refusal() == .io)
    lab.profile.put(.link, at: name)
    #expect(try lab.refusal() == .symlink)
    lab.profile.put(.directory, at: name)
    #expect(try lab.refusal() == .notRegular)
  }

  @Test func imapMailThatIsNoDirectory() throws {
    var lab = Lab { $0.addPOP() }
    lab.profile["ImapMail"] = "x"
    #expect(try lab.refusal() == .notRegular)
    lab.profile.put(.link, at: "ImapMail")
    #expect(try lab.refusal() == .symlink)
  }

  @Test func rustMirror() throws {
    #expect(
      try Lab {
        $0.addPOP()
        $0.prefs["signon.rustMirror.enabled"] = .bool(true)
      }.refusal() == .passwordStore)
    var lab = Lab { $0.addPOP(login: false) }
    lab.profile["logins.db"] = "SQLite format 3 loginsL origin"
    #expect(try lab.refusal() == nil)
    lab.profile["logins.db"] = "SQLite format 3 mailbox://pop.lab.test"
    #expect(try lab.refusal() == .passwordStore)
  }

  @Test func loginsWithoutNextID() throws {
    var lab = Lab { $0.addPOP() }
    lab.profile["logins.json"] = lab.profile["logins.json"]?.replacing("\"nextId\":2,", with: "")
    #expect(try lab.refusal() == .passwordStore)
  }

  @Test func accountThatIsThereAlready() throws {
    let lab = Lab {
      $0.addPOP()
      $0.addIMAP(3, user: "ALICE@lab.test", host: "Imap.lab.test")
    }
    #expect(try lab.refusal() == .duplicateAccount)
    #expect(try lab.refusal(to: Lab.imap(host: "imap.other.test")) == nil)
  }

  @Test func localAccountWithTheOldNameElsewhere() throws {
    let lab = Lab {
      $0.addPOP()
      $0.prefs["mail.server.server1.hostname"] = .string("pop.lab.test")
      $0.prefs["mail.server.server1.userName"] = .string("alice@lab.test")
    }
    #expect(try lab.refusal() == .duplicateAccount)
  }

  /// The client takes them for one; the folders' addresses keep the case.
  @Test func localAccountWithTheOldNameInOtherCase() throws {
    let lab = Lab {
      $0.addPOP()
      $0.set(
        "mail.server.server1.",
        [
          "hostname": .string("POP.lab.test"), "userName": .string("alice@lab.test"),
          "directory-rel": .string("[ProfD]Mail/pop.lab.test"),
        ])
    }
    #expect(try lab.refusal() == .duplicateAccount)
  }

  @Test func oldMailServerThatIsThereIsUsed() throws {
    let lab = try Lab {
      $0.addPOP()
      $0.set(
        "mail.server.server1.",
        [
          "hostname": .string("pop.lab.test"), "userName": .string("alice@lab.test"),
          "directory-rel": .string("[ProfD]Mail/pop.lab.test"),
        ])
    }.switched()
    #expect(lab.server(3, "type") == nil)
    #expect(lab.pref("mail.accountmanager.accounts") == "account2,account1")
  }

  @Test func weakerSecurity() throws {
    var lab = Lab { $0.addPOP() }
    let plain = Lab.imap(security: .none)
    #expect(try lab.refusal(to: plain) == .wouldWeakenSecurity)
    #expect(try lab.refusal(to: Lab.imap(security: .starttls)) == nil)
    lab.options.allowWeaker = true
    #expect(try lab.warnings(to: plain).contains(.weakerAllowed))
  }

  @Test func weakerAuthentication() throws {
    let lab = Lab { $0.addPOP(more: ["socketType": .int(0), "authMethod": .int(4)]) }
    #expect(try lab.refusal(to: Lab.imap(security: .none)) == .wouldWeakenSecurity)
    #expect(try lab.refusal(to: Lab.imap(security: .none, auth: .passwordEncrypted)) == nil)
    #expect(try lab.refusal(to: Lab.imap(security: .tls)) == nil)
  }

  @Test(arguments: [
    "imap.lab.test:993", "", "a b", " a", "x/y", "::1", "[::1]", "..", "a..b", ".a", "a.", "a,b",
    "a%b",
    "j\u{F6}rg.test", "a\u{0}", "a@b", "\"a\"",
  ])
  func hostsThatAreNone(host: String) throws {
    #expect(try Lab { $0.addPOP() }.refusal(to: Lab.imap(host: host)) == .noIMAPSettings)
  }

  @Test(arguments: ["", "\"INBOX.\"", "a\nb"])
  func prefixesThatHideAllFolders(prefix: String) throws {
    var lab = Lab { $0.addPOP() }
    lab.options.pathPrefix = prefix
    #expect(try lab.refusal() == .noIMAPSettings)
  }

  @Test func hostsAreWrittenInLowerCase() throws {
    let lab = try Lab { $0.addPOP() }.switched(to: Lab.imap(host: "IMAP.Lab.Test"))
    #expect(lab.server(2, "hostname") == "imap.lab.test")
    #expect(lab.server(2, "directory-rel") == "[ProfD]ImapMail/imap.lab.test")
    #expect(
      lab.pref("mail.identity.id2.fcc_folder") == "imap://alice%40lab.test@imap.lab.test/Sent")
    #expect(lab.profile["logins.json"]?.contains("\"imap://imap.lab.test\"") == true)
  }

  @Test func databaseProfileByUserJS() throws {
    var lab = Lab { $0.addPOP() }
    lab.profile["user.js"] = "user_pref(\"mail.panorama.enabled\", true);\n"
    #expect(try lab.accounts()[0].reason == .unsupported)
    #expect(try lab.refusal() == .unsupported)
  }

  @Test func databaseProfile() throws {
    let lab = Lab {
      $0.addPOP()
      $0.prefs["mail.panorama.enabled"] = .bool(true)
    }
    #expect(try lab.refusal() == .unsupported)
  }

  @Test func noPrefs() throws {
    #expect(throws: Refusal.self) {
      try Lab(MemoryView(at: "/p")).accounts()
    }
  }
}
