import Foundation
import GRDB
import Testing

@testable import ProfileRewriter

/// Law 7: in another user's home, act as that user. These run as root, and fail where they do not.
@Suite struct ActingLaws {
  /// In no user database.
  static let user: UInt32 = 31_001
  static let fixtures = Fixture.all.filter {
    ["thunderbird/mbox", "thunderbird/two", "evolution/two", "evolution/filters"].contains("\($0)")
  }

  private func sandbox(_ fixture: Fixture, _ watch: IdentityWatch) throws -> Sandbox {
    try #require(geteuid() == 0, "only root acts as others")
    let sandbox = try Sandbox(fixture)
    sandbox.giveHome(to: Self.user)
    sandbox.calls = watch
    return sandbox
  }

  /// Everything that opens homes: scan, plan, apply, one that fails half way and is settled,
  /// rollback, finish.
  private func doEverything(_ sandbox: Sandbox) throws {
    sandbox.engine.scan(sandbox.selection()) { _ in }
    try sandbox.engine.plan(sandbox.request()) { _ in
    } problem: { _, _ in
    }
    try sandbox.apply()
    try sandbox.engine.finish(FinishRequest()) { _ in }
    try sandbox.rollback()
    try sandbox.apply()
    // As a run leaves it that was killed after its last rename.
    let journal = sandbox.state.appendingPathComponent("journal.sqlite").path
    try DatabaseQueue(path: journal).write { db in
      try db.execute(sql: "UPDATE change SET state = 'prepared' WHERE state = 'applied'")
    }
    try sandbox.engine.recover { _ in }
    try sandbox.rollback(.all)
  }

  /// What was not done as it should have been.
  private func broken(_ sandbox: Sandbox, _ watch: IdentityWatch) -> [String] {
    var broken: [String] = []
    for call in watch.calls(below: sandbox.home) {
      // Whose the home is must be known before anything is done as them.
      if call.name == "fstat", call.place == sandbox.home.path { continue }
      if call.uid != Self.user || call.gid != Self.user || call.groups != [] {
        broken.append("\(call.name) at \(call.place) as \(call.uid):\(call.gid) \(call.groups)")
      }
    }
    for call in watch.calls(below: sandbox.state) where call.uid != 0 || call.gid != 0 {
      broken.append("\(call.name) at \(call.place) as \(call.uid):\(call.gid)")
    }
    return broken
  }

  @Test(arguments: fixtures, [false, true])
  func everyCallInAHomeIsItsOwners(_ fixture: Fixture, isOldKernel: Bool) throws {
    let watch = IdentityWatch(isOld: isOldKernel)
    let sandbox = try sandbox(fixture, watch)
    let before = try sandbox.tree()
    try doEverything(sandbox)
    #expect(broken(sandbox, watch) == [])
    #expect(watch.calls(below: sandbox.home).count > 200)
    #expect(watch.calls(below: sandbox.state).count > 10)
    #expect(differences(before, try sandbox.tree()) == [])
    #expect(ThreadIdentity.current.uid == 0)
  }

  @Test(arguments: fixtures) func whatRootDoesInAHomeIsCaught(_ fixture: Fixture) throws {
    let watch = IdentityWatch()
    let sandbox = try sandbox(fixture, watch)
    sandbox.users = Owners(isRoot: false)
    try doEverything(sandbox)
    #expect(broken(sandbox, watch).count > 200)
  }

  /// What is made is the user's from its first instant; root gives nothing away.
  @Test(arguments: fixtures) func whatIsMadeIsTheOwnersWithoutAChangeOfOwner(_ fixture: Fixture)
    throws
  {
    let watch = IdentityWatch()
    let sandbox = try sandbox(fixture, watch)
    let before = try sandbox.tree()
    #expect(try sandbox.apply().contains { $0.status == .applied })
    let after = try sandbox.tree()
    #expect(differences(before, after).count > 1)
    #expect(after.filter { $0.value.uid != Self.user || $0.value.gid != Self.user }.isEmpty)
    #expect(watch.calls.filter { $0.name == "changeOwner" }.isEmpty)
  }
}
