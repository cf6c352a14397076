import ConfigFormats
import Foundation
import Testing

@testable import ProfileRewriter

/// Law 4 after the client has rewritten its file: the POP keys come back, whatever else was added
/// or changed stays.
@Suite struct ClientRewriteLaws {
  static let trials = 10_000

  @Test(arguments: Fixture.all) func undoByKeyKeepsWhatTheClientWrote(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let original = try ThunderbirdRewrite.values(prefs(sandbox))
    try sandbox.apply()
    let change = try #require(try sandbox.engine.history().first)
    let patch = try #require(change.files.last)
    let switched = [UInt8](try Data(contentsOf: prefs(sandbox)))
    let ours = Set(patch.edits.map(\.key))
    var random = SeededRandom(seed: UInt64(fixture.variant.utf8.reduce(7) { $0 &* 31 &+ Int($1) }))
    for trial in 0..<Self.trials / Fixture.all.count + 1 {
      let written = ThunderbirdRewrite.rewrite(switched, keeping: ours, using: &random)
      let undo = KeyUndo(
        patch: patch, leaving: Set(change.accounts.map(\.key)), neededElsewhere: [])
      let outcome = try undo.outcome(in: try PrefsDocument(parsing: written.bytes))
      let broken = Self.broken(
        outcome, patch: patch, original: original, kept: written.kept)
      #expect(broken == [], "trial \(trial)")
      if !broken.isEmpty { return }
    }
  }

  static func broken(
    _ outcome: KeyUndo.Outcome, patch: FilePatch, original: [String: [UInt8]],
    kept: [String: [UInt8]]
  ) -> [String] {
    guard let document = try? PrefsDocument(parsing: outcome.content) else { return ["unreadable"] }
    var broken = outcome.conflicts.map { "conflict at \($0.key)" }
    for edit in patch.edits where edit.rule != .counter {
      if document.value(forKey: edit.key) != original[edit.key] { broken.append(edit.key) }
    }
    for (key, value) in kept where document.value(forKey: key) != value {
      broken.append("lost \(key)")
    }
    for (key, value) in original where kept[key] == nil && !patch.edits.contains(where: { $0.key == key }) {
      if document.value(forKey: key) != value { broken.append("lost \(key)") }
    }
    return broken
  }

  /// The whole way, through files and journal.
  @Test(arguments: Fixture.all) func rollbackAfterClientRewrite(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let original = try ThunderbirdRewrite.values(prefs(sandbox))
    let treeBefore = try sandbox.tree()
    try sandbox.apply()
    let change = try #require(try sandbox.engine.history().first)
    let patch = try #require(change.files.last)
    var random = SeededRandom(seed: 3)
    let written = ThunderbirdRewrite.rewrite(
      [UInt8](try Data(contentsOf: prefs(sandbox))), keeping: Set(patch.edits.map(\.key)),
      using: &random)
    try Data(written.bytes).write(to: prefs(sandbox))
    let rows = try sandbox.rollback()
    #expect(rows.allSatisfy { $0.status == .undone }, "\(rows)")
    let now = try ThunderbirdRewrite.values(prefs(sandbox))
    for edit in patch.edits where edit.rule != .counter {
      #expect(now[edit.key] == original[edit.key], "\(edit.key)")
    }
    for (key, value) in written.kept { #expect(now[key] == value, "\(key)") }
    let others = differences(treeBefore, try sandbox.tree()).filter { !$0.hasSuffix("prefs.js") }
    #expect(others == [])
  }

  /// A key that decides where the account connects or stores was changed by somebody: nothing of
  /// the change is undone, and not one byte of the profile moves.
  @Test(arguments: ["mbox", "two", "deferred"])
  func conflictOnADecidingKeyUndoesNothing(_ variant: String) throws {
    let sandbox = try Sandbox(try Fixture.named(variant))
    try sandbox.apply()
    let change = try #require(try sandbox.engine.history().first)
    let patch = try #require(change.files.last)
    let deciding = patch.edits.filter { edit in
      edit.deciding && !patch.branches.contains { edit.key.hasPrefix($0.prefix) }
    }
    #expect(deciding.count >= 5)
    let switched = try Data(contentsOf: prefs(sandbox))
    for edit in deciding {
      let document = try PrefsDocument(parsing: [UInt8](switched))
      let edits = try document.edits(setting: edit.key, to: other(than: edit))
      try Data(try document.source.applying(edits)).write(to: prefs(sandbox))
      let tree = try sandbox.tree()
      let rows = try sandbox.rollback()
      #expect(rows.allSatisfy { $0.status == .conflict && $0.text?.contains(edit.key) == true })
      #expect(differences(tree, try sandbox.tree()) == [], "\(edit.key)")
    }
    try switched.write(to: prefs(sandbox))
    #expect(try sandbox.rollback().allSatisfy { $0.status == .undone })
  }

  /// Any other conflict is named and left; the rest is undone.
  @Test func conflictElsewhereLeavesThatKey() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    // A setting that the switch turns off, because it would reach the server.
    var text = try Data(contentsOf: prefs(sandbox))
    text += Data("user_pref(\"mail.server.server1.empty_trash_on_exit\", true);\n".utf8)
    try text.write(to: prefs(sandbox))
    let original = try ThunderbirdRewrite.values(prefs(sandbox))
    try sandbox.apply()
    let change = try #require(try sandbox.engine.history().first)
    let patch = try #require(change.files.last)
    let edit = try #require(
      patch.edits.first { edit in
        edit.rule == .value && !edit.deciding && edit.clientRewrites == nil
          && !patch.branches.contains { edit.key.hasPrefix($0.prefix) }
      })
    let document = try PrefsDocument(parsing: [UInt8](try Data(contentsOf: prefs(sandbox))))
    let value = Array("4711".utf8)
    try Data(try document.source.applying(try document.edits(setting: edit.key, to: value)))
      .write(to: prefs(sandbox))
    let rows = try sandbox.rollback()
    #expect(rows.map(\.status) == [.conflict])
    #expect(rows.first?.text?.contains(edit.key) == true)
    let now = try ThunderbirdRewrite.values(prefs(sandbox))
    #expect(now[edit.key] == value)
    for other in patch.edits where other.key != edit.key && other.rule != .counter {
      #expect(now[other.key] == original[other.key], "\(other.key)")
    }
  }

  private func other(than edit: KeyedEdit) -> [UInt8] {
    let isText = (edit.after ?? edit.before)?.first == UInt8(ascii: "\"")
    return Array((isText ? "\"somebody else's\"" : "4711").utf8)
  }

  private func prefs(_ sandbox: Sandbox) -> URL {
    sandbox.profile.appendingPathComponent("prefs.js")
  }
}
