import Foundation
import Testing

@testable import ProfileRewriter

/// A call that fails, at every place where one can: a full disk, a broken disk, no rights. The
/// profile stays all-old or gets all-new, nothing lies about, and the next run goes through.
@Suite struct FaultLaws {
  static let faults: [Errno] = [.noSpace, .io, .accessDenied]
  static let fixtures = Fixture.all.filter {
    ["thunderbird/mbox", "evolution/two", "autoconfig-xml/two-ports"].contains("\($0)")
  }

  @Test(arguments: faults, fixtures)
  func aFailingCallLeavesApplyWhole(_ fault: Errno, _ fixture: Fixture) throws {
    let calls = try countCalls(fixture) { try $0.apply() }
    #expect(calls > 8)
    for number in 0..<calls {
      let sandbox = try Sandbox(fixture)
      let before = try sandbox.tree()
      sandbox.calls = failing(at: number, with: fault)
      let rows = try? sandbox.apply()
      sandbox.calls = LinuxSystemCalls()
      try sandbox.engine.recover { _ in }
      let failed = rows?.contains { $0.status == .failed || $0.status == .refused } ?? true
      let isNew = try sandbox.isSwitched()
      if failed, !isNew {
        #expect(differences(before, try sandbox.tree()) == [], "call \(number)")
      }
      // In place after all, and said to be: an fsync that failed after the last rename.
      if failed, isNew { #expect(rows?.allSatisfy { $0.change != nil } == true, "call \(number)") }
      let again = try sandbox.apply()
      #expect(again.allSatisfy { [.applied, .unchanged].contains($0.status) }, "call \(number)")
      #expect(try litter(sandbox) == [], "call \(number)")
      try sandbox.rollback(.all)
      #expect(differences(before, try sandbox.tree()) == [], "call \(number), after undo")
    }
  }

  @Test(arguments: faults, fixtures)
  func aFailingCallLeavesRollbackWhole(_ fault: Errno, _ fixture: Fixture) throws {
    let calls = try countCalls(fixture, after: { try $0.apply() }) { try $0.rollback() }
    #expect(calls > 5)
    for number in 0..<calls {
      let sandbox = try Sandbox(fixture)
      let before = try sandbox.tree()
      try sandbox.apply()
      let after = try sandbox.tree()
      sandbox.calls = failing(at: number, with: fault)
      let rows = try? sandbox.rollback()
      sandbox.calls = LinuxSystemCalls()
      try sandbox.engine.recover { _ in }
      let now = try sandbox.tree()
      let isOld = differences(before, now).isEmpty
      #expect(
        isOld || differences(after, now).isEmpty, "call \(number): \(differences(before, now))")
      #expect(try litter(sandbox) == [], "call \(number)")
      if !isOld { try sandbox.rollback(.all) }
      #expect(differences(before, try sandbox.tree()) == [], "call \(number), \(rows ?? [])")
    }
  }

  private func failing(at number: Int, with fault: Errno) -> WatchedSystemCalls {
    let counter = Counter()
    return WatchedSystemCalls { (_) throws(Errno) in
      if counter.next() == number { throw fault }
    }
  }

  private func countCalls(
    _ fixture: Fixture, after prepare: (Sandbox) throws -> Void = { _ in },
    _ run: (Sandbox) throws -> Void
  ) throws -> Int {
    let sandbox = try Sandbox(fixture)
    try prepare(sandbox)
    let counter = Counter()
    sandbox.calls = WatchedSystemCalls { _ in _ = counter.next() }
    try run(sandbox)
    return counter.count
  }

  private func litter(_ sandbox: Sandbox) throws -> [String] {
    try sandbox.tree().keys.filter { $0.contains(".profile-rewriter") }
  }

  private final class Counter {
    private(set) var count = 0

    func next() -> Int {
      defer { count += 1 }
      return count
    }
  }
}
