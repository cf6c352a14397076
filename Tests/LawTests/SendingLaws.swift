import ConfigFormats
import Foundation
import Testing

@testable import ProfileRewriter

/// Outgoing servers that were set right with the switch, and their way back.
@Suite struct SendingLaws {
  private func prefs(_ sandbox: Sandbox) -> URL {
    sandbox.profile.appendingPathComponent("prefs.js")
  }

  private func value(_ key: String, _ sandbox: Sandbox) throws -> String? {
    try ThunderbirdRewrite.values(prefs(sandbox))[key].map { String(decoding: $0, as: UTF8.self) }
  }

  /// Two accounts send by one server: it goes back with the last of them, in whatever order.
  @Test(arguments: SeveralAccountsLaws.orders)
  func aSharedServerGoesBackWithTheLast(_ order: [String]) throws {
    let sandbox = try Sandbox(try Fixture.named("two+smtp"))
    let text = try String(contentsOf: prefs(sandbox), encoding: .utf8)
    try Data(text.replacing(#"id2.smtpServer", "smtp2""#, with: #"id2.smtpServer", "smtp1""#).utf8)
      .write(to: prefs(sandbox))
    let logins = sandbox.profile.appendingPathComponent("logins.json")
    let before = try Data(contentsOf: logins)
    let host = "mail.smtpserver.smtp1.hostname"
    #expect(try sandbox.apply().allSatisfy { $0.status == .applied })
    #expect(try value(host, sandbox) == #""submission.lab.test""#)
    #expect(try value("mail.smtpserver.smtp2.hostname", sandbox) == #""smtp.lab.test""#)
    let id = try #require(try sandbox.engine.history().first?.id)
    #expect(try sandbox.rollback(.changes([id]), order[0]).map(\.status) == [.undone])
    #expect(try value(host, sandbox) == #""submission.lab.test""#, "the other sends by it")
    #expect(try sandbox.rollback(.changes([id]), order[1]).map(\.status) == [.undone])
    #expect(try value(host, sandbox) == #""smtp.lab.test""#)
    let now = try String(contentsOf: logins, encoding: .utf8)
    #expect(!now.contains("submission.lab.test"))
    #expect(now.count - String(decoding: before, as: UTF8.self).count <= 1, "but for the counter")
  }

  /// Somebody has chosen another server for sending since: undo puts no old port or security to it,
  /// and leaves the whole change.
  @Test(arguments: ["Host", "Port", "User"])
  func aTransportThatWasChangedSince(_ leaf: String) throws {
    let sandbox = try Sandbox(try Fixture.named("keep+smtp", of: "evolution"))
    let before = try sandbox.tree()
    try sandbox.apply()
    let change = try #require(try sandbox.engine.history().first)
    let patch = try #require(
      change.files.first { file in
        file.edits.contains { $0.after == Array("submission.lab.test".utf8) }
      })
    #expect(!patch.commits)
    let file = sandbox.home.appendingPathComponent(patch.path.text)
    let ours = try Data(contentsOf: file)
    let document = try KeyFileDocument(parsing: [UInt8](ours))
    let edits = try document.edits(setting: "Authentication/\(leaf)", to: Array("1234".utf8))
    try Data(try document.source.applying(edits)).write(to: file)
    let changed = try sandbox.tree()
    let rows = try sandbox.rollback()
    #expect(rows.map(\.status) == [.conflict])
    #expect(rows.first?.text?.contains("Authentication/\(leaf)") == true, "\(rows)")
    #expect(differences(changed, try sandbox.tree()) == [])
    try ours.write(to: file)
    #expect(try sandbox.rollback().map(\.status) == [.undone])
    #expect(differences(before, try sandbox.tree()) == [])
  }
}
