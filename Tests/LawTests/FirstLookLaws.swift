import Foundation
import GRDB
import Synchronization
import Testing

@testable import ProfileRewriter

/// Where all homes are looked through before the first change, the run need not look again, and says
/// and does what it would say and do then.
@Suite struct FirstLookLaws {
  private static let request = TargetRequest(host: "imap.lab.test")

  private func apply(_ sandbox: Sandbox, _ paths: [URL]) throws -> [ResultRow] {
    var rows: [ResultRow] = []
    let selection = Selection(paths: ByteStrings(paths.map { Array($0.path.utf8) }))
    try sandbox.engine.apply(SwitchRequest(selection: selection, settings: Self.request)) {
      rows.append($0)
    }
    return rows
  }

  /// One reading to look, one to plan, one before the new file is staged and one before it is renamed;
  /// then one to see that nothing is to do.
  @Test func aFileIsReadAsOftenAsALawNeeds() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    sandbox.jobs = 4
    // The journal is there: only then many are held at once.
    _ = try apply(sandbox, [sandbox.home])
    try sandbox.rollback()
    let counting = ReadCountingCalls()
    sandbox.calls = counting
    #expect(try apply(sandbox, [sandbox.home]).map(\.status) == [.applied])
    #expect(counting.taken() == 4)
    #expect(try apply(sandbox, [sandbox.home]).map(\.status) == [.unchanged])
    #expect(counting.taken() == 1)
  }

  /// The second path leads to the profile of the first, which needs nothing, and is not remembered.
  @Test func whatTheFirstLookHasToldIsNotToldAgainBeyondIt() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    _ = try apply(sandbox, [sandbox.home])
    let selection = Selection(
      paths: ByteStrings([sandbox.home, sandbox.profile].map { Array($0.path.utf8) }))
    let look = sandbox.engine.firstLook(selection, remembering: FirstLook(mostPaths: 1)) { _ in }
    var found = 0
    try sandbox.engine.forEachProfile(
      of: SwitchRequest(selection: selection, settings: Self.request), knowing: look,
      while: { true }, { _ in found += 1 })
    #expect(found == 1)
  }

  @Test(arguments: [1, 4], [false, true])
  func aProfileIsNamedOnceHoweverItIsReached(_ jobs: Int, _ homeFirst: Bool) throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    sandbox.jobs = jobs
    let paths = homeFirst ? [sandbox.home, sandbox.profile] : [sandbox.profile, sandbox.home]
    #expect(try apply(sandbox, paths).map(\.status) == [.applied])
    #expect(try apply(sandbox, paths).map(\.status) == [.unchanged])
  }

  /// A run that was killed before it could say that it was done: all accounts are what they are to be,
  /// and the journal still knows of something to do.
  @Test(arguments: [1, 4]) func whatWasInterruptedIsSettledThoughNothingIsToDo(_ jobs: Int) throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    sandbox.jobs = jobs
    _ = try apply(sandbox, [sandbox.home])
    let file = sandbox.state.appendingPathComponent("journal.sqlite").path
    try DatabaseQueue(path: file).write { db in
      try db.execute(sql: "UPDATE change SET state = 'prepared'")
    }
    #expect(try apply(sandbox, [sandbox.home]).map(\.status) == [.unchanged])
    #expect(try sandbox.engine.history().map(\.state) == [.applied])
  }

  /// What was planned on a change that was left half made is not done.
  @Test func whatWasInterruptedIsSettledBeforeItIsPlanned() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    _ = try apply(sandbox, [sandbox.home])
    try sandbox.rollback()
    let file = sandbox.state.appendingPathComponent("journal.sqlite").path
    try DatabaseQueue(path: file).write { db in
      try db.execute(sql: "UPDATE change SET state = 'prepared'")
    }
    sandbox.jobs = 4
    #expect(try apply(sandbox, [sandbox.home]).map(\.status) == [.applied])
    #expect(try sandbox.engine.history().filter { $0.state == .prepared }.isEmpty)
  }
}

/// Counts how often a prefs.js is opened to be read.
private final class ReadCountingCalls: ForwardingSystemCalls, @unchecked Sendable {
  private let count = Mutex(0)

  /// Since the last time.
  func taken() -> Int {
    count.withLock { count in
      defer { count = 0 }
      return count
    }
  }

  override func openBeneath(
    _ directory: Int32, _ path: [UInt8], flags: OpenFlags, mode: UInt32
  ) throws(Errno) -> Int32 {
    let file = try super.openBeneath(directory, path, flags: flags, mode: mode)
    if !flags.contains(.handle), path.suffix(8).elementsEqual("prefs.js".utf8) {
      count.withLock { $0 += 1 }
    }
    return file
  }
}
