import Foundation
import Testing

@testable import MailCheck

/// `profile-rewriter check --online` as a script runs it.
@Suite struct OnlineCommandTests {
  private let lab: Lab

  init() throws { lab = try Lab.shared() }

  /// Beside the test bundle.
  private static let program: String = {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent()
      .appendingPathComponent("profile-rewriter").path
  }()

  private func check(_ words: [String]) throws -> (status: Int32, rows: [[String: Any]]) {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: Self.program)
    process.arguments =
      ["check", "--json", "--online", "--resolver", lab.names.address] + [
        "--ca-file", Certificates.authority, "--map-port", "443=\(lab.web.port)", "--map-port",
        "993=\(lab.mail.implicitPort)", "--map-port", "143=\(lab.mail.plainPort)",
      ] + words
    process.environment = ["HOME": "/nonexistent", "LC_ALL": "C.UTF-8"]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let rows = try text.split(separator: "\n").map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
    return (process.terminationStatus, rows)
  }

  @Test func `rows come in the order of the subjects, and a no is status 6`() throws {
    let subjects = ["alice@files.test", "none.test", "bücher.test", "nobody.test", "outside.test"]
    let result = try check(subjects)
    #expect(result.status == 6)
    #expect(result.rows.dropLast().map { $0["subject"] as? String } == subjects)
    #expect(
      result.rows.dropLast().map { $0["verdict"] as? String }
        == ["yes", "no", "yes", "unknown", "yes-with-action"])
    let imap = try #require(result.rows[0]["imap"] as? [String: Any])
    #expect(imap["host"] as? String == "imap.files.test")
    #expect(imap["port"] as? Int == 993, "the port that is meant, not the laboratory's")
    #expect(imap["username"] as? String == "alice")
    let sources = (result.rows[3]["evidence"] as? [[String: Any]])?.map { $0["source"] as? String }
    #expect(
      sources == [
        "facts", "facts", "autoconfig", "autoconfig", "srv", "srv", "mx", "server", "server",
        "server",
      ])
    let action = (result.rows[4]["action"] as? [[String: Any]])?.first
    #expect(action?["kind"] as? String == "confirm-server")
    #expect(result.rows.last?["no"] as? Int == 1)
  }

  @Test func `an unknown is a no only if strict`() throws {
    #expect(try check(["nobody.test"]).status == 0)
    #expect(try check(["nobody.test", "--strict"]).status == 6)
    #expect(try check(["files.test", "--strict"]).status == 0)
  }
}
