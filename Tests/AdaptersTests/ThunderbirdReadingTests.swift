import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// Accounts and profiles as the client reads them.
@Suite("Thunderbird: reading")
struct ThunderbirdReadingTests {
  @Test func accountsInTheirOrder() throws {
    let lab = Lab {
      $0.addPOP()
      $0.addIMAP(3)
      $0.addPOP(4, user: "carol", host: "pop.other.test")
      $0.set("mail.server.server5.", ["type": .string("rss"), "hostname": .string("Feeds")])
      $0.prefs["mail.account.account5.server"] = .string("server5")
      $0.prefs["mail.accountmanager.accounts"] = .string(
        "account4,account4,gone, account2,account5,account1,account3,account2")
    }
    let accounts = try lab.accounts()
    #expect(accounts.map(\.key) == ["account4", "account3", "account2"])
    #expect(accounts.map(\.state) == [.ready, .current, .ready])
    #expect(accounts[2].addresses == ["alice@lab.test"])
    #expect(
      accounts[0].settings
        == ServerSettings(
          host: "pop.other.test", port: 995, security: .tls, auth: .passwordCleartext,
          username: "carol"))
  }

  @Test func identitiesAreTrimmed() throws {
    let lab = Lab {
      $0.addPOP()
      $0.prefs["mail.account.account2.identities"] = .string(" id2 , id3")
      $0.prefs["mail.identity.id3.useremail"] = .string("other@lab.test")
    }
    #expect(try lab.accounts()[0].addresses == ["alice@lab.test", "other@lab.test"])
  }

  @Test(
    arguments: [
      ([:], TransportSecurity.none, 110), (["socketType": .int(0)], .none, 110),
      (["socketType": .int(1)], .starttls, 110), (["socketType": .int(2)], .starttls, 110),
      (["socketType": .int(3)], .tls, 995), (["isSecure": .bool(true)], .tls, 995),
      (["isSecure": .bool(true), "socketType": .int(0)], .none, 110),
      (["socketType": .string("3")], .none, 110), (["port": .string("1")], .none, 110),
      (["port": .int(-1)], .none, 110), (["port": .int(4711)], .none, 4711),
    ] as [([String: PrefValue], TransportSecurity, Int)])
  func effectiveConnection(
    values: [String: PrefValue], security: TransportSecurity, port: Int
  ) throws {
    let lab = Lab {
      $0.addPOP()
      $0.prefs["mail.server.server2.socketType"] = nil
      $0.prefs["mail.server.server2.port"] = nil
      $0.set("mail.server.server2.", values)
    }
    let settings = try lab.accounts()[0].settings
    #expect(settings.security == security)
    #expect(settings.port == port)
  }

  @Test(
    arguments: [
      (1, AuthMethod.none), (3, .passwordCleartext), (4, .passwordEncrypted), (5, .gssapi),
      (6, .ntlm), (7, .tlsClientCertificate), (10, .oauth2),
    ] as [(Int32, AuthMethod)])
  func authMethods(number: Int32, method: AuthMethod) throws {
    let lab = Lab { $0.addPOP(more: ["authMethod": .int(number)]) }
    #expect(try lab.accounts()[0].settings.auth == method)
    let after = try lab.switched(to: Lab.imap(auth: method))
    #expect(after.server(2, "authMethod") == String(number))
  }

  @Test func oldKeysAreIgnoredAndKept() throws {
    let lab = Lab {
      $0.addPOP(more: ["realhostname": .string("real.test"), "realuserName": .string("real")])
    }
    #expect(try lab.accounts()[0].settings.host == "pop.lab.test")
    let after = try lab.switched()
    #expect(after.server(2, "realhostname") == "real.test")
    #expect(after.server(3, "hostname") == "pop.lab.test")
  }

  @Test func uriEscapes() throws {
    let user = "jörg+a!'()~*b@x\\y z"
    let lab = try Lab { $0.addPOP(user: user, more: ["name": .string("Jörg")]) }.switched()
    #expect(
      lab.pref("mail.identity.id2.fcc_folder")
        == "imap://j%C3%B6rg%2Ba!'()~*b%40x%5Cy%20z@imap.lab.test/Sent")
    #expect(lab.server(3, "userName") == user)
    #expect(lab.server(3, "name") == "Old mail: Jörg")
  }

  @Test func nonASCIIPlaces() throws {
    let lab = try Lab { $0.addPOP(directory: "Pöst/büro") }.switched()
    #expect(lab.server(3, "directory-rel") == "[ProfD]Mail/Pöst/büro")
    #expect(lab.server(2, "directory") == "\(ProfileBuilder.path)/ImapMail/imap.lab.test")
  }

  @Test func handEditedPrefs() throws {
    var before = Lab { $0.addPOP() }
    let text = try #require(before.profile["prefs.js"])
    before.profile["prefs.js"] =
      "\u{FEFF}"
      + text
      .replacing(
        "user_pref(\"mail.server.server2.type\", \"pop3\");",
        with: "user_pref( 'mail.server.server2.type' ,\t'p\\u006fp3' ) ; // was imap"
      )
      .replacing(
        "user_pref(\"mail.server.server2.port\", 995);",
        with:
          "user_pref(\"mail.server.server2.port\", \"110\"); "
          + "user_pref(\"mail.server.server2.port\", +995);"
      )
      .replacing("\n", with: "\r\n")
    let lab = try before.switched()
    #expect(
      lab.profile["prefs.js"]?.contains(
        "user_pref( 'mail.server.server2.type' ,\t\"imap\" ) ; // was imap\r\n") == true)
    #expect(lab.server(2, "port") == "993")
    #expect(lab.profile["prefs.js"]?.contains("\", \"110\"); user_pref") == true)
  }

  @Test func maildirStore() throws {
    let store = "@mozilla.org/msgstore/maildirstore;1"
    let lab = try Lab {
      $0.addPOP(more: ["storeContractID": .string(store)])
      $0.view["Mail/pop.lab.test/Inbox"] = nil
      $0.view["Mail/pop.lab.test/Inbox/cur/1"] = "x"
    }.switched()
    #expect(lab.server(2, "storeContractID") == store)
    #expect(lab.server(3, "storeContractID") == store)
  }

  // MARK: Profiles below a home

  private func listings(_ home: MemoryView) -> [String] {
    ThunderbirdAdapter().profiles(in: home).map {
      $0.shownPath + ($0.problem.map { " \($0.reason.rawValue)" } ?? "")
    }
  }

  @Test func everyProfileOnce() {
    var home = MemoryView(
      at: "/home/lab",
      [
        ".thunderbird/profiles.ini": """
        [Install1]
        Default=used.default-esr
        Locked=1

        [Profile1]
        Name=default
        IsRelative=1
        Path=empty.default
        Default=1

        [Profile0]
        IsRelative=1
        Path=used.default-esr

        [Profile2]
        IsRelative=0
        Path=/home/lab/mail/abs

        [Profile3]
        IsRelative=0
        Path=/srv/outside

        [Profile4]
        IsRelative=1
        Path=gone

        [Profile5]
        IsRelative=1
        Path=../mail/./abs

        """.replacing("\n", with: "\r\n"),
        ".thunderbird/installs.ini": "[X]\nDefault=installed\n[Y]\nDefault=vanished\n",
        ".thunderbird/empty.default/times.json": "{}",
        ".thunderbird/used.default-esr/prefs.js": "",
        ".thunderbird/installed/prefs.js": "",
        ".thunderbird/lost/prefs.js": "",
        ".thunderbird/Crash Reports/x": "",
        "mail/abs/prefs.js": "",
      ])
    home.put(.link, at: ".thunderbird/linked")
    #expect(
      listings(home) == [
        ".thunderbird/used.default-esr", "mail/abs", "/srv/outside outside-home",
        ".thunderbird/gone not-found", ".thunderbird/installed", ".thunderbird/lost",
      ])
  }

  @Test func everyLocation() {
    let roots = [
      ".thunderbird", "snap/thunderbird/common/.thunderbird",
      ".var/app/org.mozilla.Thunderbird/.thunderbird",
      ".var/app/org.mozilla.thunderbird/.thunderbird",
      ".var/app/eu.betterbird.Betterbird/.thunderbird", ".icedove", ".mozilla/seamonkey",
    ]
    let home = MemoryView(
      at: "/h",
      Dictionary(
        uniqueKeysWithValues: roots.map {
          ("\($0)/p/prefs.js", "")
        }))
    #expect(listings(home) == roots.map { "\($0)/p" })
  }

  @Test func linkedLocations() {
    var home = MemoryView(at: "/h", [".icedove/p/prefs.js": ""])
    home.put(.link, at: ".thunderbird")
    #expect(listings(home) == [".icedove/p"])
    home = MemoryView(at: "/h")
    home.put(.link, at: ".thunderbird")
    #expect(listings(home) == [".thunderbird symlink"])
  }

  @Test func linkedProfile() {
    var home = MemoryView(
      at: "/h",
      [
        ".thunderbird/profiles.ini": "[Profile0]\nIsRelative=1\nPath=p\n"
      ])
    home.put(.link, at: ".thunderbird/p")
    #expect(listings(home) == [".thunderbird/p symlink"])
  }

  @Test func locationNamedByTheUser() {
    let location = MemoryView(
      at: "/h/.thunderbird",
      [
        "profiles.ini": "[Profile0]\nIsRelative=1\nPath=p\n", "p/prefs.js": "",
      ])
    #expect(listings(location) == ["p"])
    #expect(!ThunderbirdAdapter().isProfile(location))
    #expect(ThunderbirdAdapter().isProfile(location.below("p")))
  }
}
