import Foundation
import Testing

@testable import ProfileRewriter

/// Law 3: killed at any instant, the next run finds the profile all-old or all-new, or makes it so.
///
/// One run is photographed before every system call that changes anything: home and journal as a
/// kill at that instant would leave them. Each picture is then put back and settled.
@Suite struct CrashLaws {
  static let fixtures = Fixture.all.filter {
    [
      "thunderbird/mbox", "thunderbird/two", "thunderbird/deferred", "thunderbird/unified",
      "autoconfig-xml/pop-first", "evolution/filters", "evolution/two", "evolution/flatpak",
      "evolution/keep+smtp",
    ].contains("\($0)")
  }

  @Test(arguments: fixtures) func applySettlesFromEveryInstant(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let before = try sandbox.tree()
    let album = try Album.of(sandbox) { try sandbox.apply() }
    let after = try sandbox.tree()
    #expect(album.pictures.count > 8)
    var outcomes: Set<String> = []
    for picture in album.pictures {
      try picture.restore(into: sandbox)
      try sandbox.engine.recover { _ in }
      let now = try sandbox.tree()
      let isOld = differences(before, now).isEmpty
      let isNew = differences(after, now).isEmpty
      #expect(isOld || isNew, "\(picture): \(differences(before, now)), \(differences(after, now))")
      #expect(try unsettled(sandbox).isEmpty, "\(picture)")
      outcomes.insert(isOld ? "old" : "new")
    }
    #expect(outcomes == ["old", "new"])
  }

  @Test(arguments: fixtures) func rollbackSettlesFromEveryInstant(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let before = try sandbox.tree()
    try sandbox.apply()
    let after = try sandbox.tree()
    let album = try Album.of(sandbox) { try sandbox.rollback(isForetold: false) }
    #expect(album.pictures.count > 6)
    var outcomes: Set<String> = []
    for picture in album.pictures {
      try picture.restore(into: sandbox)
      try sandbox.engine.recover { _ in }
      let now = try sandbox.tree()
      let isOld = differences(before, now).isEmpty
      let isNew = differences(after, now).isEmpty
      #expect(isOld || isNew, "\(picture): \(differences(before, now)), \(differences(after, now))")
      #expect(try unsettled(sandbox).isEmpty, "\(picture)")
      outcomes.insert(isOld ? "old" : "new")
    }
    #expect(outcomes == ["old", "new"])
  }

  /// Nobody calls `recover`: the next apply, and the next rollback, settle by themselves.
  @Test(arguments: fixtures) func laterRunsSettleByThemselves(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let before = try sandbox.tree()
    let album = try Album.of(sandbox) { try sandbox.apply() }
    for picture in album.pictures {
      try picture.restore(into: sandbox)
      let rows = try sandbox.apply()
      #expect(rows.allSatisfy { $0.status == .applied || $0.status == .unchanged }, "\(picture)")
      let undone = try sandbox.rollback(.all)
      let left = differences(before, try sandbox.tree())
      #expect(left == [], "\(picture): \(rows), \(undone)")
    }
  }

  /// The user started the client before the next run: its rewriting of the committing file does not
  /// keep the change from being settled, and none of it is lost.
  @Test(arguments: ["mbox", "two"]) func settlesAfterClientRewrite(_ variant: String) throws {
    let sandbox = try Sandbox(try Fixture.named(variant))
    let album = try Album.of(sandbox) { try sandbox.apply() }
    var random = SeededRandom(seed: 7)
    for picture in album.pictures {
      try picture.restore(into: sandbox)
      let prefs = sandbox.profile.appendingPathComponent("prefs.js")
      let written = ThunderbirdRewrite.rewrite(
        [UInt8](try Data(contentsOf: prefs)), keeping: [], using: &random)
      try Data(written.bytes).write(to: prefs)
      try sandbox.engine.recover { _ in }
      #expect(try unsettled(sandbox).isEmpty, "\(picture)")
      let now = try ThunderbirdRewrite.values(prefs)
      for (key, value) in written.kept { #expect(now[key] == value, "\(picture): \(key)") }
      let types = Set(
        sandbox.fixture.imap.keys.map { account in
          let server = unquoted(now["mail.account.\(account).server"])
          return unquoted(now["mail.server.\(server).type"])
        })
      #expect(types.count == 1, "\(picture): \(types)")
    }
  }

  private func unquoted(_ value: [UInt8]?) -> String {
    String(decoding: value ?? [], as: UTF8.self).replacingOccurrences(of: "\"", with: "")
  }

  private func unsettled(_ sandbox: Sandbox) throws -> [Change] {
    try sandbox.engine.history().filter { [.prepared, .undoing, .conflict].contains($0.state) }
  }
}
