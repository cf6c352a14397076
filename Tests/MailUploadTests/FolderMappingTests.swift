import MailFormats
import ProfileRewriter
import Testing

@testable import MailCheck
@testable import MailUpload

@Suite struct FolderMappingTests {
  private static func folder(_ names: [String], _ role: MailFolder.Role? = nil) throws -> MailFolder
  {
    MailFolder(
      names: names, role: role, path: try #require(RelativePath(names.joined(separator: "/"))),
      format: .maildir)
  }

  private static func mapped(
    _ folders: [MailFolder], prefix: String = "", separator: String = "/",
    server: [(String, String)] = [], into: [String]? = nil
  ) -> [String] {
    let layout = ServerLayout(
      folders: server.map {
        IMAPFolder(name: $0.0, delimiter: separator, attributes: $0.1.isEmpty ? [] : [$0.1])
      }, namespaces: [IMAPNamespace(prefix: prefix, delimiter: separator)])
    return FolderMapping(layout, into: into).map(folders).map {
      String(decoding: $0.mailbox, as: UTF8.self)
    }
  }

  @Test func `roles, and what lies below them`() throws {
    let folders = [
      try Self.folder(["Inbox"], .inbox), try Self.folder(["Inbox", "Work"]),
      try Self.folder(["Sent"], .sent), try Self.folder(["Sent", "2023"]),
      try Self.folder(["Drafts"], .drafts), try Self.folder(["Outbox"], .outbox),
      try Self.folder(["Other"]),
    ]
    #expect(
      Self.mapped(
        folders, server: [("INBOX", ""), ("Gesendet", "\\sent"), ("Gone", "\\nonexistent")])
        == ["INBOX", "INBOX/Work", "Gesendet", "Gesendet/2023", "Drafts", "Other"])
  }

  @Test func `a prefix, and names that the server could not tell apart`() throws {
    let folders = [
      try Self.folder(["Inbox"], .inbox), try Self.folder(["v1.2", "a/b"]),
      try Self.folder(["Entwürfe & mehr"]), try Self.folder(["a\tb"]),
    ]
    #expect(
      Self.mapped(folders, prefix: "INBOX.", separator: ".")
        == ["INBOX", "INBOX.v1_2.a/b", "INBOX.Entw&APw-rfe &- mehr", "INBOX.a_b"])
    #expect(Self.mapped(folders)[1] == "v1.2/a_b")
  }

  @Test func `all below one folder`() throws {
    let folders = [try Self.folder(["Inbox"], .inbox), try Self.folder(["Sent"], .sent)]
    #expect(
      Self.mapped(folders, server: [("Sent", "\\sent")], into: ["Old", "mail"])
        == ["Old/mail/Inbox", "Old/mail/Sent"])
  }

  @Test func `what is there is not new`() throws {
    let layout = ServerLayout(
      folders: [IMAPFolder(name: "Inbox", delimiter: "/", attributes: [])], namespaces: [])
    let folders = [try Self.folder(["Inbox"], .inbox), try Self.folder(["Sent"], .sent)]
    #expect(FolderMapping(layout).map(folders).map(\.isNew) == [false, true])
  }

  @Test func keywords() {
    let mailbox = IMAPMailbox(messages: 0)
    func selected(_ flags: [String]?) -> IMAPSelected {
      IMAPSelected(
        mailbox: mailbox, permanentFlags: flags.map { $0.map { Array($0.utf8) } }, isReadOnly: false
      )
    }
    let marks = MessageMarks(
      flags: [.seen, .forwarded], keywords: [Array("$label1".utf8), Array("a b".utf8)])
    func chosen(_ flags: [String]?) -> [String] {
      KeywordChoice(selected(flags)).flags(of: marks).flags.map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    #expect(chosen(["\\Seen", "\\*"]) == ["\\Seen", "$label1", "$Forwarded"])
    #expect(chosen(["\\seen", "$Label1"]) == ["\\Seen", "$label1"])
    #expect(chosen(nil) == ["\\Seen", "$label1", "$Forwarded"])
    #expect(chosen([]) == [])
    #expect(!KeywordChoice(selected(nil)).flags(of: marks).areAll)
  }
}
