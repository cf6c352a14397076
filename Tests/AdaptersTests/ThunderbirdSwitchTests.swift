import ConfigFormats
import ProfileRewriter
import Testing

/// What a switch writes, item by item of the edit list (facts section 10).
@Suite("Thunderbird: the switch")
struct ThunderbirdSwitchTests {
  static let pop = "mailbox://alice%40lab.test@pop.lab.test"
  static let imap = "imap://alice%40lab.test@imap.lab.test"

  @Test func serverKeys() throws {
    let lab = try Lab { $0.addPOP() }.switched()
    #expect(lab.server(2, "type") == "imap")
    #expect(lab.server(2, "hostname") == "imap.lab.test")
    #expect(lab.server(2, "port") == "993")
    #expect(lab.server(2, "socketType") == "3")
    #expect(lab.server(2, "authMethod") == nil)
    #expect(lab.server(2, "userName") == "alice@lab.test")
    #expect(lab.server(2, "directory-rel") == "[ProfD]ImapMail/imap.lab.test")
    #expect(lab.server(2, "directory") == "\(ProfileBuilder.path)/ImapMail/imap.lab.test")
    #expect(lab.server(2, "name") == "Lab 2")
    #expect(lab.server(2, "leave_on_server") == "true")
  }

  @Test func plainTextIsWrittenOut() throws {
    let lab = try Lab {
      $0.addPOP(more: ["socketType": .int(0), "isSecure": .bool(true), "authMethod": .int(4)])
    }.switched(to: Lab.imap(security: .none, auth: .ntlm))
    #expect(lab.server(2, "socketType") == "0")
    #expect(lab.server(2, "port") == "143")
    #expect(lab.server(2, "authMethod") == "6")
  }

  @Test func oldMailKeepsHostAndUser() throws {
    let before = Lab { $0.addPOP() }
    let plan = try before.plan()
    let lab = try before.applying(plan)
    #expect(lab.server(3, "type") == "none")
    #expect(lab.server(3, "hostname") == "pop.lab.test")
    #expect(lab.server(3, "userName") == "alice@lab.test")
    #expect(lab.server(3, "name") == "Old mail: Lab 2")
    #expect(lab.server(3, "directory-rel") == "[ProfD]Mail/pop.lab.test")
    #expect(lab.server(3, "directory") == "\(ProfileBuilder.path)/Mail/pop.lab.test")
    #expect(lab.server(3, "storeContractID") == "@mozilla.org/msgstore/berkeleystore;1")
    #expect(lab.pref("mail.account.account3.server") == "server3")
    #expect(lab.pref("mail.accountmanager.accounts") == "account2,account1,account3")
    #expect(lab.pref("mail.account.lastKey") == "3")
    guard case .edit(_, _, let branches)? = plan.file("prefs.js")?.work else {
      Issue.record("prefs.js is not edited")
      return
    }
    #expect(branches.map(\.prefix) == ["mail.server.server3.", "mail.account.account3."])
  }

  @Test func listsAndCountersAreUndoneByTheirRules() throws {
    let plan = try Lab { $0.addPOP() }.plan()
    let element = ListElement(bytes: Array("account3".utf8), users: ["account2"])
    #expect(plan.edit("mail.accountmanager.accounts")?.rule == .elements([element]))
    #expect(plan.edit("mail.account.lastKey")?.rule == .counter)
  }

  @Test func keysThatDecideSaySo() throws {
    let plan = try Lab { $0.addPOP() }.plan()
    let leaves = [
      "type", "hostname", "port", "socketType", "userName", "authMethod", "directory",
      "directory-rel",
    ]
    for leaf in leaves {
      #expect(plan.edit("mail.server.server2.\(leaf)")?.deciding == true, "\(leaf)")
    }
    // Nothing to change, but undo must know if somebody else did.
    #expect(plan.edit("mail.server.server2.userName")?.edits.isEmpty == true)
    #expect(plan.edit("mail.identity.id2.fcc_folder")?.deciding == false)
  }

  @Test func identitiesFileOnTheServer() throws {
    let before = Lab {
      $0.addPOP()
      $0.prefs["mail.identity.id9.fcc_folder"] = .string("\(Self.pop)/Archives/Sent")
      $0.prefs["mail.identity.id8.fcc_folder"] = .string("mailbox://nobody@Local%20Folders/Sent")
    }
    let plan = try before.plan()
    let lab = try before.applying(plan)
    #expect(lab.pref("mail.identity.id2.fcc_folder") == "\(Self.imap)/Sent")
    #expect(lab.pref("mail.identity.id2.draft_folder") == "\(Self.imap)/Drafts")
    #expect(lab.pref("mail.identity.id9.fcc_folder") == "\(Self.imap)/Sent")
    #expect(lab.pref("mail.identity.id8.fcc_folder") == "mailbox://nobody@Local%20Folders/Sent")
    #expect(lab.pref("mail.identity.id2.stationery_folder") == "\(Self.pop)/Templates")
    #expect(lab.pref("mail.identity.id2.archive_folder") == "\(Self.pop)/Archives")
    for key in [
      "fcc_folder", "fcc_folder_picker_mode", "draft_folder", "drafts_folder_picker_mode",
    ] {
      #expect(plan.edit("mail.identity.id2.\(key)")?.clientRewrites != nil, "\(key)")
    }
    #expect(plan.edit("mail.identity.id2.fcc_folder_picker_mode")?.edits.isEmpty == true)
  }

  @Test func junkTargetsGo() throws {
    let before = Lab { $0.addPOP() }
    let plan = try before.plan()
    let lab = try before.applying(plan)
    #expect(lab.server(2, "spamActionTargetAccount") == nil)
    #expect(lab.server(2, "spamActionTargetFolder") == nil)
    #expect(plan.edit("mail.server.server2.spamActionTargetAccount")?.clientRewrites != nil)
  }

  @Test func junkTargetElsewhereStays() throws {
    let local = "mailbox://nobody@Local%20Folders"
    let lab = try Lab {
      $0.addPOP(more: ["spamActionTargetAccount": .string(local)])
    }.switched()
    #expect(lab.server(2, "spamActionTargetAccount") == local)
  }

  @Test func loginIsCopied() throws {
    let before = Lab { $0.addPOP() }
    let plan = try before.plan()
    let lab = try before.applying(plan)
    let old = try #require(before.profile["logins.json"])
    let guid = "{11111111-1111-4111-8111-111111111111}"
    let copy = ProfileBuilder.login(id: 2, origin: "imap://imap.lab.test", secret: "s2")
      .replacing("{00000000-0000-4000-8000-000000000002}", with: guid)
    let expected = old.replacing("\"nextId\":2", with: "\"nextId\":3")
      .replacing("}],\"potentially", with: "},\(copy)],\"potentially")
    #expect(lab.profile["logins.json"] == expected)
    let edit = try #require(plan.edit("logins[\(guid)]", in: "logins.json"))
    #expect(edit.secret)
    #expect(edit.rule == .record)
    #expect(edit.recipe?.contains("imap://imap.lab.test") == true)
    #expect(edit.after == Array("\"Us2\"".utf8) + [0] + Array("\"Ps2\"".utf8))
    #expect(plan.edit("nextId", in: "logins.json")?.rule == .counter)
    #expect(plan.file("logins.json")?.sensitive == true)
  }

  @Test func loginIsCopiedForOneHostNameAsWell() throws {
    let lab = try Lab { $0.addPOP() }.switched(to: Lab.imap(host: "pop.lab.test"))
    #expect(lab.profile["logins.json"]?.contains("\"imap://pop.lab.test\"") == true)
    #expect(lab.profile["logins.json"]?.contains("\"mailbox://pop.lab.test\"") == true)
    #expect(ReferenceChecker(lab.profile).dangling == [])
  }

  @Test func sameCiphertextIsNotCopiedTwice() throws {
    var before = Lab { $0.addPOP() }
    let mine = ProfileBuilder.login(id: 1, origin: "mailbox://POP.lab.test", secret: "x")
    let copy = ProfileBuilder.login(id: 2, origin: "imap://imap.lab.test", secret: "x")
    before.profile["logins.json"] = "{\"nextId\":3,\"logins\":[\(mine),\(copy)],\"version\":3}"
    let plan = try before.plan()
    let key = "logins[{00000000-0000-4000-8000-000000000002}]"
    let edit = try #require(plan.edit(key, in: "logins.json"))
    #expect(edit.edits.isEmpty)
    #expect(edit.before == edit.after)
    #expect(edit.users == ["account2"])
    #expect(try before.applying(plan).profile["logins.json"] == before.profile["logins.json"])
  }

  @Test func otherPasswordForTheTargetDoesNotStandIn() throws {
    var before = Lab { $0.addPOP() }
    let mine = ProfileBuilder.login(id: 1, origin: "mailbox://pop.lab.test", secret: "x")
    let other = ProfileBuilder.login(id: 2, origin: "imap://imap.lab.test", secret: "y")
    before.profile["logins.json"] = "{\"nextId\":3,\"logins\":[\(mine),\(other)],\"version\":3}"
    let lab = try before.switched()
    #expect(
      lab.profile["logins.json"]?.contains("\"id\":3,\"hostname\":\"imap://imap.lab.test\"") == true
    )
  }

  @Test func unifiedInboxGetsTheNewOne() throws {
    let before = Lab {
      $0.addPOP()
      $0.addUnifiedInbox("\(Self.pop)/Inbox|mailbox://bob%40x@y/Inbox")
    }
    let plan = try before.plan()
    let lab = try before.applying(plan)
    let scope = "scope=\(Self.pop)/Inbox|mailbox://bob%40x@y/Inbox|\(Self.imap)/INBOX\n"
    #expect(lab.profile["virtualFolders.dat"]?.contains(scope) == true)
    let element = ListElement(bytes: Array("\(Self.imap)/INBOX".utf8), users: ["account2"])
    let edit = plan.edit("mailbox://nobody@smart%20mailboxes/Inbox#scope", in: "virtualFolders.dat")
    #expect(edit?.rule == .elements([element]))
  }

  @Test func unifiedInboxWithoutTheAccountStays() throws {
    let before = Lab {
      $0.addPOP()
      $0.addUnifiedInbox("mailbox://bob%40x@y/Inbox")
    }
    #expect(try before.plan().file("virtualFolders.dat") == nil)
  }

  @Test func filesComeInTheSafeOrder() throws {
    let plan = try Lab {
      $0.addPOP()
      $0.addUnifiedInbox("\(Self.pop)/Inbox")
    }.plan()
    #expect(
      plan.files.map(\.path.text) == [
        "ImapMail", "ImapMail/imap.lab.test", "ImapMail/imap.lab.test/msgFilterRules.dat",
        "logins.json", "virtualFolders.dat", "prefs.js",
      ])
    #expect(plan.files.map(\.commits) == [false, false, false, false, false, true])
  }

  @Test func onlyTheNamedLinesChange() throws {
    let before = Lab {
      $0.addPOP()
      $0.prefs["mail.compose.note"] = .string("C:\\x, \"ü\"\n")
    }
    let lab = try before.switched()
    let old = try #require(before.profile["prefs.js"]).split(separator: "\n")
    let new = try #require(lab.profile["prefs.js"]).split(separator: "\n")
    let gone = Set(old).subtracting(new).compactMap { $0.split(separator: "\"").dropFirst().first }
    #expect(
      Set(gone.map(String.init)) == [
        "mail.account.lastKey", "mail.accountmanager.accounts", "mail.identity.id2.draft_folder",
        "mail.identity.id2.fcc_folder", "mail.server.server2.directory",
        "mail.server.server2.directory-rel", "mail.server.server2.hostname",
        "mail.server.server2.port", "mail.server.server2.spamActionTargetAccount",
        "mail.server.server2.spamActionTargetFolder", "mail.server.server2.type",
      ])
    #expect(new.count == old.count - 2 + 8)
  }

  @Test func nothingDangles() throws {
    let before = Lab {
      $0.addPOP()
      $0.addUnifiedInbox("\(Self.pop)/Inbox")
      $0.view["session.json"] = "{\"folderURI\":\"\(Self.pop)/Inbox\"}"
    }
    #expect(ReferenceChecker(before.profile).dangling == [])
    let lab = try before.switched()
    #expect(ReferenceChecker(lab.profile).dangling == [])
  }

  @Test func secondRunFindsNothing() throws {
    let lab = try Lab { $0.addPOP() }.switched()
    #expect(try lab.accounts().map(\.state) == [.current])
  }

  @Test func optionsArriveInPrefs() throws {
    var before = Lab { $0.addPOP() }
    before.options = SwitchOptions(pathPrefix: "INBOX.", offlineMail: false)
    let lab = try before.switched()
    #expect(lab.server(2, "server_sub_directory") == "INBOX.")
    #expect(lab.server(2, "offline_download") == "false")
  }
}
