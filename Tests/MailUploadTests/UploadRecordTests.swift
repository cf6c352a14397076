import Foundation
import Glibc
import ProfileRewriter
import TestSupport
import Testing

@testable import MailUpload

@Suite struct UploadRecordTests {
  private let directory: [UInt8]
  private let path: String

  init() {
    path = FileManager.default.temporaryDirectory.path + "/upload-record-\(UUID().uuidString)"
    directory = Array(path.utf8)
  }

  private func record() throws -> UploadRecord {
    try #require(try UploadRecord.open(stateDirectory: directory, create: true))
  }

  private func mailbox(
    _ record: UploadRecord, _ name: String = "INBOX", validity: UInt32 = 7,
    host: String = "imap.example.org"
  ) throws -> RecordedMailbox {
    try RecordedMailbox(
      record, host: host, username: "a@example.org", name: Array(name.utf8), validity: validity)
  }

  private func digest(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }

  @Test func `what is sent is known, and what became of it`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let box = try mailbox(try record())
    try box.commit(sending: [(digest(1), 10), (digest(2), 20)], nextUID: 5)
    #expect(try box.sending().map(\.nextUID) == [5, 5])
    #expect(try box.state(of: digest(1)) == .sending)
    try box.commit(
      settled: [RecordedMailbox.Entry(digest: digest(1), state: .uploaded, uid: 5, size: 10)],
      forgotten: [digest(2)])
    // Another run.
    let again = try mailbox(try record())
    #expect(try again.state(of: digest(1)) == .uploaded && again.state(of: digest(2)) == nil)
    #expect(try again.sending().isEmpty && again.uids() == [5])
    #expect(try again.done() == (1, 10))
    // Numbered anew, it is another mailbox.
    #expect(try mailbox(try record(), validity: 8).state(of: digest(1)) == nil)
    #expect(try mailbox(try record(), host: "IMAP.Example.org").state(of: digest(1)) == .uploaded)
  }

  @Test func `what the mailbox has given is known, and forgotten with it`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let box = try mailbox(try record())
    #expect(try box.highestUID() == 0)
    func entry(_ number: UInt8, uid: UInt32?) -> RecordedMailbox.Entry {
      RecordedMailbox.Entry(digest: digest(number), state: .uploaded, uid: uid, size: 1)
    }
    // Each had a UID, although the server did not say which.
    try box.commit(settled: [entry(1, uid: nil), entry(2, uid: nil)])
    #expect(try box.highestUID() == 2)
    try box.commit(settled: [entry(3, uid: 7)], sending: [(digest(4), 1)], nextUID: 9)
    #expect(try box.highestUID() == 8)
    let other = try mailbox(try record(), "Sent")
    try other.commit(settled: [entry(1, uid: 1)])
    try box.forget()
    #expect(try box.highestUID() == 0 && box.sending().isEmpty && box.done() == (0, 0))
    #expect(try other.state(of: digest(1)) == .uploaded)
  }

  @Test func `what POP would fetch is in the inbox and ours`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    func entry(_ number: UInt8, _ state: RecordedMailbox.State) -> RecordedMailbox.Entry {
      RecordedMailbox.Entry(digest: digest(number), state: state, uid: UInt32(number), size: 1)
    }
    let record = try record()
    try mailbox(record, "inbox").commit(
      settled: [entry(1, .uploaded), entry(2, .found)], sending: [(digest(3), 1)])
    try mailbox(record, "Sent").commit(settled: [entry(4, .uploaded)])
    let uploads = RecordedUploads(stateDirectory: directory)
    func count(_ host: String) throws -> Int {
      try uploads.inboxMessages(
        of: ServerSettings(
          host: host, port: 993, security: .tls, auth: .passwordCleartext,
          username: "a@example.org"))
    }
    #expect(try count("IMAP.example.org") == 2 && count("imap.example.net") == 0)
  }

  @Test func `nobody else reads it, and nothing is made to look`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try UploadRecord.open(stateDirectory: directory, create: false) == nil)
    #expect(!FileManager.default.fileExists(atPath: path))
    let opened = try withUmask(0) {
      let opened = try record()
      try mailbox(opened).commit(sending: [(digest(1), 1)])
      return opened
    }
    defer { withExtendedLifetime(opened) {} }
    for name in try FileManager.default.contentsOfDirectory(atPath: path)
    where name.hasPrefix("upload.sqlite") {
      let mode = try FileManager.default.attributesOfItem(atPath: path + "/" + name)[
        .posixPermissions]
      #expect(mode as? Int == 0o600, "\(name)")
    }
  }
}
