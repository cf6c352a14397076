import ConfigFormats
import GRDB
import Testing

@testable import ProfileRewriter

@Suite struct JournalPruningTests {
  /// The fixture's clock, and a moment later.
  private let now = 1_795_485_552
  private var later: Int { now + 1 }

  private let fixture: JournalFixture
  private var journal: Journal { fixture.journal }

  init() throws { fixture = try JournalFixture() }

  private func record(_ id: String, root: String, run: String = "r") throws {
    try journal.prepare([Sample.change(id, run: run, root: root)])
    try journal.markApplied([id])
  }

  private func undo(_ id: String) throws {
    try journal.recordUndoIntent(UndoIntent(change: id, accounts: ["a1"], files: []))
    try journal.markUndone(id, accounts: ["a1"], fully: true)
  }

  private func prune(_ request: PruneRequest) throws -> [String] {
    let ids = try journal.prunable(request)
    try journal.forget(ids)
    return ids
  }

  @Test func onlyWhatIsUndoneGoesUnlessMoreIsAskedFor() throws {
    try record("a", root: "/home/a", run: "r1")
    try record("b", root: "/home/b", run: "r2")
    try undo("b")
    #expect(try prune(PruneRequest(before: later)) == ["b"])
    #expect(try journal.changes().map(\.id) == ["a"])
    #expect(try journal.runs().map(\.id) == ["r1"])
    #expect(try prune(PruneRequest(before: later, includesApplied: true)) == ["a"])
    #expect(try journal.changes().isEmpty)
    #expect(try journal.problems() == [])
  }

  @Test func whatIsNotOldStays() throws {
    try record("a", root: "/home/a")
    #expect(try prune(PruneRequest(before: now, includesApplied: true)) == [])
    #expect(try journal.changes().map(\.id) == ["a"])
  }

  @Test func whatIsUnsettledHoldsWhatStandsOfItsProfile() throws {
    try record("a", root: "/home/a")
    try record("b", root: "/home/b")
    try journal.prepare([Sample.change("c", run: "r", root: "/home/a")])
    try journal.prepare([Sample.change("d", run: "r", root: "/home/d")])
    try journal.markConflict("d")
    #expect(try prune(PruneRequest(before: later, includesApplied: true)) == ["b"])
    #expect(try journal.changes().map(\.id) == ["d", "c", "a"])
  }

  /// A change tells which records others still need: it goes with all of its profile, or not at all.
  @Test func aYoungerChangeHoldsTheOlderOnesOfItsProfile() throws {
    try record("a", root: "/home/a")
    try record("b", root: "/home/a")
    try journal.database.write {
      try $0.execute(sql: "UPDATE change SET state_at = state_at + 100 WHERE id = 'b'")
    }
    #expect(try prune(PruneRequest(before: later, includesApplied: true)) == [])
    #expect(
      try prune(PruneRequest(before: later + 100, includesApplied: true)) == ["b", "a"])
  }

  @Test func pathsLimit() throws {
    try record("a", root: "/home/a")
    try record("b", root: "/home/ab")
    let request = PruneRequest(
      before: later, includesApplied: true, paths: [Array("/home/a".utf8)])
    #expect(try journal.prunable(request) == ["a"])
    #expect(try prune(request) == ["a"])
    #expect(try journal.changes().map(\.id) == ["b"])
  }

  /// What was forgotten is in no page of the file.
  @Test func noByteOfItStays() throws {
    try record("a", root: "/home/needle-in-a-page")
    try record("b", root: "/home/b")
    let needle = Array("needle-in-a-page".utf8)
    #expect(try bytesOfFiles().contains(needle))
    _ = try prune(
      PruneRequest(
        before: later, includesApplied: true, paths: [Array("/home/needle-in-a-page".utf8)]))
    #expect(try !bytesOfFiles().contains(needle))
    #expect(try journal.changes().map(\.id) == ["b"])
  }

  private func bytesOfFiles() throws -> [UInt8] {
    let root = try OpenRoot(path: fixture.path)
    return try ["journal.sqlite", "journal.sqlite-wal"].flatMap {
      try root.snapshot(RelativePath($0)!)?.bytes ?? []
    }
  }
}
