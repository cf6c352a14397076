import Foundation
import Testing

@testable import Command

/// Started by systemd, with the real journal daemon.
@Suite struct SystemJournalTests {
  private static let target = ["--imap-host", "imap.example.net"]

  /// What stands in the journal after a command, in order.
  private func entries(_ command: [String], status: Int32) throws -> [[String: Any]] {
    let runner = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Support/under-journal").path
    let result = try Program.run(
      command, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], as: runner)
    #expect(result.status == status, "\(result.talk)")
    return try result.rows()
  }

  private func own(_ entries: [[String: Any]]) -> [[String: Any]] {
    entries.filter { $0["SYSLOG_IDENTIFIER"] as? String == "profile-rewriter" }
  }

  private func text(_ entry: [String: Any]?, _ name: String) -> String? {
    entry?[name] as? String
  }

  /// As a field of ours.
  private func field(_ entry: [String: Any]?, _ name: String) -> String? {
    text(entry, "PROFILE_REWRITER_" + name)
  }

  @Test func whatIsDoneIsAnEntryWithItsFields() throws {
    let home = try ThunderbirdHome()
    let all = try entries([Program.path, "apply"] + Self.target + home.arguments, status: 0)
    let rows = own(all)
    let done = rows.first { field($0, "STATUS") != nil }
    let change = try #require(field(done, "CHANGE"))
    #expect(field(done, "STATUS") == "applied")
    #expect(field(done, "COMMAND") == "apply")
    #expect(field(done, "HOME") == home.home.path)
    #expect(field(done, "CLIENT") == "thunderbird")
    #expect(field(done, "PROFILE") == ".thunderbird/\(home.profileName)")
    #expect(field(done, "ACCOUNT") == "account1")
    #expect(text(done, "PRIORITY") == "6")
    #expect(rows.contains { field($0, "WARNING") != nil && text($0, "PRIORITY") == "4" })
    let sum = rows.last
    #expect(text(sum, "MESSAGE") == "apply: 1 applied")
    #expect(field(sum, "APPLIED") == "1")
    #expect(field(sum, "FAILED") == "0")
    // What a person is told to do next is said in words, and nothing is said twice.
    let lines = all.compactMap { text($0, "MESSAGE") }
    #expect(lines.contains { $0.contains("rollback \(change)") })
    #expect(!lines.contains { $0.hasPrefix("PROFILE ") })
    #expect(Set(lines).count == lines.count)
    #expect(lines.filter { $0.contains(": applied") }.count == 1)
  }

  @Test func whatIsRefusedIsANotice() throws {
    let home = try ThunderbirdHome()
    let lock = try #require(LockHolder(home.profile.appendingPathComponent(".parentlock")))
    let rows = own(try entries([Program.path, "apply"] + Self.target + home.arguments, status: 3))
    withExtendedLifetime(lock) {}
    let refused = rows.first { field($0, "STATUS") == "refused" }
    #expect(field(refused, "REASON") == "client-running")
    #expect(text(refused, "PRIORITY") == "5")
    #expect(field(rows.last, "REASONS") == "client-running=1")
  }

  /// A line end in a name makes no field, and nothing that steers a terminal.
  @Test func namesStayInTheirFields() throws {
    let home = try ThunderbirdHome(homeName: "ho\nPRIORITY=0\u{1b}[2Jme")
    let rows = own(try entries([Program.path, "apply"] + Self.target + home.arguments, status: 0))
    let done = rows.first { field($0, "STATUS") != nil }
    #expect(text(done, "PRIORITY") == "6")
    #expect(field(done, "HOME") == home.home.path.printable)
    #expect(text(done, "MESSAGE")?.contains(home.home.path.printable) == true)
    #expect(rows.allSatisfy { text($0, "MESSAGE")?.contains("\u{1b}") == false })
  }

  /// `JOURNAL_STREAM` is handed on to children whose streams go elsewhere.
  @Test func onlyWhatGoesThereGoesThere() throws {
    let home = try ThunderbirdHome()
    let shell = "\"$@\" > '\(home.scratch.path)/out' 2> '\(home.scratch.path)/err'"
    let command =
      ["/bin/sh", "-c", shell, "sh", Program.path, "apply"] + Self.target + home.arguments
    #expect(own(try entries(command, status: 0)).isEmpty)
    let out = try String(contentsOf: home.scratch.appendingPathComponent("out"), encoding: .utf8)
    let err = try String(contentsOf: home.scratch.appendingPathComponent("err"), encoding: .utf8)
    #expect(out.hasPrefix("PROFILE "))
    #expect(err.contains("1 applied"))
  }

  /// A table that somebody wants in a file is in the file.
  @Test func outputThatGoesElsewhereIsWhole() throws {
    let home = try ThunderbirdHome()
    let shell = "\"$@\" > '\(home.scratch.path)/out'"
    let command =
      ["/bin/sh", "-c", shell, "sh", Program.path, "apply"] + Self.target + home.arguments
    let rows = own(try entries(command, status: 0))
    #expect(rows.contains { field($0, "STATUS") == "applied" })
    let out = try String(contentsOf: home.scratch.appendingPathComponent("out"), encoding: .utf8)
    #expect(out.hasPrefix("PROFILE ") && out.contains("applied"))
  }
}
