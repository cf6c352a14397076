import ConfigFormats
import ProfileRewriter
import Testing

@Suite("Thunderbird: warnings and undo advice")
struct ThunderbirdWarningTests {
  @Test func plainAccount() throws {
    let lab = Lab { $0.addPOP(filters: false) }
    #expect(try lab.warnings() == [.mailShownTwice])
  }

  @Test func mailOnlyLocal() throws {
    #expect(try Lab { $0.addPOP(leaveOnServer: false) }.warnings().contains(.mailOnlyLocal))
    // The client takes a value of the wrong type for none.
    #expect(
      try Lab { $0.addPOP(more: ["leave_on_server": .int(1)]) }.warnings().contains(.mailOnlyLocal))
    let byDefault = Lab {
      $0.addPOP(leaveOnServer: false)
      $0.prefs["mail.server.default.leave_on_server"] = .bool(true)
    }
    #expect(try byDefault.warnings().contains(.mailShownTwice))
  }

  @Test func otherUserName() throws {
    let lab = Lab { $0.addPOP() }
    #expect(try lab.warnings(to: Lab.imap("alice")).contains(.usernameDiffers))
    let after = try lab.switched(to: Lab.imap("alice"))
    #expect(after.server(2, "userName") == "alice")
    #expect(after.server(3, "userName") == "alice@lab.test")
    #expect(after.pref("mail.identity.id2.fcc_folder") == "imap://alice@imap.lab.test/Sent")
  }

  @Test func noPassword() throws {
    let lab = Lab { $0.addPOP(login: false) }
    #expect(try lab.warnings().contains(.noSavedPassword))
    #expect(try lab.plan().file("logins.json") == nil)
    #expect(try !lab.warnings(to: Lab.imap(auth: .gssapi)).contains(.noSavedPassword))
  }

  @Test func filters() throws {
    #expect(try Lab { $0.addPOP() }.warnings().contains(.filtersNameFolders))
  }

  @Test func popDeletesAgainAfterUndo() throws {
    func texts(_ more: [String: PrefValue], leave: Bool) throws -> [WarningCode] {
      let lab = try Lab { $0.addPOP(leaveOnServer: leave, more: more) }.switched()
      let account = SwitchedAccount(key: "account2", from: Lab.imap(), to: Lab.imap())
      return lab.adapter.undoWarnings(accounts: [account], in: lab.context).map(\.code)
    }
    #expect(try texts([:], leave: true) == [])
    #expect(try texts([:], leave: false) == [.popDeletesFromServer])
    #expect(
      try texts(["delete_by_age_from_server": .bool(true)], leave: true) == [.popDeletesFromServer])
    #expect(
      try texts(["delete_mail_left_on_server": .bool(true)], leave: true) == [.popDeletesFromServer]
    )
  }

  @Test func leavingOnTheServer() throws {
    let lab = Lab {
      $0.addPOP(leaveOnServer: false, more: ["delete_mail_left_on_server": .bool(true)])
    }
    let account = SwitchedAccount(key: "account2", from: Lab.imap(), to: Lab.imap())
    #expect(
      lab.adapter.leaveOnServerValues(account: account, in: lab.context) == [
        KeyValue(key: "mail.server.server2.leave_on_server", value: Array("true".utf8)),
        KeyValue(
          key: "mail.server.server2.delete_mail_left_on_server", value: Array("false".utf8)),
      ])
  }
}
