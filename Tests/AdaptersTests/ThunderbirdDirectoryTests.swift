import ConfigFormats
import ProfileRewriter
import Testing

/// Directories, numbers and what deferral asks for.
@Suite("Thunderbird: places")
struct ThunderbirdDirectoryTests {
  static let pop = "mailbox://alice%40lab.test@pop.lab.test"

  @Test(arguments: [
    ("ImapMail/imap.lab.test/x", "imap.lab.test-1"),
    ("ImapMail/IMAP.Lab.test/x", "imap.lab.test-1"),
    ("ImapMail/imap.lab.test.msf", "imap.lab.test-1"), ("ImapMail/other/x", "imap.lab.test"),
  ])
  func takenDirectoriesAreLeftAlone(present: String, expected: String) throws {
    var before = Lab { $0.addPOP() }
    before.profile[present] = "x"
    let plan = try before.plan()
    #expect(plan.file("ImapMail") == nil)
    #expect(try before.applying(plan).server(2, "directory-rel") == "[ProfD]ImapMail/\(expected)")
  }

  @Test func directoriesThatOnlyPrefsKnowAreTaken() throws {
    let lab = try Lab {
      $0.addPOP()
      $0.prefs["mail.server.server7.directory"] = .string("/elsewhere/ImapMail/imap.lab.test")
      $0.prefs["mail.server.server8.directory-rel"] = .string("[ProfD]ImapMail/Imap.lab.test-1")
    }.switched()
    #expect(lab.server(2, "directory-rel") == "[ProfD]ImapMail/imap.lab.test-2")
    #expect(lab.server(9, "type") == "none")
  }

  @Test func absoluteDirectoryKeepsItsOwnWay() throws {
    let lab = try Lab {
      $0.addPOP(more: ["directory": .string("/sandbox/p/Mail/pop.lab.test")])
    }.switched()
    #expect(lab.server(2, "directory") == "/sandbox/p/ImapMail/imap.lab.test")
    #expect(lab.server(3, "directory") == "/sandbox/p/Mail/pop.lab.test")
  }

  @Test func onlyOneOfTheDirectoryKeys() throws {
    var before = Lab { $0.addPOP() }
    before.profile["prefs.js"] = before.profile["prefs.js"]?.split(
      separator: "\n", omittingEmptySubsequences: false
    )
    .filter { !$0.contains("server2.directory-rel") }.joined(separator: "\n")
    let lab = try before.switched()
    #expect(lab.server(2, "directory-rel") == "[ProfD]ImapMail/imap.lab.test")
    #expect(lab.server(3, "directory") == "\(ProfileBuilder.path)/Mail/pop.lab.test")
    #expect(lab.server(3, "directory-rel") == nil)
  }

  @Test func directoryIsReadNotDerived() throws {
    let lab = try Lab { $0.addPOP(directory: "pop.lab-1.test") }.switched()
    #expect(lab.server(3, "directory-rel") == "[ProfD]Mail/pop.lab-1.test")
    #expect(lab.profile["ImapMail/imap.lab.test/msgFilterRules.dat"] != nil)
  }

  @Test func mailOutsideTheProfileIsRefused() throws {
    let outside = ["[ProfD]../Mail/pop.lab.test", "[Home]Mail", "/data/mail"]
    for place in outside {
      let lab = Lab { $0.addPOP(more: ["directory-rel": .string(place)]) }
      #expect(try lab.accounts()[0].reason == .outsideHome, "\(place)")
      #expect(try lab.refusal() == .outsideHome)
    }
  }

  @Test func numbersGoBeyondAllThatAreKnown() throws {
    let lab = try Lab {
      $0.addPOP()
      $0.prefs["mail.server.server12.hostname"] = .string("dead")
      $0.prefs["mail.account.account20.server"] = .string("server12")
      $0.prefs["mail.account.lastKey"] = .int(1)
    }.switched()
    #expect(lab.server(13, "type") == "none")
    #expect(lab.pref("mail.account.account21.server") == "server13")
    #expect(lab.pref("mail.account.lastKey") == "21")
  }

  /// Of two accounts with one server the client drops the later.
  @Test func serversThatOnlyAccountsNameAreTaken() throws {
    let lab = try Lab {
      $0.addPOP()
      $0.prefs["mail.account.account9.server"] = .string("server30")
      $0.prefs["mail.accountmanager.accounts"] = .string("account2,account1,account11")
    }.switched()
    #expect(lab.server(31, "type") == "none")
    #expect(lab.pref("mail.account.account12.server") == "server31")
    #expect(lab.pref("mail.account.lastKey") == "12")
  }

  @Test func numbersUsedUpAreRefused() throws {
    let lab = Lab {
      $0.addPOP()
      $0.prefs["mail.account.lastKey"] = .int(Int32.max)
    }
    #expect(try lab.refusal() == .unsupported)
  }

  // MARK: Global inbox

  private func deferred(_ change: (inout ProfileBuilder) -> Void = { _ in }) -> Lab {
    Lab {
      $0.addPOP(more: ["deferred_to_account": .string("account1")])
      $0.view["Mail/pop.lab.test/Inbox"] = ""
      $0.view["Mail/pop.lab.test/Inbox.msf"] = "x"
      $0.view["Mail/pop.lab.test/msgFilterRules.dat"] = ProfileBuilder.filters(
        "mailbox://nobody@Local%20Folders")
      $0.prefs["mail.identity.id2.stationery_folder"] = nil
      $0.prefs["mail.identity.id2.archive_folder"] = nil
      change(&$0)
    }
  }

  @Test func deferredAndEmptyNeedsNoOldMailServer() throws {
    let before = deferred()
    let lab = try before.switched()
    #expect(lab.server(3, "type") == nil)
    #expect(lab.pref("mail.accountmanager.accounts") == "account2,account1")
    #expect(ReferenceChecker(lab.profile).dangling == [])
  }

  @Test func deferredKeepsTheOldURIWhereItIsNamed() throws {
    let uses: [(inout ProfileBuilder) -> Void] = [
      { $0.prefs["mail.identity.id2.archive_folder"] = .string("\(Self.pop)/Archives") },
      { $0.view["session.json"] = "\"\(Self.pop)/Inbox\"" },
      { $0.view["Mail/Local Folders/msgFilterRules.dat"] = ProfileBuilder.filters(Self.pop) },
      { $0.view["Mail/pop.lab.test/Inbox"] = "From - \n" },
      { $0.view["Mail/pop.lab.test/Inbox.sbd/a/cur/1"] = "x" },
      { $0.view.put(.link, at: "Mail/pop.lab.test/Archive") },
    ]
    for use in uses {
      let lab = try deferred(use).switched()
      #expect(lab.server(3, "type") == "none")
      #expect(ReferenceChecker(lab.profile).dangling == [])
    }
  }

  @Test func deferredUnifiedInboxFollows() throws {
    let lab = try deferred {
      $0.addUnifiedInbox("mailbox://nobody@Local%20Folders/Inbox")
    }.switched()
    #expect(
      lab.profile["virtualFolders.dat"]?.contains("|imap://alice%40lab.test@imap.lab.test/INBOX")
        == true)
  }

  @Test func accountsDeferredToTheSwitchedOneFollowItsOldMail() throws {
    let before = Lab {
      $0.addPOP()
      $0.addPOP(
        3, user: "bob@lab.test", directory: "pop.lab-1.test",
        more: ["deferred_to_account": .string("account2")])
    }
    let plan = try before.plan()
    let lab = try before.applying(plan)
    #expect(lab.server(3, "deferred_to_account") == "account4")
    #expect(lab.pref("mail.account.account4.server") == "server4")
    #expect(lab.server(4, "hostname") == "pop.lab.test")
    #expect(plan.edit("mail.server.server3.deferred_to_account")?.deciding == true)
  }
}
