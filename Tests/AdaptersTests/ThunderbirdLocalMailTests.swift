import Adapters
import ProfileRewriter
import Testing

/// Where a Thunderbird account's mail lies, before and after it became IMAP.
@Suite struct ThunderbirdLocalMailTests {
  private static let message = "From - Tue Nov 24 02:43:51 2026\nSubject: x\n\nx\n"

  private func places(_ lab: Lab, _ account: String = "account2") throws -> [LocalMailPlace] {
    try lab.adapter.localMail(of: account, in: lab.context)
  }

  private func paths(_ lab: Lab, _ account: String = "account2") throws -> [String] {
    try places(lab, account).map(\.path.text)
  }

  private func reason(_ lab: Lab, _ account: String) -> ReasonCode? {
    do {
      _ = try places(lab, account)
      return nil
    } catch { return (error as? Refusal)?.reason }
  }

  // MARK: Global Inbox

  private static func globalInbox(ownInbox: String = message) -> Lab {
    Lab {
      $0.addPOP(more: ["deferred_to_account": .string("account1")])
      $0.view["Mail/pop.lab.test/Inbox"] = ownInbox
      $0.view["Mail/Local Folders/Inbox"] = message
    }
  }

  @Test func `what a global inbox holds is found, before the switch and after`() throws {
    let lab = Self.globalInbox(ownInbox: "")
    for lab in [lab, try lab.switched()] {
      #expect(try paths(lab) == ["Mail/Local Folders"])
      #expect(try places(lab).map(\.isCommon) == [true])
    }
  }

  @Test func `mail from before it was deferred is found, too`() throws {
    let lab = Self.globalInbox()
    for lab in [lab, try lab.switched()] {
      #expect(try paths(lab) == ["Mail/Local Folders", "Mail/pop.lab.test"])
      #expect(try places(lab).map(\.isCommon) == [true, false])
    }
  }

  @Test func `folders that another account delivers into are common`() throws {
    let lab = Lab {
      $0.addPOP(2)
      $0.addPOP(
        3, user: "bob@lab.test", directory: "pop.lab-1.test",
        more: ["deferred_to_account": .string("account2")])
      $0.view["Mail/pop.lab-1.test/Inbox"] = ""
    }
    for lab in [lab, try lab.switched(), try lab.switched(["account2", "account3"])] {
      for account in ["account2", "account3"] {
        #expect(try paths(lab, account) == ["Mail/pop.lab.test"])
        #expect(try places(lab, account).map(\.isCommon) == [true])
      }
    }
  }

  @Test func `a target that is gone is said`() throws {
    let lab = Lab { $0.addPOP(more: ["deferred_to_account": .string("account9")]) }
    #expect(reason(lab, "account2") == .incompleteAccount)
    #expect(reason(try lab.switched(), "account2") == .incompleteAccount)
  }

  // MARK: Whose old mail

  private static func twoOfOneName(_ users: [String], _ hosts: [String]) -> Lab {
    Lab {
      for (index, user) in users.enumerated() {
        $0.addPOP(
          index + 2, user: user, host: hosts[index], directory: "\(index + 2)",
          more: ["name": .string("Work")])
      }
    }
  }

  @Test func `accounts of one display name have each their own`() throws {
    let lab = try Self.twoOfOneName(
      ["alice@lab.test", "bob@lab.test"], ["pop.lab.test", "pop.lab.test"]
    ).switched(["account2", "account3"])
    #expect(try paths(lab, "account2") == ["Mail/2"])
    #expect(try paths(lab, "account3") == ["Mail/3"])
  }

  @Test func `so have those of one user name, by their hosts`() throws {
    let lab = try Self.twoOfOneName(["alice", "alice"], ["pop.lab.test", "pop.second.test"])
      .switched(["account2"], to: Lab.imap("alice"))
      .switched(["account3"], to: Lab.imap("alice", host: "imap.second.test"))
    #expect(try paths(lab, "account2") == ["Mail/2"])
    #expect(try paths(lab, "account3") == ["Mail/3"])
  }

  @Test func `what cannot be told apart is refused in words`() throws {
    let lab = try Self.twoOfOneName(["alice", "alice"], ["pop1.lab.test", "pop2.lab.test"])
      .switched(["account2"], to: Lab.imap("alice", host: "imap1.lab.test"))
      .switched(["account3"], to: Lab.imap("alice", host: "imap2.lab.test"))
    #expect(reason(lab, "account2") == .duplicateAccount)
    #expect(reason(lab, "account3") == .duplicateAccount)
  }

  @Test func `an account that was never POP gets nobody else's`() throws {
    var lab = Lab {
      $0.addPOP(more: ["name": .string("Work")])
      $0.addIMAP(3, host: "imap.second.test")
      $0.prefs["mail.server.server3.name"] = .string("Work")
    }
    lab = try lab.switched()
    #expect(try paths(lab, "account2") == ["Mail/pop.lab.test"])
    #expect(reason(lab, "account3") == .notFound)
  }

  // MARK: Folders

  private func folders(_ files: [String: String]) throws -> Set<String> {
    let lab = Lab {
      $0.addPOP()
      for (name, text) in files { $0.view["Mail/pop.lab.test/" + name] = text }
    }
    return Set(try #require(try places(lab).first).folders.map { $0.names.joined(separator: "/") })
      .subtracting(["Inbox", "Trash"])
  }

  /// All are shown by Thunderbird 153.
  @Test(arguments: ["Orders.html", "list.dat", "a.lock", "weird.nstmp", "virtualFolders.dat"])
  func `a folder is one whatever its name ends in`(name: String) throws {
    #expect(try folders([name: Self.message]) == [name])
    #expect(try folders(["\(name).sbd/2023": Self.message]) == ["\(name)/2023"])
    // Some program's own.
    #expect(try folders([name: "version=1\n"]) == [])
    #expect(try folders([name: ""]) == [])
  }

  /// None is shown.
  @Test(arguments: [
    "popstate.dat", "msgFilterRules.dat", "rules.dat", "rulesbackup.dat", "filterlog.html",
    "junklog.html", "feeds.json", "x.toc", "#x", "x~", ".x",
  ])
  func `what the client takes for its own is none`(name: String) throws {
    #expect(try folders([name: Self.message]) == [])
  }
}
