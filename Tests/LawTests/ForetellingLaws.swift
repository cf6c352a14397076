import Foundation
import Testing

@testable import ProfileRewriter

/// What is said of an undo before it is done (`rollback --dry-run`). That it is what the undo then says is
/// held by every rollback of these laws (``ProfileRewriter/Engine/rollbackAsForetold(_:_:)``).
@Suite struct ForetellingLaws {
  /// Though nothing of the newer one's undo is written.
  @Test func anUndoIsPlannedOnWhatTheOneBeforeItLeaves() throws {
    let sandbox = try Sandbox(try Fixture.named("two"))
    let prefs = sandbox.profile.appendingPathComponent("prefs.js")
    let original = [UInt8](try Data(contentsOf: prefs))
    try sandbox.apply("alice@lab.test")
    try sandbox.apply("bob@lab.test")
    let journal = try #require(try sandbox.engine.openJournal())
    let changes = try sandbox.engine.history().map { try journal.change($0.id) }
    #expect(changes.count == 2)
    var undo = Undo(engine: sandbox.engine, journal: journal)
    let request = UndoRequest(which: .all)
    #expect(try undo.foretell(changes[0], request).map(\.status) == [.undone])
    let target = try Undo.target(of: changes[1], engine: sandbox.engine)
    let plan = try undo.planned(changes[1], changes[1].accounts, request, target).plan
    let contents = plan.steps.compactMap { step -> [UInt8]? in
      guard case .replace(let content, _) = step.work, step.commits else { return nil }
      return content
    }
    #expect(contents == [original])
    #expect(try [UInt8](Data(contentsOf: prefs)) != original)
  }
}
