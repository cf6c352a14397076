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
    let calls = try countCalls(fixture, after: { try $0.apply() }) {
      try $0.rollback(isForetold: false)
    }
    #expect(calls > 5)
    for number in 0..<calls {
      let sandbox = try Sandbox(fixture)
      let before = try sandbox.tree()
      try sandbox.apply()
      let after = try sandbox.tree()
      sandbox.calls = failing(at: number, with: fault)
      let rows = try? sandbox.rollback(isForetold: false)
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

  /// Where changes are held, made and undone many at once: what is true of one by itself is true there.
  @Test(arguments: [Errno.io, .noSpace], ["thunderbird/mbox", "evolution/two"])
  func aFailingCallLeavesABatchWhole(_ fault: Errno, _ name: String) throws {
    let fixture = try #require(Fixture.all.first { "\($0)" == name })
    // The journal is there: only then profiles are held many at once.
    let again = { (sandbox: Sandbox) in
      try sandbox.apply()
      try sandbox.rollback()
      sandbox.jobs = 4
    }
    let applying = try countCalls(fixture, after: again) { try $0.apply() }
    for number in 0..<applying {
      let sandbox = try Sandbox(fixture)
      try again(sandbox)
      try expectWhole(sandbox, failing(at: number, with: fault), "apply, call \(number)") {
        _ = try? sandbox.apply()
      }
    }
    let switched = { (sandbox: Sandbox) in
      try again(sandbox)
      try sandbox.apply()
    }
    let undoing = try countCalls(fixture, after: switched) { try $0.rollback(isForetold: false) }
    for number in 0..<undoing {
      let sandbox = try Sandbox(fixture)
      try switched(sandbox)
      try expectWhole(sandbox, failing(at: number, with: fault), "rollback, call \(number)") {
        _ = try? sandbox.rollback(isForetold: false)
      }
    }
    #expect(applying > 8 && undoing > 5)
  }

  /// Old or new, no litter, and what comes after works.
  private func expectWhole(
    _ sandbox: Sandbox, _ calls: any SystemCalls, _ place: String, _ run: () throws -> Void
  ) throws {
    let original = try Sandbox(sandbox.fixture).tree()
    sandbox.calls = calls
    try run()
    sandbox.calls = LinuxSystemCalls()
    try sandbox.engine.recover { _ in }
    let isOld = differences(original, try sandbox.tree()).isEmpty
    #expect(try litter(sandbox) == [], "\(place)")
    if isOld {
      #expect(try sandbox.apply().allSatisfy { $0.status == .applied }, "\(place)")
    } else {
      #expect(try sandbox.apply().allSatisfy { $0.status == .unchanged }, "\(place)")
    }
    try sandbox.rollback(.all)
    #expect(differences(original, try sandbox.tree()) == [], "\(place)")
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
