import Foundation
import Glibc
import ProfileRewriter
import Testing

@testable import MailCheck
@testable import MailUpload
@testable import upload_maildir

/// Uploads to a real Dovecot, read back by Python's imaplib.
@Suite(.serialized) struct UploadTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  struct Run {
    var folders: [String: UploadedFolder] = [:]
    var problems: [MessageProblem] = []
    var refusal: Refusal?

    var uploaded: Int { folders.values.reduce(0) { $0 + $1.uploaded } }
    var present: Int { folders.values.reduce(0) { $0 + $1.present } }
  }

  private func account(_ port: Int, _ security: TransportSecurity) -> ServerSettings {
    ServerSettings(
      host: "localhost", port: port, security: security, auth: .passwordCleartext,
      username: "alice@lab.test")
  }

  @discardableResult
  private func upload(
    _ local: LocalMaildir, to port: Int, _ security: TransportSecurity = .tls,
    state: String = "state",
    _ change: (inout UploadOrder) -> Void = { _ in }
  ) throws -> Run {
    var order = UploadOrder(
      account: account(port, security), source: try MaildirSource(local.path))
    change(&order)
    var run = Run()
    var around = UploadSurroundings(stateDirectory: Array(scratch.path(state).utf8))
    around.connection = ConnectionSettings(trust: .laboratory)
    around.quiet = 0.5
    around.emit = { event in
      switch event {
      case .folder(let row): run.folders[row.folder.shown] = row
      case .message(let problem): run.problems.append(problem)
      }
    }
    do throws(Refusal) {
      try AccountUpload(order, Secret(copying: "lab-pass".utf8), around).run()
    } catch {
      run.refusal = error
    }
    return run
  }

  private func expect(
    _ local: LocalMaildir, on dovecot: Dovecot, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let seen = try SeenMailbox.all(on: dovecot)
    for (mailbox, messages) in local.expected {
      #expect(
        seen[mailbox]?.plain == messages.inOrder, "\(mailbox)", sourceLocation: sourceLocation)
      #expect(
        mailbox == "INBOX" || seen[mailbox]?.subscribed == true, "\(mailbox)",
        sourceLocation: sourceLocation)
    }
    for (mailbox, content) in seen where local.expected[mailbox] == nil {
      #expect(content.messages.isEmpty, "\(mailbox)", sourceLocation: sourceLocation)
    }
  }

  private static func text(_ number: Int, id: String? = nil, body: String = "Text.\n") -> String {
    (id.map { "Message-ID: <\($0)>\n" } ?? "")
      + "From: a@example.org\nSubject: number \(number)\nDate: Tue, 3 Nov 2026 10:00:00 +0100\n\n"
      + body
  }

  /// All kinds of messages and folders.
  private func fill(_ local: LocalMaildir) throws {
    for number in 1...130 {
      try local.add(
        Self.text(number, id: "m\(number)@example.org"), flags: number % 2 == 0 ? "S" : "RS",
        date: 1_500_000_000 + number * 86_399)
    }
    try local.add(Self.text(0), flags: "FRS", keywords: ["$label1", "work"])
    try local.add(Self.text(1), flags: "D", keywords: ["$Forwarded"])
    try local.add("Subject: CRLF\r\n\r\nOne\r\nTwo\r\n\r\n\r\n")
    try local.add("Subject: mixed\r\n\nOne\nTwo\r\nThree")
    try local.add("Subject: header only\n")
    try local.add(Array("Subject: \u{e4}\n\n".utf8) + [0xe4, 0xff, 0x80, 10])
    try local.add("Subject: From\n\nFrom the start\n>From quoted\n.\n..\n")
    try local.add(
      Self.text(
        2, id: "large@example.org", body: String(repeating: "0123456789abcde\n", count: 200_000)),
      to: ".Archives.2023", flags: "S", mailbox: "Archives.2023")
    try local.add(Self.text(3), to: ".Sent", mailbox: "Sent")
    try local.add(
      Self.text(4), to: ".Entw&APw-rfe.Stra&AN8-e &JjoDuw-", mailbox: "Entwürfe.Straße ☺λ")
    try local.add(Self.text(5), to: ".v1=2E5", mailbox: "v1_5")
    try local.add(Self.text(6), to: ".a=2Fb & \"c\" %*", mailbox: "a/b & \"c\" %*")
  }

  enum Server: String, CaseIterable {
    case asItIs
    case bare = "IMAP4rev1 AUTH=PLAIN NAMESPACE UNSELECT"
    case small = "IMAP4rev1 AUTH=PLAIN LITERAL- UIDPLUS"
    case pipelined = "IMAP4rev1 AUTH=PLAIN LITERAL+"

    /// Dovecot takes what it does not offer: that none of it is used is told by the client's tests.
    var settings: String { self == .asItIs ? "" : "imap_capability = \(rawValue)" }
  }

  @Test(arguments: Server.allCases) func `everything arrives once`(_ server: Server) throws {
    let dovecot = try Dovecot(
      in: scratch,
      settings: server.settings + "\nmaildir_empty_new = yes\n"
        + "namespace inbox {\n inbox = yes\n separator = .\n}\n")
    let local = try LocalMaildir(in: scratch)
    try fill(local)
    let before = try local.fingerprint()
    let first = try upload(local, to: dovecot.imaps)
    #expect(first.refusal == nil && first.problems.isEmpty, "\(first)")
    #expect(first.uploaded == local.expected.values.reduce(0) { $0 + $1.count })
    try expect(local, on: dovecot)
    let second = try upload(local, to: dovecot.imaps)
    #expect(second.uploaded == 0 && second.present == first.uploaded, "\(second)")
    try expect(local, on: dovecot)
    // Without the record the server alone tells.
    let third = try upload(local, to: dovecot.imaps, state: "other-state")
    #expect(third.uploaded == 0 && third.present == first.uploaded, "\(third)")
    try expect(local, on: dovecot)
    #expect(try local.fingerprint() == before)
  }
}
