import Foundation
import Testing

@testable import ProfileRewriter

/// A user whose base directories are not where they usually are.
@Suite struct RelocatedHomeLaws {
  private let desk: Desk
  private let elsewhere: URL

  init() throws {
    desk = try Desk("keep")
    elsewhere = desk.sandbox.directory.appendingPathComponent("elsewhere")
    try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
    for (name, target) in Self.places {
      try FileManager.default.moveItem(
        at: desk.sandbox.home.appendingPathComponent(name),
        to: elsewhere.appendingPathComponent(target))
    }
  }

  private static let places = [
    (".config", "config"), (".local/share", "data"), (".cache", "cache"),
  ]

  private func path(_ name: String) -> [UInt8] {
    Array(elsewhere.appendingPathComponent(name).path.utf8)
  }

  private func apply() throws -> [ResultRow] {
    let home = Array(desk.sandbox.home.path.utf8)
    var request = desk.sandbox.request()
    request.selection.xdg = [
      home: XDGDirectories(config: path("config"), data: path("data"), cache: path("cache"))
    ]
    var rows: [ResultRow] = []
    try desk.engine.apply(request) { rows.append($0) }
    return rows
  }

  @Test func thereAndBack() throws {
    let uid = desk.uids[0]
    let before = try Sandbox.tree(of: elsewhere)
    let home = try desk.sandbox.stamps()
    let rows = try apply()
    #expect(rows.map(\.status) == [.applied], "\(rows)")
    let switched = try Sandbox.tree(of: elsewhere)
    #expect(switched["cache/evolution/mail/\(uid)"]?.mode == 0o40700)
    #expect(
      try String(
        contentsOf: elsewhere.appendingPathComponent("config/evolution/sources/\(uid).source"),
        encoding: .utf8
      ).contains("BackendName=imapx"))
    // Found again by the journal alone.
    #expect(try desk.rollback().map(\.status) == [.undone])
    #expect(differences(before, try Sandbox.tree(of: elsewhere)) == [])
    #expect(try desk.sandbox.stamps() == home, "nothing was written in the home itself")
  }

  @Test func whatIsNotThereIsNotMade() throws {
    try FileManager.default.removeItem(at: elsewhere.appendingPathComponent("cache"))
    let before = try Sandbox.tree(of: desk.sandbox.directory).filter { !$0.key.hasPrefix("state") }
    let rows = try apply()
    #expect(rows.map(\.status) == [.refused])
    #expect(rows.map(\.reason) == [.notFound])
    #expect(rows.first?.text?.contains("elsewhere/cache") == true)
    let after = try Sandbox.tree(of: desk.sandbox.directory).filter { !$0.key.hasPrefix("state") }
    #expect(differences(before, after) == [])
    #expect(try desk.unsettled.isEmpty)
    try FileManager.default.createDirectory(
      at: elsewhere.appendingPathComponent("cache"), withIntermediateDirectories: true)
    #expect(try apply().map(\.status) == [.applied])
  }

  /// Without being told, nothing is found.
  @Test func whoIsNotToldFindsNothing() throws {
    let summary = try desk.engine.apply(desk.sandbox.request()) { _ in }
    #expect(summary.withoutProfile.count == 1)
  }
}
