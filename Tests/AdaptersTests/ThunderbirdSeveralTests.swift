import ConfigFormats
import ProfileRewriter
import Testing

/// Several accounts in one change.
@Suite("Thunderbird: several accounts")
struct ThunderbirdSeveralTests {
  private var two: Lab {
    Lab {
      $0.addPOP()
      $0.addPOP(3, user: "bob@lab.test", directory: "pop.lab-1.test")
      $0.addUnifiedInbox(
        "mailbox://alice%40lab.test@pop.lab.test/Inbox|mailbox://bob%40lab.test@pop.lab.test/Inbox")
    }
  }

  @Test func twoOnOneHost() throws {
    let before = two
    let plan = try before.plan(["account2", "account3"])
    #expect(plan.outcomes.map(\.account) == ["account2", "account3"])
    let lab = try before.applying(plan)
    #expect(
      lab.pref("mail.accountmanager.accounts") == "account2,account3,account1,account4,account5")
    #expect(lab.pref("mail.account.lastKey") == "5")
    #expect(lab.server(2, "directory-rel") == "[ProfD]ImapMail/imap.lab.test")
    #expect(lab.server(3, "directory-rel") == "[ProfD]ImapMail/imap.lab.test-1")
    #expect(lab.server(4, "userName") == "alice@lab.test")
    #expect(lab.server(5, "userName") == "bob@lab.test")
    #expect(lab.pref("mail.identity.id3.fcc_folder") == "imap://bob%40lab.test@imap.lab.test/Sent")
    #expect(ReferenceChecker(lab.profile).dangling == [])
    #expect(
      lab.profile["virtualFolders.dat"]?.contains(
        "|imap://alice%40lab.test@imap.lab.test/INBOX|imap://bob%40lab.test@imap.lab.test/INBOX\n")
        == true)
  }

  @Test func sharedEditsNameAllUsers() throws {
    let plan = try two.plan(["account2", "account3"])
    let both = ["account2", "account3"]
    let list = try #require(plan.edit("mail.accountmanager.accounts"))
    #expect(list.users == both)
    #expect(
      list.rule
        == .elements([
          ListElement(bytes: Array("account4".utf8), users: ["account2"]),
          ListElement(bytes: Array("account5".utf8), users: ["account3"]),
        ]))
    guard case .edit(_, let logins, _)? = plan.file("logins.json")?.work else {
      Issue.record("no logins")
      return
    }
    // Both passwords of the host are copied once each, for both accounts.
    #expect(logins.filter { $0.rule == .record }.map(\.users) == [both, both])
    #expect(plan.edit("nextId", in: "logins.json")?.users == both)
    #expect(plan.file("ImapMail")?.users == both)
    #expect(plan.file("ImapMail/imap.lab.test-1")?.users == ["account3"])
    #expect(plan.edit("mail.server.server3.type")?.users == ["account3"])
  }

  @Test func oneLaterThanTheOther() throws {
    let first = try two.switched(["account2"])
    let plan = try first.plan(["account3"])
    let lab = try first.applying(plan)
    #expect(
      lab.pref("mail.accountmanager.accounts") == "account2,account3,account1,account4,account5")
    guard case .edit(_, let logins, _)? = plan.file("logins.json")?.work else {
      Issue.record("no logins")
      return
    }
    // The copies are there already; the patch knows that this account needs them as well.
    #expect(logins.allSatisfy { $0.edits.isEmpty && $0.users == ["account3"] })
    #expect(logins.count == 2)
    #expect(ReferenceChecker(lab.profile).dangling == [])
  }

  @Test func refusedOneLeavesNoTrace() throws {
    var before = two
    before.profile.put(.link, at: "Mail/pop.lab-1.test/msgFilterRules.dat")
    let plan = try before.plan(["account3", "account2"])
    #expect(plan.outcomes[0].refusal?.reason == .symlink)
    #expect(plan.outcomes[1].refusal == nil)
    let lab = try before.applying(plan)
    #expect(lab.server(3, "type") == "pop3")
    #expect(lab.server(2, "directory-rel") == "[ProfD]ImapMail/imap.lab.test")
    #expect(lab.pref("mail.account.lastKey") == "4")
    #expect(plan.files.allSatisfy { $0.users == ["account2"] })
  }

  @Test func allRefusedMeansNoFiles() throws {
    var before = two
    before.profile["user.js"] = "user_pref(\"mail.accountmanager.accounts\", \"account2\");\n"
    let plan = try before.plan(["account2", "account3"])
    #expect(plan.outcomes.allSatisfy { $0.refusal?.reason == .overriddenByUserJS })
    #expect(plan.files.isEmpty)
  }

  @Test func twoThatWouldBecomeOne() throws {
    let before = two
    let plan = try before.plan(["account2", "account3"], to: Lab.imap("Alice@lab.test"))
    #expect(plan.outcomes[0].refusal == nil)
    #expect(plan.outcomes[1].refusal?.reason == .duplicateAccount)
  }

  @Test func twoHosts() throws {
    let before = Lab {
      $0.addPOP()
      $0.addPOP(3, user: "carol", host: "pop.other.test")
    }
    let plan = try before.plan(["account2", "account3"])
    let lab = try before.applying(plan)
    #expect(lab.profile["logins.json"]?.split(separator: "imap://imap.lab.test").count == 5)
    #expect(ReferenceChecker(lab.profile).dangling == [])
  }

  @Test func deferredToEachOtherInOnePlan() throws {
    let before = Lab {
      $0.addPOP()
      $0.addPOP(
        3, user: "bob@lab.test", directory: "pop.lab-1.test",
        more: ["deferred_to_account": .string("account2")])
    }
    let lab = try before.switched(["account2", "account3"])
    #expect(lab.server(3, "type") == "imap")
    #expect(lab.server(3, "deferred_to_account") == "account4")
  }
}
