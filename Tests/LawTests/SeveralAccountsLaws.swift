import Foundation
import Testing

@testable import ProfileRewriter

/// Several accounts of one profile, switched together or apart, undone together or apart.
@Suite struct SeveralAccountsLaws {
  static let orders = [["alice@lab.test", "bob@lab.test"], ["bob@lab.test", "alice@lab.test"]]

  /// Switched in one change, undone one after the other: the shared logins go with the last one.
  @Test(arguments: orders) func oneChangeUndoneByAccount(_ order: [String]) throws {
    let sandbox = try Sandbox(try Fixture.named("two"))
    let before = try values(sandbox)
    let logins = try loginHosts(sandbox)
    try sandbox.apply()
    let id = try #require(try sandbox.engine.history().first?.id)
    let first = try sandbox.rollback(.changes([id]), order[0])
    #expect(first.map(\.status) == [.undone], "\(first)")
    #expect(try types(sandbox) == [order[0]: "pop3", order[1]: "imap"])
    #expect(try loginHosts(sandbox).count == logins.count + 2, "the logins are shared")
    let second = try sandbox.rollback(.changes([id]), order[1])
    #expect(second.map(\.status) == [.undone], "\(second)")
    #expect(try loginHosts(sandbox) == logins)
    #expect(try valuesWithoutCounters(sandbox) == withoutCounters(before))
    #expect(try sandbox.engine.history().first?.state == .undone)
  }

  /// Switched in two runs, undone in both orders: the second's login stays while it is needed.
  @Test(arguments: orders) func twoChangesUndoneInEitherOrder(_ order: [String]) throws {
    let sandbox = try Sandbox(try Fixture.named("two"))
    let before = try values(sandbox)
    let logins = try loginHosts(sandbox)
    try sandbox.apply("alice@lab.test")
    try sandbox.apply("bob@lab.test")
    let changes = try sandbox.engine.history()
    #expect(changes.count == 2)
    func change(of user: String) throws -> String {
      try #require(changes.first { $0.accounts.first?.from.username == user }?.id)
    }
    let first = try sandbox.rollback(.changes([try change(of: order[0])]))
    #expect(first.map(\.status) == [.undone], "\(first)")
    #expect(try types(sandbox) == [order[0]: "pop3", order[1]: "imap"])
    #expect(try loginHosts(sandbox).count == logins.count + 2, "the other account needs its login")
    let second = try sandbox.rollback(.changes([try change(of: order[1])]))
    #expect(second.map(\.status) == [.undone], "\(second)")
    #expect(try loginHosts(sandbox) == logins)
    #expect(try valuesWithoutCounters(sandbox) == withoutCounters(before))
  }

  /// Emptying the trash at exit is switched off by the first switch, and stays off until the last account is
  /// back, whichever that is: as long as one is IMAP its server's trash would be emptied.
  @Test(arguments: ["sylpheed", "claws-mail"], orders)
  func theTrashIsNotEmptiedWhileOneAccountIsIMAP(_ client: String, _ order: [String]) throws {
    let sandbox = try Sandbox(try Fixture.named("two", of: client))
    let file = sandbox.profile.appendingPathComponent(
      client == "sylpheed" ? "sylpheedrc" : "clawsrc")
    func emptying() throws -> Bool {
      try String(contentsOf: file, encoding: .utf8).contains("\nclean_trash_on_exit=1\n")
    }
    try String(contentsOf: file, encoding: .utf8)
      .replacing("\nclean_trash_on_exit=0\n", with: "\nclean_trash_on_exit=1\n")
      .write(to: file, atomically: false, encoding: .utf8)
    let before = try sandbox.tree()
    try sandbox.apply("alice@lab.test")
    try sandbox.apply("bob@lab.test")
    #expect(try !emptying())
    let changes = try sandbox.engine.history()
    func undo(_ user: String) throws -> [ResultRow] {
      let change = try #require(changes.first { $0.accounts.first?.from.username == user })
      return try sandbox.rollback(.changes([change.id]))
    }
    let first = try undo(order[0])
    #expect(first.map(\.status) == [.undone], "\(first)")
    #expect(try !emptying(), "one account still is IMAP")
    let isMaker = order[0] == "alice@lab.test"
    #expect(first.flatMap(\.warnings).contains { $0.code == .keptInUse } == isMaker)
    let second = try undo(order[1])
    #expect(second.map(\.status) == [.undone], "\(second)")
    #expect(differences(before, try sandbox.tree()) == [])
  }

  /// Switched again while another account needed it off: what it was at first comes back with the last.
  @Test func theTrashIsAsItWasAfterAChainOfSwitches() throws {
    let sandbox = try Sandbox(try Fixture.named("two", of: "sylpheed"))
    let file = sandbox.profile.appendingPathComponent("sylpheedrc")
    func set(_ old: String, _ new: String) throws {
      try String(contentsOf: file, encoding: .utf8)
        .replacing("\nclean_trash_on_exit=\(old)\n", with: "\nclean_trash_on_exit=\(new)\n")
        .write(to: file, atomically: false, encoding: .utf8)
    }
    func value() throws -> Substring? {
      try String(contentsOf: file, encoding: .utf8)
        .firstMatch(of: /\nclean_trash_on_exit=(.)\n/)?.output.1
    }
    func undo(_ user: String) throws {
      let change = try #require(
        try sandbox.engine.history().first {
          $0.accounts.first?.from.username == user && $0.state == .applied
        })
      #expect(try sandbox.rollback(.changes([change.id])).map(\.status) == [.undone])
    }
    try set("0", "1")
    try sandbox.apply("alice@lab.test")
    try sandbox.apply("bob@lab.test")
    try undo("alice@lab.test")
    try sandbox.apply("alice@lab.test")
    try undo("bob@lab.test")
    #expect(try value() == "0")
    try undo("alice@lab.test")
    #expect(try value() == "1")
    // Where it is the user who wants it off, it stays off.
    try set("1", "0\nuser_was_here=1")
    try sandbox.apply("alice@lab.test")
    try sandbox.apply("bob@lab.test")
    try undo("alice@lab.test")
    try undo("bob@lab.test")
    #expect(try value() == "0")
  }

  /// One server named for accounts of two providers: refused before anything is written.
  @Test func oneServerForTwoProvidersIsRefused() throws {
    let sandbox = try Sandbox(try Fixture.named("two-hosts"))
    let stamps = try sandbox.stamps()
    let request = SwitchRequest(
      selection: sandbox.selection(), settings: TargetRequest(host: "imap.lab.test"))
    #expect(throws: RequestError.severalPOPHosts(["pop.lab.test", "pop.second.test"])) {
      try sandbox.engine.apply(request) { _ in }
    }
    #expect(try sandbox.stamps() == stamps)
    #expect(!FileManager.default.fileExists(atPath: sandbox.state.path))
  }

  @Test func aLiteralUsernameForSeveralAccountsIsRefused() throws {
    let sandbox = try Sandbox(try Fixture.named("two"))
    let request = SwitchRequest(
      selection: sandbox.selection(),
      settings: TargetRequest(host: "imap.lab.test", username: "alice"))
    #expect(throws: RequestError.usernameForSeveralAccounts(2)) {
      try sandbox.engine.apply(request) { _ in }
    }
  }

  /// A password changed since the switch: the copy stays, and undo says so.
  @Test func aChangedPasswordStays() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    try sandbox.apply()
    let file = sandbox.profile.appendingPathComponent("logins.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    let clone = try #require(text.range(of: "\"hostname\":\"imap://"))
    let password = try #require(
      text.range(of: "\"timePasswordChanged\":", range: clone.upperBound..<text.endIndex))
    var changed = text
    changed.insert(contentsOf: "2", at: password.upperBound)
    try changed.write(to: file, atomically: false, encoding: .utf8)
    let rows = try sandbox.rollback()
    #expect(rows.map(\.status) == [.undone])
    #expect(rows.flatMap(\.warnings).contains { $0.code == .passwordChanged })
    #expect(try String(contentsOf: file, encoding: .utf8).contains("imap://imap.lab.test"))
  }

  private func values(_ sandbox: Sandbox) throws -> [String: [UInt8]] {
    try ThunderbirdRewrite.values(sandbox.profile.appendingPathComponent("prefs.js"))
  }

  private func withoutCounters(_ values: [String: [UInt8]]) -> [String: [UInt8]] {
    values.filter { $0.key != "mail.account.lastKey" }
  }

  private func valuesWithoutCounters(_ sandbox: Sandbox) throws -> [String: [UInt8]] {
    withoutCounters(try values(sandbox))
  }

  /// Each mail user's server type, as prefs.js has it.
  private func types(_ sandbox: Sandbox) throws -> [String: String] {
    let values = try values(sandbox).mapValues {
      String(decoding: $0, as: UTF8.self).replacingOccurrences(of: "\"", with: "")
    }
    var types: [String: String] = [:]
    for (key, user) in values where key.hasSuffix(".userName") && user.contains("@") {
      let type = values[key.replacingOccurrences(of: ".userName", with: ".type")]
      if type != "none" { types[user] = type }
    }
    return types
  }

  private func loginHosts(_ sandbox: Sandbox) throws -> [String] {
    let text = try String(
      contentsOf: sandbox.profile.appendingPathComponent("logins.json"), encoding: .utf8)
    return text.matches(of: /"hostname":"([^"]+)"/).map { String($0.output.1) }
  }
}

/// Law 8 at its edges.
@Suite struct SecretLaws {
  /// A logins.json that somebody broke since the switch: undo says where, not what stands there.
  @Test func aBrokenSensitiveFileIsNotQuoted() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    try sandbox.apply()
    let file = sandbox.profile.appendingPathComponent("logins.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    let secret = try #require(text.firstMatch(of: /"encryptedPassword":"([^"]+)"/)?.output.1)
    try text.replacing("\"encryptedPassword\":\"", with: "\"encryptedPassword\":")
      .write(to: file, atomically: false, encoding: .utf8)
    let tree = try sandbox.tree()
    let rows = try sandbox.rollback()
    #expect(rows.map(\.reason) == [.syntax])
    #expect(rows.allSatisfy { $0.text?.contains(secret) == false })
    #expect(differences(tree, try sandbox.tree()) == [])
  }
}
