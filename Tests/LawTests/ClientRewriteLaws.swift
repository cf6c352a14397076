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
    let habits = try ClientHabits.of(fixture.client)
    let before = try sandbox.tree()
    try sandbox.apply()
    let change = try #require(try sandbox.engine.history().first)
    for patch in change.files where patch.action == .edit && !patch.sensitive {
      let path = Self.adaptersPath(patch, fixture)
      // Formats of other files than the settings' own are the client's logs; they have own tests.
      guard patch.commits || fixture.client != "thunderbird" else { continue }
      let original = try habits.values(content(before, patch), at: path)
      let switched = content(try sandbox.tree(), patch)
      var random = SeededRandom(
        seed: UInt64(fixture.variant.utf8.reduce(7) { $0 &* 31 &+ Int($1) }))
      for trial in 0..<Self.trials / Fixture.all.count + 1 {
        let written = habits.rewrite(switched, patch, &random)
        let undo = KeyUndo(
          patch: patch, leaving: Set(change.accounts.map(\.key)), neededElsewhere: [])
        let outcome = try undo.outcome(
          in: habits.adapter.document(at: path, SourceText(written.bytes)))
        let broken = Self.broken(
          outcome, patch, original, written, try habits.values(outcome.content, at: path))
        #expect(broken == [], "trial \(trial)")
        if !broken.isEmpty { return }
      }
    }
  }

  private func content(_ tree: [String: Sandbox.Entry], _ patch: FilePatch) -> [UInt8] {
    [UInt8](tree[patch.path.text]?.content ?? Data())
  }

  /// Thunderbird's paths are relative to the profile, Evolution's to the home.
  private static func adaptersPath(_ patch: FilePatch, _ fixture: Fixture) -> RelativePath {
    RelativePath(fixture.profile).flatMap { patch.path.relative(to: $0) } ?? patch.path
  }

  static func broken(
    _ outcome: KeyUndo.Outcome, _ patch: FilePatch, _ original: [String: [UInt8]],
    _ written: RewrittenFile, _ now: [String: [UInt8]]
  ) -> [String] {
    var broken = outcome.conflicts.map { "conflict at \($0.key)" }
    for edit in patch.edits where edit.rule != .counter {
      if now[edit.key] != original[edit.key] { broken.append(edit.key) }
    }
    for (key, value) in written.kept where now[key] != value { broken.append("lost \(key)") }
    for (key, value) in original
    where written.kept[key] == nil && !patch.edits.contains(where: { $0.key == key }) {
      if now[key] != value { broken.append("lost \(key)") }
    }
    let counters = patch.edits.filter { $0.rule == .counter }.map(\.key)
    for key in now.keys
    where original[key] == nil && written.kept[key] == nil && !counters.contains(key) {
      broken.append("left \(key)")
    }
    return broken
  }

  /// The whole way, through files and journal.
  @Test(arguments: Fixture.all) func rollbackAfterClientRewrite(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let habits = try ClientHabits.of(fixture.client)
    let before = try sandbox.tree()
    try sandbox.apply()
    let change = try #require(try sandbox.engine.history().first)
    var random = SeededRandom(seed: 3)
    var written: [(patch: FilePatch, file: RewrittenFile)] = []
    for patch in change.files where patch.action == .edit && !patch.sensitive {
      guard patch.commits || fixture.client != "thunderbird" else { continue }
      let file = habits.rewrite(content(try sandbox.tree(), patch), patch, &random)
      try Data(file.bytes).write(to: sandbox.home.appendingPathComponent(patch.path.text))
      written.append((patch, file))
    }
    let rows = try sandbox.rollback()
    #expect(rows.allSatisfy { $0.status == .undone }, "\(rows)")
    let after = try sandbox.tree()
    for (patch, file) in written {
      let path = Self.adaptersPath(patch, fixture)
      let original = try habits.values(content(before, patch), at: path)
      let now = try habits.values(content(after, patch), at: path)
      for edit in patch.edits where edit.rule != .counter {
        #expect(now[edit.key] == original[edit.key], "\(edit.key)")
      }
      for (key, value) in file.kept { #expect(now[key] == value, "\(key)") }
    }
    let others = differences(before, after).filter { name in
      !written.contains { $0.patch.path.text == name }
    }
    #expect(others == [])
  }

  /// A key that decides where the account connects or stores was changed by somebody: nothing of
  /// the change is undone, and not one byte of the profile moves.
  @Test(arguments: ["mbox", "two", "deferred", "mbox+smtp"])
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
