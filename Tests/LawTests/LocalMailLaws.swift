import Foundation
import MailFormats
import Testing

@testable import ProfileRewriter

/// The mail of every fixture, as the real client counted it.
@Suite struct LocalMailLaws {
  private struct Description: Decodable {
    var folders: [String: Int]
    /// [unread, starred, tagged]
    var marks: [String: [Int]]?
  }

  @Test(arguments: ["mbox", "maildir", "deferred", "two", "noleave", "non-ascii", "old"])
  func thunderbird(_ variant: String) throws {
    let sandbox = try Sandbox(try Fixture.named(variant))
    let expected = try description("thunderbird/\(variant)")
    let found = try counts(sandbox)
    for (folder, count) in found {
      let uri = try #require(
        expected.folders.keys.first { Self.path(of: $0, isBelow: folder.path) }, "\(folder.path)")
      #expect(expected.folders[uri] == count.total, "\(folder.path)")
      let marks = expected.marks?[uri] ?? [0, 0, 0]
      #expect([count.unread, count.starred, count.tagged] == marks, "\(folder.path)")
    }
    #expect(found.count >= 10)
  }

  @Test(arguments: ["keep", "nokeep", "two", "plain"])
  func evolution(_ variant: String) throws {
    let sandbox = try Sandbox(try Fixture.named(variant, of: "evolution"))
    let found = try counts(sandbox)
    #expect(
      Dictionary(uniqueKeysWithValues: found.map { ($0.0.shown, $0.1.total) })
        == (try description("evolution/\(variant)")).folders)
  }

  /// A hashed folder has its name only in the client's cache.
  @Test func namesAreThoseTheClientShows() throws {
    let sandbox = try Sandbox(try Fixture.named("mbox"))
    let shown = try counts(sandbox).map(\.0.names)
    #expect(shown.contains(["Projekte Ü", "2024: plan/x"]))
    #expect(shown.first == ["Inbox"])
    #expect(!shown.contains(["Saved ü search"]))
  }

  /// What a switch leaves behind is found again.
  @Test(arguments: ["mbox", "deferred", "two-deferred"])
  func afterTheSwitchTheOldMailIsTheSame(_ variant: String) throws {
    let sandbox = try Sandbox(try Fixture.named(variant))
    let before = try counts(sandbox)
    try sandbox.apply()
    #expect(try counts(sandbox).isEmpty)
    let after = try counts(sandbox, includingIMAP: true)
    #expect(after.map(\.0) == before.map(\.0))
    #expect(after.map(\.1) == before.map(\.1))
  }

  /// Mail of an account from before it delivered into Local Folders: a place of its own, and what is
  /// said of the account counts both.
  @Test func mailInTwoPlacesIsAllCounted() throws {
    let sandbox = try Sandbox(try Fixture.named("deferred"))
    let before = try counts(sandbox).map(\.1.total).reduce(0, +)
    let message = "From - Tue Nov 24 02:43:51 2026\nMessage-ID: <old@lab.test>\n\nold\n\n"
    try message.write(
      to: sandbox.profile.appendingPathComponent("Mail/pop.lab.test/Inbox"), atomically: false,
      encoding: .utf8)
    #expect(try counts(sandbox).map(\.1.total).reduce(0, +) == before + 1)
    var request = sandbox.request()
    request.countsMail = true
    var counted: [LocalMailCount] = []
    try sandbox.engine.plan(request) {
      counted += $0.accounts.compactMap(\.risk?.local)
    } problem: {
      Issue.record("\($0): \($1)")
    }
    guard case .counted(let found)? = counted.first else {
      Issue.record("\(counted)")
      return
    }
    #expect(counted.count == 1)
    #expect(found.all.messages == before + 1 && found.isShared)
  }

  @Test func accountsWithOneTreeAreOneRow() throws {
    let sandbox = try Sandbox(try Fixture.named("two", of: "evolution"))
    var rows: [LocalMailRow] = []
    sandbox.engine.localMail(sandbox.selection()) { rows.append($0) }
    guard case .mail(let mail)? = rows.first else {
      Issue.record("\(rows)")
      return
    }
    #expect(rows.count == 1)
    #expect(mail.accounts.count == 2)
    #expect(mail.isCommon)
  }

  private struct Count: Hashable {
    var total = 0
    var unread = 0
    var starred = 0
    var tagged = 0
  }

  private func counts(
    _ sandbox: Sandbox, includingIMAP: Bool = false
  ) throws -> [(MailFolder, Count)] {
    var found: [(MailFolder, Count)] = []
    var failure: (any Error)?
    sandbox.engine.localMail(sandbox.selection(), includingIMAP: includingIMAP) { row in
      do {
        guard case .mail(let mail) = row else { throw Unexpected(row: "\(row)") }
        for folder in mail.source.folders {
          var count = Count()
          try mail.source.forEachMessage(of: folder) { message in
            guard !message.isGone else { return true }
            #expect(message.damage == nil, "\(message.place)")
            #expect(message.messageID != nil, "\(message.place)")
            count.total += 1
            if !message.marks.flags.contains(.seen) { count.unread += 1 }
            if message.marks.flags.contains(.flagged) { count.starred += 1 }
            if message.marks.keywords.contains(Array("$label1".utf8)) { count.tagged += 1 }
            return true
          }
          found.append((folder, count))
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    return found
  }

  private struct Unexpected: Error { var row: String }

  private func description(_ fixture: String) throws -> Description {
    try JSONDecoder().decode(
      Description.self,
      from: Data(
        contentsOf: Fixture.directory.appendingPathComponent("\(fixture)/fixture.json")))
  }

  /// Whether a folder's URI is that of a path below the profile's Mail directory.
  private static func path(of uri: String, isBelow path: RelativePath) -> Bool {
    let parts = uri.split(separator: "/", maxSplits: 2).map {
      $0.removingPercentEncoding ?? String($0)
    }
    guard parts.count == 3, let at = parts[1].lastIndex(of: "@") else { return false }
    var host = String(parts[1][parts[1].index(after: at)...])
    if parts[1].hasPrefix("bob@lab.test@pop.lab.test") { host = "pop.lab-1.test" }
    let below = parts[2].split(separator: "/").joined(separator: ".sbd/")
    return path.text.hasSuffix("/Mail/\(host)/\(below)")
  }
}
