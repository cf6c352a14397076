import Foundation
import Glibc
import Testing

@testable import ProfileRewriter

/// Law 5 where the client has no lock: it does not run before, and what came in between is found.
@Suite struct ClientWithoutLockLaws {
  // MARK: The client runs

  @Test func isRefusedBeforeAnythingIsMade() throws {
    let desk = try Desk("keep")
    desk.processes.start(Desk.evolution())
    let stamps = try desk.sandbox.stamps()
    let rows = try desk.apply()
    #expect(rows.map(\.status) == [.refused])
    #expect(rows.map(\.reason) == [.clientRunning])
    #expect(rows.first?.text?.contains("4711") == true)
    #expect(try desk.sandbox.stamps() == stamps)
    #expect(!FileManager.default.fileExists(atPath: desk.sandbox.state.path))
  }

  /// The first look may be a second old; the one that counts is not.
  @Test func isSeenWhereItStartedSinceTheFirstLook() throws {
    let desk = try Desk("keep")
    desk.processes.start(Desk.evolution(), from: 2)
    let stamps = try desk.sandbox.stamps()
    #expect(try desk.apply().map(\.reason) == [.clientRunning])
    #expect(desk.processes.questions == 2)
    #expect(try desk.sandbox.stamps() == stamps)
  }

  @Test func isSeenWhereItCameInBetween() throws {
    let desk = try Desk("keep")
    let before = try desk.sandbox.tree()
    desk.processes.start(Desk.evolution(), from: 3)
    let rows = try desk.apply()
    #expect(rows.map(\.status) == [.refused])
    #expect(rows.map(\.reason) == [.clientRunning])
    #expect(rows.first?.text?.contains("taken back") == true)
    #expect(differences(before, try desk.sandbox.tree()) == [])
    #expect(try desk.unsettled.isEmpty)
    #expect(desk.waits == [])
    desk.processes.answer = { _ in [] }
    #expect(try desk.apply().map(\.status) == [.applied])
  }

  @Test func isSeenWhereItCameWhileAServiceWasWaitedFor() throws {
    let desk = try Desk("keep")
    let before = try desk.sandbox.tree()
    desk.processes.answer = { $0 < 4 ? [Desk.registry()] : [Desk.registry(), Desk.evolution()] }
    #expect(try desk.apply().map(\.reason) == [.clientRunning])
    #expect(desk.waits.count == 1)
    #expect(differences(before, try desk.sandbox.tree()) == [])
    #expect(try desk.unsettled.isEmpty)
  }

  @Test func rollbackIsRefused() throws {
    let desk = try Desk("keep")
    #expect(try desk.apply().map(\.status) == [.applied])
    let stamps = try desk.sandbox.stamps()
    desk.processes.start(Desk.evolution())
    #expect(try desk.rollback().map(\.reason) == [.clientRunning])
    #expect(try desk.sandbox.stamps() == stamps)
    #expect(try desk.unsettled.isEmpty)
  }

  /// It may have read the account as it was: undone all the same, and said.
  @Test(arguments: [1, 4]) func rollbackSaysWhenItCameInBetween(_ jobs: Int) throws {
    let desk = try Desk("keep")
    desk.jobs = jobs
    let before = try desk.sandbox.tree()
    _ = try desk.apply()
    let asked = desk.processes.questions
    desk.processes.start(Desk.evolution(), from: asked + 2)
    let rows = try desk.rollback()
    #expect(rows.map(\.status) == [.undone])
    #expect(rows.first?.warnings.contains { $0.code == .settingsService } == true)
    #expect(differences(before, try desk.sandbox.tree()) == [])
  }

  // MARK: New folders

  @Test func restoreIsRefusedWhileItRuns() throws {
    let desk = try Desk("filters")
    desk.sandbox.processes = desk.processes
    desk.processes.start(Desk.evolution())
    let stamps = try desk.sandbox.stamps()
    #expect {
      try desk.sandbox.restore()
    } throws: { ($0 as? Refusal)?.reason == .clientRunning }
    #expect(try desk.sandbox.stamps() == stamps)
  }

  /// It may be reading them: they stay, and that is said; and likewise of an undo.
  @Test func restoreAndItsRollbackSayWhenItCameInBetween() throws {
    let desk = try Desk("filters")
    desk.sandbox.processes = desk.processes
    let before = try desk.sandbox.tree()
    #expect(try desk.sandbox.restore().1.warnings.isEmpty)
    // The last question is the look afterwards.
    let asked = desk.processes.questions
    #expect(try desk.sandbox.rollback(isForetold: false).flatMap(\.warnings).isEmpty)
    let asUndone = desk.processes.questions - asked
    desk.processes.start(Desk.evolution(), from: desk.processes.questions + asked)
    let outcome = try desk.sandbox.restore().1
    #expect(outcome.warnings.map(\.code) == [.settingsService])
    #expect(differences(before, try desk.sandbox.tree()) != [])
    desk.processes.start(Desk.evolution(), from: desk.processes.questions + asUndone)
    let undone = try desk.sandbox.rollback(isForetold: false)
    #expect(undone.map(\.status) == [.undone])
    #expect(undone.flatMap(\.warnings).map(\.code) == [.settingsService])
    #expect(differences(before, try desk.sandbox.tree()) == [])
  }

  // MARK: Whose process

  @Test(arguments: [nil, "home", "link to home"]) func aProcessThatCounts(_ home: String?) throws {
    let desk = try Desk("keep")
    let link = desk.sandbox.directory.appendingPathComponent("link").path
    #expect(symlink(desk.sandbox.home.path, link) == 0)
    let path = home.map { $0 == "home" ? desk.sandbox.home.path : link }
    desk.processes.start(Desk.evolution(home: path))
    #expect(try desk.apply().map(\.reason) == [.clientRunning])
  }

  /// A home that cannot be looked at says nothing.
  @Test func aProcessWhoseHomeIsGone() throws {
    let desk = try Desk("keep")
    desk.processes.start(Desk.evolution(home: "/no/such/home"))
    #expect(try desk.apply().map(\.reason) == [.clientRunning])
  }

  @Test func aProcessInAnotherHome() throws {
    let desk = try Desk("keep")
    desk.processes.start(
      Desk.evolution(home: desk.sandbox.directory.path), Desk.registry(home: "/"))
    #expect(try desk.apply().map(\.status) == [.applied])
    #expect(desk.waits == [])
  }

  @Test func aProcessOfAnotherUser() throws {
    let desk = try Desk("keep")
    desk.processes.start(Desk.evolution(uid: geteuid() + 1))
    #expect(try desk.apply().map(\.status) == [.applied])
  }

  @Test func aProcessWithALikeName() throws {
    let desk = try Desk("keep")
    desk.processes.start(
      Desk.evolution(program: "evolution-alarm-notify"),
      Desk.evolution(program: "evolution-addressbook-factory"))
    #expect(try desk.apply().map(\.status) == [.applied])
  }

  // MARK: What cannot be told

  @Test func whereNobodyTellsWhatRuns() throws {
    let desk = try Desk("keep")
    desk.processes.answer = { _ throws(Refusal) in throw Refusal(.lockNotProvable, "no /proc") }
    let stamps = try desk.sandbox.stamps()
    #expect(try desk.apply().map(\.reason) == [.lockNotProvable])
    #expect(try desk.sandbox.stamps() == stamps)
    desk.clientIsClosed = true
    #expect(try desk.apply().map(\.status) == [.applied], "the user's word is taken")
    #expect(try desk.rollback().map(\.status) == [.undone])
  }

  /// The user's word does not stand against what can be seen.
  @Test func theWordAgainstWhatIsSeen() throws {
    let desk = try Desk("keep")
    desk.clientIsClosed = true
    desk.processes.start(Desk.evolution())
    #expect(try desk.apply().map(\.reason) == [.clientRunning])
  }

  // MARK: --stop-clients

  private static let session = [
    "HOME=/home/lab", "DISPLAY=:0", "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus",
    "XDG_RUNTIME_DIR=/run/user/1000",
  ]

  @Test func stopsTheClientInItsSession() throws {
    let desk = try Desk("keep")
    desk.stopClients = true
    desk.processes.variables =
      Self.session + ["LD_PRELOAD=/tmp/x.so", "HOMEX=1", "SECRET=x", "PATHEXT=1", "no-variable"]
    desk.processes.start(Desk.evolution(), Desk.registry())
    desk.processes.onCommand = { [unowned desk] () in
      desk.processes.answer = { _ in [] }
      return 0
    }
    #expect(try desk.apply().map(\.status) == [.applied])
    let command = try #require(desk.processes.commands.first)
    #expect(desk.processes.commands.count == 1)
    #expect(command.words == ["/usr/bin/evolution", "--quit"])
    #expect(command.user == geteuid())
    #expect(command.environment == Self.session)
  }

  @Test func notWhereNothingIsToDo() throws {
    let desk = try Desk("keep")
    _ = try desk.apply()
    desk.stopClients = true
    desk.processes.start(Desk.evolution())
    #expect(try desk.apply().map(\.status) == [.unchanged])
    #expect(desk.processes.commands.isEmpty)
  }

  /// A service alone is waited for, and not ended.
  @Test func notForAServiceAlone() throws {
    let desk = try Desk("keep")
    desk.stopClients = true
    desk.processes.start(Desk.registry())
    #expect(try desk.apply().map(\.status) == [.applied])
    #expect(desk.processes.commands.isEmpty)
    #expect(desk.waits.count == 1)
  }

  /// The command's status tells nothing, and the client takes its time.
  @Test func whereItTakesItsTime() throws {
    let desk = try Desk("keep")
    desk.stopClients = true
    desk.processes.start(Desk.evolution())
    desk.processes.onCommand = { 1 }
    desk.onWait = { [unowned desk] in if $0 == 3 { desk.processes.answer = { _ in [] } } }
    #expect(try desk.apply().map(\.status) == [.applied])
    #expect(desk.waits == [0.5, 0.5, 0.5])
  }

  @Test(arguments: [true, false]) func whereItDoesNotEnd(_ canBeRun: Bool) throws {
    let desk = try Desk("keep")
    desk.stopClients = true
    desk.processes.start(Desk.evolution())
    desk.processes.onCommand = { () throws(Refusal) in
      if !canBeRun { throw Refusal(.clientRunning, "no") }
      return 0
    }
    let before = try desk.sandbox.tree()
    #expect(try desk.apply().map(\.reason) == [.clientRunning])
    #expect(desk.waits.isEmpty != canBeRun)
    #expect(desk.waits.allSatisfy { $0 == 0.5 })
    #expect(differences(before, try desk.sandbox.tree()) == [])
    #expect(try desk.unsettled.isEmpty)
  }

  @Test func notWithoutBeingTold() throws {
    let desk = try Desk("keep")
    desk.processes.start(Desk.evolution())
    _ = try desk.apply()
    #expect(desk.processes.commands.isEmpty)
  }
}

/// A service that keeps the client's settings sees a change in its own time, and may write what it
/// knew before over it until then.
@Suite struct SettingsServiceLaws {
  private func desk(_ variant: String = "keep") throws -> Desk {
    let desk = try Desk(variant)
    desk.processes.start(Desk.registry())
    return desk
  }

  @Test func aServiceThatDoesNothing() throws {
    let desk = try desk()
    let rows = try desk.apply()
    #expect(rows.map(\.status) == [.applied])
    #expect(rows.first?.warnings.map(\.code).contains(.settingsService) == true)
    #expect(desk.waits == [5])
    let undone = try desk.rollback()
    #expect(undone.map(\.status) == [.undone])
    #expect(undone.first?.warnings.map(\.code).contains(.settingsService) == true)
    #expect(desk.waits == [5, 5])
  }

  @Test func noServiceIsNotWaitedFor() throws {
    let desk = try Desk("keep")
    let rows = try desk.apply()
    #expect(rows.first?.warnings.map(\.code).contains(.settingsService) == false)
    #expect(desk.waits == [])
  }

  /// Once for a whole batch, not for each profile.
  @Test func severalAccountsAreWaitedForOnce() throws {
    let desk = try desk("two")
    #expect(try desk.apply().map(\.status) == [.applied, .applied])
    #expect(desk.waits == [5])
  }

  /// What the client itself keeps beside what decides does not matter.
  @Test func aServiceThatKeepsTheChange() throws {
    let desk = try desk()
    desk.onWait = { [unowned desk] _ in
      let text = try desk.text(desk.uids[0])
      try desk.write(
        text.replacing("NeedsInitialSetup=true", with: "NeedsInitialSetup=false") + "# x\n",
        to: desk.uids[0])
    }
    #expect(try desk.apply().map(\.status) == [.applied])
  }

  /// Over the undo somebody writes the IMAP account with a host of their own: nothing is half undone,
  /// and nothing counts as undone.
  @Test(arguments: [1, 4]) func anotherServerWrittenOverTheUndo(_ jobs: Int) throws {
    let desk = try desk()
    desk.jobs = jobs
    _ = try desk.apply()
    let theirs = try desk.text(desk.uids[0]).replacing(
      "Host=imap.lab.test", with: "Host=imap3.lab.test")
    desk.onWait = { [unowned desk] _ in try desk.write(theirs, to: desk.uids[0]) }
    let rows = try desk.rollback()
    #expect(rows.map(\.status) == [.conflict], "\(rows)")
    #expect(try desk.text(desk.uids[0]) == theirs)
    #expect(try desk.engine.history().first?.state == .conflict)
    desk.onWait = { _ in }
    try desk.write(
      theirs.replacing("Host=imap3.lab.test", with: "Host=imap.lab.test"), to: desk.uids[0])
    #expect(try desk.rollback().map(\.status) == [.undone])
  }

  /// An account of two that is gone keeps the other from nothing, registry or not.
  @Test func anAccountThatIsGoneIsNotWrittenOver() throws {
    let desk = try desk("two")
    _ = try desk.apply()
    let user = try #require(try desk.engine.history().first?.accounts.first)
    try FileManager.default.removeItem(
      at: desk.sandbox.profile.appendingPathComponent("sources/\(user.key).source"))
    let rows = try desk.rollback(.all, user.from.username)
    #expect(rows.map(\.status) == [.undone], "\(rows)")
  }

  /// The configuration directory given to somebody else by mistake hides nobody's client. Fails, not
  /// skips, for anybody but root, who alone can give it away.
  @Test func theHomesOwnerTellsToo() throws {
    let desk = try Desk("keep")
    #expect(chown(desk.sandbox.profile.path, 33, 33) == 0)
    desk.processes.start(Desk.evolution())
    #expect(try desk.apply().map(\.reason) == [.clientRunning])
  }

  // MARK: Apply

  /// By bytes, and by keys where it has written something else along with them.
  @Test(arguments: ["", "\n[X-Other]\na=b\n"]) func writtenBackOnce(_ more: String) throws {
    let desk = try desk()
    let old = try desk.text(desk.uids[0])
    desk.onWait = { [unowned desk] in if $0 == 1 { try desk.write(old + more, to: desk.uids[0]) } }
    let rows = try desk.apply()
    #expect(rows.map(\.status) == [.applied], "\(rows)")
    #expect(rows.first?.warnings.map(\.code).contains(.settingsService) == true)
    #expect(desk.waits.count == 2)
    #expect(try desk.isIMAP(desk.uids[0]))
    #expect(try desk.text(desk.uids[0]).contains("[X-Other]") == !more.isEmpty)
    #expect(try desk.unsettled.isEmpty)
    #expect(try desk.engine.history().filter { $0.state == .applied }.count == 1)
    // The change that was taken back is of the same run.
    #expect(try Set(desk.rollback().map(\.status)) == [.undone, .unchanged])
    #expect(try desk.text(desk.uids[0]) == old + more)
  }

  @Test(arguments: ["keep", "two"]) func writtenBackEachTime(_ variant: String) throws {
    let desk = try desk(variant)
    let before = try desk.sandbox.tree()
    let old = try desk.uids.map { try desk.text($0) }
    desk.onWait = { [unowned desk] _ in
      for (uid, text) in zip(desk.uids, old) { try desk.write(text, to: uid) }
    }
    let rows = try desk.apply()
    #expect(rows.map(\.status) == desk.uids.map { _ in .refused })
    #expect(rows.allSatisfy { $0.reason == .clientRunning })
    #expect(desk.waits.count == 2)
    #expect(differences(before, try desk.sandbox.tree()) == [])
    #expect(try desk.unsettled.isEmpty)
    #expect(try desk.engine.history().filter { $0.state == .applied }.isEmpty)
    desk.onWait = { _ in }
    #expect(try desk.apply().map(\.status) == desk.uids.map { _ in .applied })
  }

  /// One account of two: the profile is all-old or all-new.
  @Test(arguments: [0, 1]) func writtenBackForOneOfTwo(_ which: Int) throws {
    let desk = try desk("two")
    let before = try desk.sandbox.tree()
    let old = try desk.text(desk.uids[which])
    desk.onWait = { [unowned desk] _ in try desk.write(old, to: desk.uids[which]) }
    #expect(try desk.apply().map(\.status) == [.refused, .refused])
    #expect(differences(before, try desk.sandbox.tree()) == [])
    #expect(try desk.unsettled.isEmpty)
  }

  // MARK: Rollback

  @Test(arguments: [1, 4]) func undoWrittenBackOnce(_ jobs: Int) throws {
    let desk = try desk()
    desk.jobs = jobs
    let before = try desk.sandbox.tree()
    _ = try desk.apply()
    let new = try desk.text(desk.uids[0])
    desk.onWait = { [unowned desk] in if $0 == 2 { try desk.write(new, to: desk.uids[0]) } }
    let rows = try desk.rollback()
    #expect(rows.map(\.status) == [.undone], "\(rows)")
    #expect(desk.waits.count == 3)
    #expect(differences(before, try desk.sandbox.tree()) == [])
    #expect(try desk.unsettled.isEmpty)
  }

  /// All is as it was before the undo: the directories that the account needs are there.
  @Test(arguments: ["keep", "two"], [1, 4])
  func undoWrittenBackEachTime(_ variant: String, _ jobs: Int) throws {
    let desk = try desk(variant)
    desk.jobs = jobs
    let before = try desk.sandbox.tree()
    _ = try desk.apply()
    let switched = try desk.sandbox.tree()
    let new = try desk.uids.map { try desk.text($0) }
    desk.onWait = { [unowned desk] _ in
      for (uid, text) in zip(desk.uids, new) { try desk.write(text, to: uid) }
    }
    let rows = try desk.rollback()
    #expect(rows.map(\.status) == desk.uids.map { _ in .refused })
    #expect(rows.allSatisfy { $0.reason == .clientRunning })
    #expect(desk.waits.count == 3)
    #expect(differences(switched, try desk.sandbox.tree()) == [])
    #expect(try desk.engine.history().map(\.state) == [.applied])
    desk.onWait = { _ in }
    #expect(try desk.rollback().map(\.status) == desk.uids.map { _ in .undone })
    #expect(differences(before, try desk.sandbox.tree()) == [])
  }
}
