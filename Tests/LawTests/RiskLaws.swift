import Foundation
import Testing

@testable import ProfileRewriter

/// What `plan` says of every fixture's mail, beside what the real client counted and what a reader of
/// another kind (Python's mailbox module, once, by hand) found without a UIDL of popstate.dat's.
@Suite struct RiskLaws {
  struct Case: Sendable, CustomTestStringConvertible {
    var fixture: String
    var account: String?
    var messages: Int
    var onlyHere: Int
    var isShared = false
    var onServer = MailOnServer.kept

    var testDescription: String { fixture }
  }

  /// One message of the Inbox has a UIDL that the server had no longer: a filter had it deleted there.
  @Test(arguments: [
    Case(fixture: "mbox", messages: 37, onlyHere: 5),
    Case(fixture: "maildir", messages: 37, onlyHere: 5),
    Case(fixture: "noleave", messages: 37, onlyHere: 37, onServer: .notKept),
    Case(fixture: "deferred", messages: 39, onlyHere: 5, isShared: true),
    Case(fixture: "two", account: "account1", messages: 37, onlyHere: 5),
    Case(fixture: "two", account: "account3", messages: 24, onlyHere: 5),
  ])
  func thunderbird(_ expected: Case) throws {
    let sandbox = try Sandbox(try Fixture.named(expected.fixture))
    let risk = try #require(try self.risk(sandbox, expected.account))
    try check(risk, expected)
    #expect(risk.settings.days == nil, "there are days, and they do not count")
    #expect(risk.settings.rules.moving == ["to Projekte", "to archive"])
    #expect(risk.settings.rules.deleting.isEmpty)
    #expect(risk.settings.rules.incoming == 4)
    #expect(risk.settings.rules.cover == .byDate)
  }

  @Test(arguments: [
    Case(fixture: "keep", messages: 15, onlyHere: 3, isShared: true),
    Case(fixture: "nokeep", messages: 15, onlyHere: 15, isShared: true, onServer: .notKept),
    Case(fixture: "two", messages: 21, onlyHere: 3, isShared: true),
  ])
  func evolution(_ expected: Case) throws {
    let sandbox = try Sandbox(try Fixture.named(expected.fixture, of: "evolution"))
    let risk = try #require(try self.risk(sandbox))
    try check(risk, expected)
    #expect(risk.settings.rules == RuleRisk(incoming: 0, moving: [], deleting: [], cover: .noRules))
  }

  private func check(_ risk: MailRisk, _ expected: Case) throws {
    #expect(risk.settings.onServer == expected.onServer)
    #expect(risk.server == .notAsked)
    let counted = try counted(risk)
    #expect(counted.all.messages == expected.messages)
    #expect(counted.isShared == expected.isShared)
    #expect(counted.damaged == 0)
    guard case .estimated(let amount, .clientRecord) = counted.onlyHere else {
      Issue.record("\(counted.onlyHere)")
      return
    }
    #expect(amount.messages == expected.onlyHere)
    #expect((amount.bytes == counted.all.bytes) == (expected.onlyHere == expected.messages))
    #expect(amount.bytes > 100 * amount.messages && amount.bytes <= counted.all.bytes)
  }

  @Test func evolutionsRulesArePaused() throws {
    let sandbox = try Sandbox(try Fixture.named("filters", of: "evolution"))
    #expect(
      try risk(sandbox)?.settings.rules
        == RuleRisk(incoming: 1, moving: ["Lists für später"], deleting: [], cover: .paused))
  }

  /// The record of the last session is there: what was left is known although mail is not kept now.
  @Test func whatTheClientNotedCountsBeforeTheSetting() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    try edit("prefs.js", of: sandbox) {
      $0.replacing(#"user_pref("mail.server.server1.leave_on_server", true);"#, with: "")
    }
    let risk = try #require(try risk(sandbox))
    #expect(risk.settings.onServer == .notKept)
    #expect(risk.local.onlyHere.amount?.messages == 5)
    try FileManager.default.removeItem(at: mail(sandbox).appendingPathComponent("popstate.dat"))
    let blind = try counted(try #require(try self.risk(sandbox)))
    #expect(blind.onlyHere == .estimated(blind.all, .setting))
  }

  /// Claws Mail notes the names of what it has fetched, and not which message has which.
  @Test(arguments: [("claws-mail", "tls"), ("sylpheed", "tls"), ("claws-mail", "nokeep")])
  func aRecordThatNamesNoMessageProvesNothing(client: String, variant: String) throws {
    let sandbox = try Sandbox(try Fixture.named(variant, of: client))
    let counted = try counted(try #require(try risk(sandbox)))
    #expect(counted.all.messages == 12)
    #expect(
      counted.onlyHere
        == (variant == "tls" ? .unknown : .estimated(counted.all, .setting)))
  }

  @Test func withoutARecordNothingIsKnownOfMailThatIsKept() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    try FileManager.default.removeItem(at: mail(sandbox).appendingPathComponent("popstate.dat"))
    let counted = try counted(try #require(try risk(sandbox)))
    #expect(counted.onlyHere == .unknown && counted.all.messages == 37)
  }

  @Test func daysAreNamedWhereTheClientGoesByThem() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let own = #"user_pref("mail.server.server1.leave_on_server", true);"#
    try edit("prefs.js", of: sandbox) {
      $0.replacing(
        own,
        with: own + "\n" + #"user_pref("mail.server.server1.delete_by_age_from_server", true);"#
          + "\n" + #"user_pref("mail.server.server1.delete_mail_left_on_server", true);"#)
    }
    let settings = try #require(try risk(sandbox, counts: false)).settings
    #expect(settings.onServer == .keptForDays && settings.days == 14 && settings.deletesAlong)
    try edit("prefs.js", of: sandbox) {
      $0.replacing(#"user_pref("mail.server.server1.num_days_to_leave_on_server", 14);"#, with: "")
    }
    #expect(try risk(sandbox, counts: false)?.settings.days == 7)

    let evolution = try Sandbox(try Fixture.named("keep", of: "evolution"))
    let key = try #require(evolution.fixture.imap.keys.first)
    try edit("sources/\(key).source", of: evolution) {
      $0.replacing("DeleteAfterDays=0", with: "DeleteAfterDays=3")
        .replacing("DeleteExpunged=false", with: "DeleteExpunged=true")
    }
    let kept = try #require(try risk(evolution, counts: false)).settings
    #expect(kept.onServer == .keptForDays && kept.days == 3 && kept.deletesAlong)
  }

  @Test func aRuleThatDeletesIsNamed() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let rules = mail(sandbox).appendingPathComponent("msgFilterRules.dat")
    let text = try String(contentsOf: rules, encoding: .utf8)
    try text.replacing(
      "action=\"Copy to folder\"\nactionValue=", with: "action=\"Delete\"\nunknown="
    )
    .replacing("name=\"to archive\"\nenabled=\"yes\"", with: "name=\"to archive\"\nenabled=\"no\"")
    .replacing(
      "name=\"pop only\"\nenabled=\"yes\"\ntype=\"17\"",
      with: "name=\"pop only\"\nenabled=\"yes\"\ntype=\"16\""
    )
    .write(to: rules, atomically: false, encoding: .utf8)
    #expect(
      try risk(sandbox, counts: false)?.settings.rules
        == RuleRisk(
          incoming: 2, moving: ["to Projekte"], deleting: ["copy to local ü"], cover: .byDate))
  }

  // MARK: What cannot be read

  /// Read only where it is asked for: a store that cannot be read is then nobody's business.
  @Test func mailIsReadOnlyWhereItIsAskedFor() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let inbox = mail(sandbox).appendingPathComponent("Inbox")
    try FileManager.default.moveItem(
      at: inbox, to: sandbox.directory.appendingPathComponent("else"))
    try FileManager.default.createSymbolicLink(
      at: inbox, withDestinationURL: sandbox.directory.appendingPathComponent("else"))
    #expect(try risk(sandbox, counts: false)?.local == .notRead)
    guard case .unreadable(let refusal)? = try risk(sandbox)?.local else {
      Issue.record("followed a link")
      return
    }
    #expect(refusal.reason == .symlink)
  }

  @Test func aDamagedMessageIsCountedAndNamedSo() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let sent = mail(sandbox).appendingPathComponent("Sent")
    try Data("From - Mon Nov 23 10:00:00 2026\nSubject: cut o".utf8).write(to: sent)
    let counted = try counted(try #require(try risk(sandbox)))
    #expect(counted.all.messages == 36 && counted.damaged == 1, "one in place of two")
    #expect(counted.onlyHere.amount?.messages == 4)
  }

  @Test func aMissingStoreHoldsNothing() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    try FileManager.default.removeItem(at: mail(sandbox))
    let counted = try counted(try #require(try risk(sandbox)))
    #expect(counted.all == MailAmount() && counted.onlyHere == .unknown)
  }

  /// Its rules cannot be read: the account is refused, and nothing is said of its mail.
  @Test func aStoreOutsideIsRefused() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    try edit("prefs.js", of: sandbox) {
      $0.replacing("[ProfD]Mail/pop.lab.test", with: "/srv/mail/pop.lab.test")
    }
    let account = try #require(try planned(sandbox, counts: true).first)
    #expect(account.refusal?.reason == .outsideHome && account.risk == nil)
  }

  @Test func nothingIsWritten() throws {
    for fixture in ["mbox", "maildir"] {
      let sandbox = try Sandbox(try Fixture.named(fixture))
      let before = try sandbox.tree()
      _ = try risk(sandbox)
      #expect(differences(before, try sandbox.tree()).isEmpty)
    }
  }

  // MARK: Accounts that share a place, and their servers

  private struct Answers: ServerMailCheck {
    var byUser: [String: ServerMailAnswer]

    func answer(_ question: ServerMailQuestion) -> ServerMailAnswer {
      byUser[question.present.username] ?? .unanswered(Refusal(.serverUnreachable, "not here"))
    }
  }

  /// What lies in one place is exact only if the servers of all were asked.
  @Test func serversOfAllWhoShareAPlace() throws {
    let sandbox = try Sandbox(try Fixture.named("two", of: "evolution"))
    let users = try planned(sandbox, counts: false).map(\.from.username)
    #expect(users.count == 2)
    func ids(_ user: String, _ numbers: ClosedRange<Int>) -> ServerMailAnswer {
      let local = user.prefix { $0 != "@" }
      return .mail(
        ServerMail(
          by: .imap, messageIDs: Set(numbers.map { Array("lab-\($0)-\(local)@lab.test".utf8) }),
          messages: numbers.count, room: .unlimited))
    }
    let both = Answers(byUser: [users[0]: ids(users[0], 1...12), users[1]: ids(users[1], 1...6)])
    let exact = try counted(try #require(try risk(sandbox, asking: both)))
    let none = try counted(try #require(try risk(sandbox)))
    #expect(exact.onlyHere == .exact(none.onlyHere.amount ?? MailAmount()))

    let one = Answers(byUser: [users[0]: ids(users[0], 1...2)])
    let partly = try counted(try #require(try risk(sandbox, asking: one)))
    guard case .estimated(let amount, .server) = partly.onlyHere else {
      Issue.record("\(partly.onlyHere)")
      return
    }
    let missing = users[0].hasPrefix("alice") ? 10 : 4
    #expect(amount.messages == 3 + missing)
  }

  @Test func roomIsComparedWithWhatIsOnlyHere() {
    let amount = MailAmount(messages: 5, bytes: 5000)
    func room(_ bytes: (Int, Int)?, _ messages: (Int, Int)?) -> Bool? {
      MailRoom.limited(
        MailRoom.Limits(
          bytes: bytes.map { MailRoom.Limit(limit: $0.0, used: $0.1) },
          messages: messages.map { MailRoom.Limit(limit: $0.0, used: $0.1) })
      ).holds(amount)
    }
    #expect(room((10_000, 5000), nil) == true)
    #expect(room((10_000, 5001), nil) == false)
    #expect(room(nil, (10, 5)) == true)
    #expect(room((1 << 40, 0), (10, 6)) == false)
    #expect(room((10, 20), nil) == false)
    #expect(MailRoom.unlimited.holds(amount) == true)
    #expect(MailRoom.unknown.holds(amount) == nil)
  }

  // MARK: Helpers

  private func planned(
    _ sandbox: Sandbox, counts: Bool, asking: (any ServerMailCheck)? = nil
  ) throws -> [PlannedAccount] {
    var request = sandbox.request()
    request.countsMail = counts
    var engine = sandbox.engine
    engine.configuration.serverMailCheck = asking
    var accounts: [PlannedAccount] = []
    try engine.plan(request) {
      accounts += $0.accounts
    } problem: {
      Issue.record("\($0): \($1)")
    }
    return accounts
  }

  private func risk(
    _ sandbox: Sandbox, _ key: String? = nil, counts: Bool = true,
    asking: (any ServerMailCheck)? = nil
  ) throws -> MailRisk? {
    let accounts = try planned(sandbox, counts: counts, asking: asking)
    let account = try #require(accounts.first { key == nil || $0.key == key })
    #expect(account.refusal == nil)
    return account.risk
  }

  private struct NotCounted: Error { var local: LocalMailCount }

  private func counted(_ risk: MailRisk) throws -> LocalMailCount.Counted {
    guard case .counted(let counted) = risk.local else { throw NotCounted(local: risk.local) }
    return counted
  }

  private func mail(_ sandbox: Sandbox) -> URL {
    sandbox.profile.appendingPathComponent("Mail/pop.lab.test")
  }

  private func edit(_ name: String, of sandbox: Sandbox, _ change: (String) -> String) throws {
    let file = sandbox.profile.appendingPathComponent(name)
    let old = try String(contentsOf: file, encoding: .utf8)
    let new = change(old)
    #expect(new != old, "\(name) has nothing to change")
    try new.write(to: file, atomically: false, encoding: .utf8)
  }
}
