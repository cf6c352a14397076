import Foundation
import Testing

@testable import ProfileRewriter

/// A client that keeps each account in a file of its own: one change, several files that decide.
@Suite struct AccountFilesLaws {
  private static let users = ["alice@lab.test", "bob@lab.test"]

  /// The fixture's accounts in the order of their users.
  private func accounts(_ desk: Desk) throws -> [String] {
    try Self.users.map { user in
      try #require(try desk.uids.first { try desk.text($0).contains("\nUser=\(user)\n") })
    }
  }

  private func change(_ desk: Desk) throws -> String {
    try #require(try desk.engine.history().last { $0.followUpOf == nil }?.id)
  }

  // MARK: Undo of one

  @Test(arguments: [[0, 1], [1, 0]]) func undoneOneAfterTheOther(_ order: [Int]) throws {
    let desk = try Desk("two")
    let before = try desk.sandbox.tree()
    _ = try desk.apply()
    let uids = try accounts(desk)
    let id = try change(desk)
    #expect(try desk.rollback(.changes([id]), Self.users[order[0]]).map(\.status) == [.undone])
    #expect(try !desk.isIMAP(uids[order[0]]))
    #expect(try desk.isIMAP(uids[order[1]]))
    #expect(try desk.engine.change(id).state == .applied)
    #expect(try desk.rollback(.changes([id]), Self.users[order[1]]).map(\.status) == [.undone])
    #expect(differences(before, try desk.sandbox.tree()) == [])
    #expect(try desk.engine.change(id).state == .undone)
  }

  /// Killed at any instant, the one account is back or not, and the other is IMAP.
  @Test(arguments: [0, 1]) func killedWhileOneIsUndone(_ which: Int) throws {
    let desk = try Desk("two")
    _ = try desk.apply()
    let switched = try desk.sandbox.tree()
    let id = try change(desk)
    let album = try Album.of(desk.sandbox) {
      _ = try desk.rollback(.changes([id]), Self.users[which])
    }
    let undone = try desk.sandbox.tree()
    #expect(album.pictures.count > 4)
    var outcomes: Set<Bool> = []
    for picture in album.pictures {
      try picture.restore(into: desk.sandbox)
      try desk.recover()
      let now = try desk.sandbox.tree()
      let isBack = differences(undone, now).isEmpty
      #expect(isBack || differences(switched, now).isEmpty, "\(picture)")
      #expect(try desk.unsettled.isEmpty, "\(picture)")
      outcomes.insert(isBack)
      let change = try desk.engine.change(id)
      #expect(change.undoneAccounts.count == (isBack ? 1 : 0), "\(picture)")
    }
    #expect(outcomes == [true, false])
  }

  /// Killed at any instant, no account comes back as POP without leaving mail on the server where
  /// that was asked for.
  @Test func killedWhileMailIsToBeLeftOnTheServer() throws {
    let desk = try Desk("two")
    for uid in desk.uids {
      try desk.write(
        try desk.text(uid).replacing("KeepOnServer=true", with: "KeepOnServer=false"), to: uid)
    }
    _ = try desk.apply()
    let album = try Album.of(desk.sandbox) { _ = try desk.rollback(leaveOnServer: true) }
    for picture in album.pictures {
      try picture.restore(into: desk.sandbox)
      try desk.recover()
      for uid in desk.uids where try !desk.isIMAP(uid) {
        #expect(try desk.text(uid).contains("\nKeepOnServer=true\n"), "\(picture): \(uid)")
      }
      #expect(try desk.unsettled.isEmpty, "\(picture)")
    }
  }

  /// An account that the user has deleted since is in nobody's way.
  @Test(arguments: [0, 1]) func theOtherIsDeleted(_ which: Int) throws {
    let desk = try Desk("two")
    _ = try desk.apply()
    let uids = try accounts(desk)
    let id = try change(desk)
    try FileManager.default.removeItem(at: desk.source(uids[1 - which]))
    let rows = try desk.rollback(.changes([id]), Self.users[which])
    #expect(rows.map(\.status) == [.undone], "\(rows.map { $0.text ?? "" })")
    #expect(try !desk.isIMAP(uids[which]))
  }

  /// Also where all go back, and a service of the client is looked after.
  @Test(arguments: [true, false]) func oneIsDeletedAndAllGoBack(_ runs: Bool) throws {
    let desk = try Desk("two")
    if runs { desk.processes.start(Desk.registry()) }
    _ = try desk.apply()
    let committing = try #require(
      try desk.engine.history().first?.files.first { $0.commits }?.users.first)
    let other = try #require(desk.uids.first { $0 != committing })
    try FileManager.default.removeItem(at: desk.source(other))
    let rows = try desk.rollback()
    #expect(rows.map(\.status) == [.undone, .undone], "\(rows.map { $0.text ?? "" })")
    #expect(try !desk.isIMAP(committing))
    #expect(try desk.unsettled.isEmpty)
  }

  /// One that was undone first and then deleted, too.
  @Test(arguments: [0, 1]) func theOtherIsUndoneAndDeleted(_ which: Int) throws {
    let desk = try Desk("two")
    _ = try desk.apply()
    let uids = try accounts(desk)
    let id = try change(desk)
    _ = try desk.rollback(.changes([id]), Self.users[1 - which])
    try FileManager.default.removeItem(at: desk.source(uids[1 - which]))
    let rows = try desk.rollback(.changes([id]))
    #expect(rows.map(\.status) == [.undone], "\(rows.map { $0.text ?? "" })")
    #expect(try !desk.isIMAP(uids[which]))
  }

  /// Undone and switched again, an account belongs to the later change: the first does not speak of
  /// it any more.
  @Test(arguments: [0, 1]) func theOtherIsSwitchedAgain(_ which: Int) throws {
    let desk = try Desk("two")
    _ = try desk.apply()
    let uids = try accounts(desk)
    let id = try change(desk)
    _ = try desk.rollback(.changes([id]), Self.users[1 - which])
    #expect(try desk.apply(Self.users[1 - which]).map(\.status) == [.applied])
    let rows = try desk.rollback(.changes([id]))
    #expect(rows.map(\.status) == [.undone], "\(rows.map { $0.text ?? "" })")
    #expect(try !desk.isIMAP(uids[which]))
    #expect(try desk.isIMAP(uids[1 - which]))
  }

  // MARK: Follow-up

  /// Two accounts with rules, of which the first has been synchronised.
  private func paused() throws -> Desk {
    let desk = try Desk("two")
    try Data("<filteroptions><ruleset><rule/></ruleset></filteroptions>".utf8).write(
      to: desk.sandbox.profile.appendingPathComponent("mail/filters.xml"))
    #expect(try desk.apply().map(\.status) == [.applied, .applied])
    for uid in desk.uids { #expect(try desk.text(uid).contains("\nFilterInbox=false\n")) }
    try synchronise(try accounts(desk)[0], desk)
    return desk
  }

  private func synchronise(_ uid: String, _ desk: Desk) throws {
    let directory = desk.sandbox.home.appendingPathComponent(".cache/evolution/mail/\(uid)")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [
      "-c",
      """
      import sqlite3, sys; c = sqlite3.connect(sys.argv[1])
      c.executescript("CREATE TABLE folders (folder_name TEXT, saved_count INTEGER, bdata TEXT);"
        "CREATE TABLE INBOX (uid TEXT); INSERT INTO INBOX VALUES ('1');"
        "INSERT INTO folders VALUES ('INBOX', 1, '4 1700000000 13 0');")
      """, directory.appendingPathComponent("folders.db").path,
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test func rulesComeBackForTheOneThatIsDone() throws {
    let desk = try paused()
    let uids = try accounts(desk)
    let rows = try desk.finish()
    #expect(Set(rows.map(\.status)) == [.applied, .refused])
    #expect(rows.first { $0.status == .applied }?.account == uids[0])
    #expect(rows.first { $0.status == .refused }?.reason == .notYet)
    #expect(try desk.text(uids[0]).contains("\nFilterInbox=true\n"))
    #expect(try desk.text(uids[1]).contains("\nFilterInbox=false\n"))
    let stamps = try desk.sandbox.stamps()
    #expect(try desk.finish().map(\.reason) == [.notYet])
    #expect(try desk.sandbox.stamps() == stamps, "a second time writes nothing")
    try synchronise(uids[1], desk)
    #expect(try desk.finish().map(\.status) == [.applied])
    #expect(try desk.rollback(.all).allSatisfy { $0.status == .undone })
    for uid in uids { #expect(try !desk.isIMAP(uid)) }
  }

  @Test func finishWaitsForTheClient() throws {
    let desk = try paused()
    let stamps = try desk.sandbox.stamps()
    desk.processes.start(Desk.evolution())
    #expect(try desk.finish().allSatisfy { $0.reason == .clientRunning })
    #expect(try desk.sandbox.stamps() == stamps)
    desk.processes.answer = { _ in [Desk.registry()] }
    let uid = try accounts(desk)[0]
    let text = try desk.text(uid)
    desk.onWait = { [unowned desk] _ in try desk.write(text, to: uid) }
    let rows = try desk.finish()
    #expect(rows.contains { $0.account == uid && $0.reason == .clientRunning })
    #expect(try desk.text(uid) == text)
    #expect(try desk.unsettled.isEmpty)
  }

  /// What completed one account is not in the way of another's undo, and goes with its own.
  @Test(arguments: [0, 1]) func undoOfOneAfterAFollowUp(_ which: Int) throws {
    let desk = try paused()
    let uids = try accounts(desk)
    let id = try change(desk)
    _ = try desk.finish()
    let rows = try desk.rollback(.changes([id]), Self.users[which])
    #expect(rows.allSatisfy { $0.status == .undone }, "\(rows.map { $0.text ?? "" })")
    #expect(rows.count == (which == 0 ? 2 : 1))
    #expect(try !desk.isIMAP(uids[which]))
    #expect(try desk.isIMAP(uids[1 - which]))
    #expect(try !desk.text(uids[which]).contains("FilterInbox=false"))
  }

  // MARK: What undo needs

  /// Somebody cleared the cache before the client was started, which took POP's state there.
  @Test func thePOPStateIsMadeAgain() throws {
    let desk = try Desk("keep")
    let before = try desk.sandbox.tree()
    _ = try desk.apply()
    let uid = desk.uids[0]
    let data = desk.sandbox.home.appendingPathComponent(".local/share/evolution/mail/\(uid)")
    let file = ".local/share/evolution/mail/\(uid)/uid-cache"
    try FileManager.default.removeItem(at: data)
    #expect(try desk.rollback().map(\.status) == [.undone])
    #expect(try desk.sandbox.tree()[file] == before[file])
    #expect(try desk.sandbox.tree()[".local/share/evolution/mail/\(uid)"]?.mode == 0o40700)
  }

  /// What is there stays as it is, whatever has come to it since.
  @Test func thePOPStateThatIsThereStays() throws {
    let desk = try Desk("keep")
    _ = try desk.apply()
    let file = desk.sandbox.home.appendingPathComponent(
      ".local/share/evolution/mail/\(desk.uids[0])/uid-cache")
    try Data("newer\n".utf8).write(to: file)
    #expect(try desk.rollback().map(\.status) == [.undone])
    #expect(try Data(contentsOf: file) == Data("newer\n".utf8))
  }

  // MARK: The client's own values

  /// The server's folders go; what the user has chosen since stays, and is no conflict.
  @Test(arguments: [
    ("folder://{A}/Sent", "folder://local/Sent"),
    ("folder://local/Other", "folder://local/Other"), ("", ""),
  ]) func identityFolders(_ now: String, _ after: String) throws {
    let desk = try Desk("keep")
    _ = try desk.apply()
    let uid = desk.uids[0]
    let line = try #require(
      try desk.text(uid).split(separator: "\n").first { $0.hasPrefix("IdentityUid=") })
    let identity = String(line.dropFirst("IdentityUid=".count))
    let old = "SentFolder=folder://local/Sent\n"
    #expect(try desk.text(identity).contains(old))
    try desk.write(
      try desk.text(identity).replacing(
        old, with: "SentFolder=\(now.replacing("{A}", with: uid))\n"), to: identity)
    let rows = try desk.rollback()
    #expect(rows.map(\.status) == [.undone], "\(rows)")
    #expect(try desk.text(identity).contains("\nSentFolder=\(after)\n"))
    let isRestored = now.contains("{A}")
    #expect(rows.flatMap(\.warnings).contains { $0.code == .clientRewrote } == isRestored)
  }
}
