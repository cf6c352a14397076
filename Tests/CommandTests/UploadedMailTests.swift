import Foundation
import ProfileRewriter
import Testing

@testable import Command
@testable import MailUpload

/// What was uploaded is not fetched again by POP without a word; and `upload` where there is nothing
/// to do. Uploads themselves: `Tests/UploadTests/run`.
@Suite struct UploadedMailTests {
  private let target = ["--imap-host", "imap.example.net"]

  private func recordUploads(_ home: ThunderbirdHome, _ count: UInt8, username: String) throws {
    let record = try #require(
      try UploadRecord.open(stateDirectory: Array(home.state.path.utf8), create: true))
    let inbox = try RecordedMailbox(
      record, host: "imap.example.net", username: username, name: Array("INBOX".utf8), validity: 1)
    try inbox.commit(
      settled: (1...count).map {
        RecordedMailbox.Entry(
          digest: [UInt8](repeating: $0, count: 32), state: .uploaded, uid: UInt32($0), size: 1)
      })
  }

  @Test func `an undo says how many messages come again, and wants a yes`() throws {
    let home = try ThunderbirdHome()
    let before = try home.contents()
    #expect(try Program.run(["apply"] + target + home.arguments).status == 0)
    try recordUploads(home, 3, username: "alice@example.net")
    let switched = try home.contents()
    let undo = ["rollback", "--last", "--json", "--state", home.state.path]
    let refused = try Program.run(undo)
    #expect(refused.status == 3)
    let row = try #require(try refused.rows().first)
    #expect(row["status"] as? String == "refused" && row["reason"] as? String == "mail-uploaded")
    #expect((row["text"] as? String)?.hasPrefix("3 messages ") == true, "\(row)")
    #expect(try home.contents() == switched)
    let done = try Program.run(undo + ["--yes"])
    #expect(done.status == 0)
    let warnings = try #require(try done.rows().first?["warnings"] as? [[String: Any]])
    #expect(warnings.contains { $0["code"] as? String == "mail-fetched-again" })
    #expect(try home.contents() == before)
  }

  @Test func `uploads to another account are in nobody's way`() throws {
    let home = try ThunderbirdHome()
    #expect(try Program.run(["apply"] + target + home.arguments).status == 0)
    try recordUploads(home, 3, username: "bob@example.net")
    #expect(try Program.run(["rollback", "--last", "--state", home.state.path]).status == 0)
  }

  @Test func `what is still POP is not meant, and nobody is asked for a password`() throws {
    let home = try ThunderbirdHome()
    let result = try Program.run(["upload", "--json"] + home.arguments)
    #expect(result.status == 0)
    let rows = try result.rows()
    #expect(rows.count == 1 && rows[0]["command"] as? String == "upload")
    #expect(!FileManager.default.fileExists(atPath: home.state.path))
  }

  @Test func `a server that is not there has failed the run`() throws {
    let home = try ThunderbirdHome()
    let port = ["--imap-port", "1", "--security", "tls"]
    #expect(
      try Program.run(["apply", "--imap-host", "localhost"] + port + home.arguments).status == 0)
    let result = try Program.run(
      ["upload", "--json", "--password-command", "echo secret-of-the-test"] + home.arguments)
    #expect(result.status == 1)
    let row = try #require(try result.rows().first)
    #expect(row["type"] as? String == "refused" && row["reason"] as? String == "server-unreachable")
    #expect(!result.output.contains("secret-of-the-test"))
  }
}
