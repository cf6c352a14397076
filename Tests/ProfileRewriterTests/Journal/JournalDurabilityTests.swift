import Foundation
import GRDB
import Glibc
import TestSupport
import Testing

@testable import ProfileRewriter

@Suite struct JournalDurabilityTests {
  @Test func settingsAreReadBack() throws {
    let fixture = try JournalFixture()
    for journal in [fixture.journal, try fixture.again()] {
      let found = try journal.database.writeWithoutTransaction(Journal.durability)
      #expect(found == Journal.Durability(journalMode: "wal", synchronous: 2, foreignKeys: true))
    }
  }

  @Test func onANetworkFileSystem() throws {
    let fixture = try JournalFixture(calls: PoorSystemCalls(magic: 0x6969))
    let found = try fixture.journal.database.writeWithoutTransaction(Journal.durability)
    #expect(found == Journal.Durability(journalMode: "delete", synchronous: 3, foreignKeys: true))
    try fixture.journal.prepare([Sample.change("aaaa")])
    #expect(
      try fixture.scratch.names("state").filter { $0.hasPrefix("journal") } == ["journal.sqlite"])
  }

  @Test func theFormatIsMarked() throws {
    let fixture = try JournalFixture()
    func pragma(_ name: String) throws -> Int? {
      try fixture.journal.read { try Int.fetchOne($0, sql: "PRAGMA \(name)") }
    }
    #expect(try pragma("application_id") == 0x5052_5752)
    #expect(try pragma("user_version") == 3)
  }

  /// The disk as a crash would leave it at this moment: the database and its log, not the memory
  /// that the connection shares.
  func crashed(_ fixture: JournalFixture, cuttingLogTo share: Double = 1) throws -> Scratch {
    let copy = try Scratch()
    #expect(chmod(copy.path, 0o700) == 0)
    for name in ["journal.sqlite", "journal.sqlite-wal"] {
      let from = fixture.scratch.path + "/state/" + name
      guard FileManager.default.fileExists(atPath: from) else { continue }
      try FileManager.default.copyItem(atPath: from, toPath: copy.path + "/" + name)
    }
    let log = copy.path + "/journal.sqlite-wal"
    if share < 1, let size = FileManager.default.contents(atPath: log)?.count {
      #expect(truncate(log, off_t(Double(size) * share)) == 0)
    }
    return copy
  }

  @Test func whatWasPreparedSurvivesACrash() throws {
    let fixture = try JournalFixture()
    try fixture.journal.prepare([Sample.full("aaaa", run: "r")])
    let copy = try crashed(fixture)
    #expect(try Journal.create(stateDirectory: copy.bytes).changes() == fixture.journal.changes())
  }

  @Test func anUnfinishedTransactionIsGoneAfterACrash() throws {
    let fixture = try JournalFixture()
    try fixture.journal.prepare([Sample.change("aaaa")])
    var copy: Scratch?
    try fixture.journal.write { db in
      let writer = try ChangeRowWriter(db)
      for number in 0..<200 {
        try writer.insertRun("r2", .init(command: "", startedAt: 0))
        try writer.insert(Sample.change("change\(number)", run: "r2"), at: 0)
      }
      copy = try crashed(fixture)
    }
    let journal = try Journal.create(stateDirectory: try #require(copy).bytes)
    #expect(try journal.changes().map(\.id) == ["aaaa"])
    #expect(try journal.problems() == [])
  }

  @Test(arguments: Array(stride(from: 0.0, to: 1.0, by: 0.07))) func aTornLogGivesWholeBatches(
    share: Double
  ) throws {
    let fixture = try JournalFixture()
    try fixture.journal.database.writeWithoutTransaction {
      try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }
    for batch in 0..<4 {
      try fixture.journal.prepare(
        (0..<20).map { Sample.change("b\(batch)x\($0)", run: "r\(batch)") })
    }
    let copy = try crashed(fixture, cuttingLogTo: share)
    let journal = try Journal.create(stateDirectory: copy.bytes)
    let changes = try journal.changes()
    #expect(changes.count % 20 == 0)
    #expect(changes.allSatisfy { $0.files.count == 1 && $0.files[0].edits.count == 1 })
    #expect(try journal.problems() == [])
  }

  @Test func twoProcessesWriteOneJournal() async throws {
    let fixture = try JournalFixture()
    let other = try fixture.again()
    await withTaskGroup(of: Void.self) { group in
      for (name, journal) in [("x", fixture.journal), ("y", other)] {
        group.addTask {
          for number in 0..<25 {
            #expect(throws: Never.self) {
              try journal.prepare([Sample.change("\(name)\(number)")])
              try journal.markApplied(["\(name)\(number)"])
            }
          }
        }
      }
    }
    #expect(try other.changes(ChangeFilter(states: [.applied])).count == 50)
  }

  @Test func manyFirstRunsMakeOneJournal() async throws {
    let scratch = try Scratch()
    let path = scratch.bytes + Array("/a/b/state".utf8)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          #expect(throws: Never.self) {
            try Journal.create(stateDirectory: path).prepare([Sample.change("c\(number)")])
          }
        }
      }
    }
    #expect(try Journal.create(stateDirectory: path).changes().count == 8)
  }

  @Test func noRoomRecordsNothing() throws {
    guard geteuid() == 0 else { return }
    let scratch = try Scratch()
    try scratch.directory("small")
    try scratch.run("mount", "-t", "tmpfs", "-o", "size=300k,mode=700", "tmpfs", "small")
    defer { _ = umount2(scratch.path + "/small", Int32(MNT_DETACH)) }
    let journal = try Journal.create(stateDirectory: scratch.bytes + Array("/small".utf8))
    try journal.prepare([Sample.change("aaaa")])
    let refused = refusal { try journal.prepare((0..<2000).map { Sample.change("b\($0)") }) }
    #expect(refused?.reason == .journal)
    #expect(refused?.text.contains("room") == true)
    #expect(try journal.changes().map(\.id) == ["aaaa"])
  }
}

@Suite struct JournalOpeningTests {
  let scratch: Scratch
  var path: [UInt8] { scratch.bytes + Array("/a/state".utf8) }

  init() throws { scratch = try Scratch() }

  func open(create: Bool = false) throws -> Journal? {
    try Journal.open(stateDirectory: path, create: create)
  }

  @Test func lookingMakesNothing() throws {
    #expect(try open() == nil)
    #expect(try scratch.names() == [])
    try scratch.directory("a/state")
    #expect(chmod(scratch.path + "/a/state", 0o700) == 0)
    #expect(try open() == nil)
    #expect(try scratch.names("a/state") == [])
    // What a first run leaves that was killed at once.
    try scratch.file("a/state/journal.sqlite")
    #expect(try open() == nil)
    #expect(try scratch.names("a/state") == ["journal.sqlite"])
    #expect(try open(create: true) != nil)
    #expect(try open() != nil)
  }

  @Test func everythingIsPrivateWhateverTheUmask() throws {
    let journal = try withUmask(0) {
      let journal = try open(create: true)
      try journal?.prepare([Sample.change("aaaa")])
      return journal
    }
    defer { withExtendedLifetime(journal) {} }
    #expect(journal != nil)
    for name in ["a", "a/state"] { #expect(try scratch.status(name).st_mode & 0o7777 == 0o700) }
    let names = try scratch.names("a/state")
    #expect(names.contains("journal.sqlite-wal"))
    for name in names {
      #expect(try scratch.status("a/state/" + name).st_mode & 0o077 == 0, "\(name)")
    }
  }

  @Test func newDirectoriesAreSyncedIntoTheirParents() throws {
    let calls = FaultInjectingSystemCalls()
    _ = try StateDirectory.open(path, create: true, calls: calls)
    let steps = calls.calls.map(\.name).filter { ["makeDirectory", "sync"].contains($0) }
    #expect(steps.suffix(4) == ["makeDirectory", "sync", "makeDirectory", "sync"])
    for position in 0..<2 {
      let other = try Scratch()
      let calls = FaultInjectingSystemCalls(at: position, .fail(.io), only: "sync")
      #expect(
        reason {
          _ = try StateDirectory.open(
            other.bytes + Array("/a/state".utf8), create: true, calls: calls)
        } == .io)
    }
  }

  @Test(arguments: [0o770, 0o707, 0o722, 0o777, 0o1777] as [mode_t]) func othersMayNotWrite(
    mode: mode_t
  ) throws {
    try scratch.directory("a/state")
    #expect(chmod(scratch.path + "/a/state", mode) == 0)
    for create in [false, true] { #expect(reason { _ = try open(create: create) } == .journal) }
    #expect(try scratch.names("a/state") == [])
  }

  @Test func anothersDirectoryOrFileIsRefused() throws {
    guard geteuid() == 0 else {
      // "/" belongs to root.
      #expect(reason { _ = try Journal.open(stateDirectory: [0x2f], create: false) } == .journal)
      return
    }
    _ = try open(create: true)
    #expect(chown(scratch.path + "/a/state/journal.sqlite", 33, 33) == 0)
    #expect(reason { _ = try open() } == .journal)
    #expect(chown(scratch.path + "/a/state", 33, 33) == 0)
    #expect(reason { _ = try open() } == .journal)
  }

  @Test func aLinkInPlaceOfTheDatabaseIsRefused() throws {
    try scratch.directory("a/state")
    #expect(chmod(scratch.path + "/a/state", 0o700) == 0)
    try scratch.file("victim", "precious")
    scratch.link("a/state/journal.sqlite", to: "../../victim")
    for create in [false, true] { #expect(reason { _ = try open(create: create) } == .journal) }
    #expect(scratch.content("victim") == "precious")
  }

  @Test func aNewerFormatIsRefused() throws {
    try #require(try open(create: true)).write { try $0.execute(sql: "PRAGMA user_version = 4") }
    let refused = refusal { _ = try open() }
    #expect(refused?.reason == .journal)
    #expect(refused?.text.contains("newer version") == true)
    #expect(reason { _ = try open(create: true) } == .journal)
  }

  @Test func anotherProgramsDatabaseIsRefusedAndLeftAlone() throws {
    try scratch.directory("a/state")
    #expect(chmod(scratch.path + "/a/state", 0o700) == 0)
    let file = scratch.path + "/a/state/journal.sqlite"
    try DatabaseQueue(path: file).write {
      try $0.execute(sql: "CREATE TABLE theirs (x); PRAGMA user_version = 1")
    }
    let before = FileManager.default.contents(atPath: file)
    for create in [false, true] { #expect(reason { _ = try open(create: create) } == .journal) }
    #expect(FileManager.default.contents(atPath: file) == before)
  }

  @Test func damageIsNamed() throws {
    try #require(try open(create: true)).prepare((0..<50).map { Sample.change("c\($0)") })
    let file = scratch.path + "/a/state/journal.sqlite"
    let sound = try #require(FileManager.default.contents(atPath: file))
    func damaged(_ data: Data) throws -> Refusal? {
      try data.write(to: URL(fileURLWithPath: file))
      return refusal {
        let journal = try #require(try open())
        _ = try journal.changes()
        if try !journal.problems().isEmpty { throw Refusal(.journal, "damaged") }
      }
    }
    #expect(try damaged(sound) == nil)
    #expect(try damaged(Data(repeating: 0x61, count: 5000))?.reason == .journal)
    #expect(try damaged(sound.prefix(sound.count / 2))?.reason == .journal)
    for page in 1..<min(12, sound.count / 4096) {
      var data = sound
      data.replaceSubrange(
        page * 4096..<page * 4096 + 4096, with: Data(repeating: 0xff, count: 4096))
      #expect(try damaged(data)?.reason == .journal, "page \(page)")
    }
    let text = try damaged(Data(repeating: 0x61, count: 5000))?.text
    #expect(text?.contains("damaged") == true)
  }

  @Test func unknownWordsAndPathsAreRefused() throws {
    let journal = try #require(try open(create: true))
    try journal.prepare([Sample.change("aaaa")])
    for sql in [
      "UPDATE account SET to_security = 'mystery'", "UPDATE file SET path = X'2e2e2f78'",
      "UPDATE edit SET users = '{'",
    ] {
      try journal.write { try $0.execute(sql: sql) }
      #expect(reason { _ = try journal.changes() } == .journal, "\(sql)")
      try journal.forget(journal.prunable(PruneRequest(before: .max, includesApplied: true)))
      try journal.write { try $0.execute(sql: "DELETE FROM change") }
      try journal.prepare([Sample.change("aaaa")])
    }
  }
}

@Suite struct ProfileGuardTests {
  @Test func oneRunAtATime() throws {
    let fixture = try JournalFixture()
    let (home, profile) = (Array("/home/dora".utf8), Array("/home/dora/tb/p".utf8))
    func take(_ root: [UInt8], _ path: RelativePath?, _ timeout: Double = 0) throws -> ProfileGuard
    {
      try fixture.again().guardProfile(
        root: root, client: "thunderbird", profile: path, timeout: timeout)
    }
    var held: ProfileGuard? = try take(home, "tb/p")
    #expect(reason { _ = try take(home, "tb/p") } == .busy)
    // The same profile, named as its own root.
    #expect(reason { _ = try take(profile, nil) } == .busy)
    let clock = ContinuousClock()
    let waited = clock.measure { #expect(reason { _ = try take(home, "tb/p", 0.3) } == .busy) }
    #expect(waited > .milliseconds(280) && waited < .seconds(5))
    _ = try take(home, "tb/other")
    withExtendedLifetime(held) {}
    held = nil
    // A child that another test has just forked holds the description until it executes.
    _ = try take(profile, nil, 5)
    #expect(try fixture.scratch.names("state").filter { !$0.hasPrefix("journal") } == ["locks"])
  }

  /// Locks of one open file description do not exclude each other to the kernel.
  @Test func oneAtATimeWithinARun() throws {
    let journal = try JournalFixture().journal
    func take(_ client: String) throws -> ProfileGuard {
      try journal.guardProfile(root: [0x2f], client: client, profile: nil, timeout: 0)
    }
    let held = try take("c")
    #expect(reason { _ = try take("c") } == .busy)
    _ = try take("d")
    #expect(reason { _ = try take("c") } == .busy)
    withExtendedLifetime(held) {}
  }

  /// What an unreleased version made there, which would not see the locks of this one.
  @Test func locksOfAnotherKindAreRefused() throws {
    let scratch = try Scratch()
    let state = scratch.path + "/state"
    try #require(mkdir(state, 0o700) == 0 && mkdir(state + "/locks", 0o700) == 0)
    #expect(
      reason {
        let journal = try Journal.create(stateDirectory: Array(state.utf8))
        _ = try journal.guardProfile(root: [0x2f], client: "c", profile: nil, timeout: 0)
      } == .journal)
  }

  @Test func waitsForTheOther() async throws {
    let fixture = try JournalFixture()
    var first: ProfileGuard? = try fixture.journal.guardProfile(
      root: [0x2f], client: "c", profile: nil, timeout: 0)
    let journal = fixture.journal
    let second = Task.detached {
      try journal.guardProfile(root: [0x2f], client: "c", profile: nil, timeout: 20)
    }
    try await Task.sleep(for: .milliseconds(150))
    #expect(first != nil)
    first = nil
    _ = try await second.value
  }
}
