import Adapters
import Foundation
import MailFormats
import Testing

@testable import ProfileRewriter

/// The local mail of Claws Mail and Sylpheed, MH folders below the home.
@Suite struct MHReadingLaws {
  private struct Found: Equatable {
    var place: String
    var flags: MessageFlags
    var keywords: [String]
    var damage: MessageDamage?
  }

  /// What the real client fetched, 12 or 19 messages, none of them read.
  @Test(arguments: Fixture.all.filter { ["claws-mail", "sylpheed"].contains($0.client) })
  func fixturesHaveTheirMail(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let accounts = "\(fixture)".hasSuffix("/two") ? 2 : 1
    let mail = try #require(try self.mail(sandbox))
    #expect(mail.accounts.count == accounts)
    #expect(mail.isCommon == (accounts == 2))
    var messages: [Found] = []
    for folder in mail.source.folders { messages += try read(folder, mail) }
    #expect(messages.count == (accounts == 2 ? 19 : 12))
    #expect(messages.allSatisfy { $0.flags.isEmpty && $0.damage == nil })
    let place = try #require(messages.last?.place)
    #expect(place == "inbox, \(messages.count)", "in the order of the numbers")
  }

  /// It is the account's once it is IMAP, too.
  @Test func afterTheSwitchTheMailIsTheSame() throws {
    let sandbox = try Sandbox(try Fixture.named("tls", of: "claws-mail"))
    let before = try #require(try mail(sandbox))
    try sandbox.apply()
    let after = try #require(try mail(sandbox, includingIMAP: true))
    #expect(before.source.folders == after.source.folders)
  }

  @Test func strangeFolders() throws {
    let sandbox = try Sandbox(try Fixture.named("tls", of: "claws-mail"))
    let inbox = sandbox.home.appendingPathComponent("Mail/inbox")
    let files = FileManager.default
    for number in 1...12 where number != 7 {
      try files.removeItem(at: inbox.appendingPathComponent("\(number)"))
    }
    func put(_ name: String, _ bytes: [UInt8]) throws {
      try Data(bytes).write(to: inbox.appendingPathComponent(name))
    }
    let sound = Array("From: a@lab.test\n\nFrom here\n".utf8)
    try put("100", sound)
    try put("2000000000", Array("no message at all\n".utf8))
    try put("12", [])
    try put("13", Array("Subject: broken off".utf8))
    for name in ["007", "0", "3000000000", "5.bak", "x"] { try put(name, sound) }
    try files.createDirectory(
      at: inbox.appendingPathComponent("2023"), withIntermediateDirectories: false)
    #expect(mkfifo(inbox.appendingPathComponent("14").path, 0o600) == 0)
    // 7: replied and forwarded; 13: none; 100: marked, tag 3 and one that has no name.
    try put(".claws_mark", words([2, 7, 0b11_0000, 100, 0b100]))
    try put(".claws_tags", words([1, 100, 3, 4, .max]))
    try Data("max_id 3\n3\tto do\n".utf8).write(
      to: sandbox.profile.appendingPathComponent("tagsrc"))

    let mail = try #require(try self.mail(sandbox))
    let folder = try #require(mail.source.folders.first)
    #expect(
      try read(folder, mail) == [
        Found(place: "inbox, 7", flags: [.seen, .answered, .forwarded], keywords: [], damage: nil),
        Found(place: "inbox, 12", flags: [], keywords: [], damage: .truncated),
        Found(place: "inbox, 13", flags: [], keywords: [], damage: .truncated),
        Found(place: "inbox, 100", flags: [.seen, .flagged], keywords: ["to_do"], damage: nil),
        Found(place: "inbox, 2000000000", flags: [], keywords: [], damage: .notAMessage),
      ])
  }

  /// A label is the keyword by which Sylpheed keeps it on a server.
  @Test func labelsOfSylpheed() throws {
    let sandbox = try Sandbox(try Fixture.named("tls", of: "sylpheed"))
    try Data(words([2, 1, 3 << 7])).write(
      to: sandbox.home.appendingPathComponent("Mail/inbox/.sylpheed_mark"))
    let mail = try #require(try self.mail(sandbox))
    let folder = try #require(mail.source.folders.first)
    #expect(try read(folder, mail).first?.keywords == ["$label3"])
  }

  @Test func aLinkIsNotFollowed() throws {
    let sandbox = try Sandbox(try Fixture.named("tls", of: "claws-mail"))
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.home.appendingPathComponent("Mail/inbox/99").path,
      withDestinationPath: "/etc/passwd")
    let mail = try #require(try self.mail(sandbox))
    let folder = try #require(mail.source.folders.first)
    do {
      _ = try read(folder, mail)
      Issue.record("it was read")
    } catch { #expect((error as? Refusal)?.reason == .symlink) }
  }

  @Test(arguments: ["Mail/inbox/13", "Mail/inbox/.claws_mark"])
  func whatChangesMeanwhileIsStale(_ path: String) throws {
    let sandbox = try Sandbox(try Fixture.named("tls", of: "claws-mail"))
    let mail = try #require(try self.mail(sandbox))
    let folder = try #require(mail.source.folders.first)
    let traces = try mail.source.traces(of: folder)
    do {
      try mail.source.forEachMessage(of: folder) { _ in
        _ = FileManager.default.createFile(
          atPath: sandbox.home.appendingPathComponent(path).path, contents: Data([1]))
        return true
      }
      Issue.record("nothing was noticed")
    } catch { #expect(error.reason == .stale) }
    #expect(try mail.source.traces(of: folder) != traces)
  }

  private func words(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
  }

  private func mail(_ sandbox: Sandbox, includingIMAP: Bool = false) throws -> LocalMail? {
    var found: [LocalMail] = []
    sandbox.engine.localMail(sandbox.selection(), includingIMAP: includingIMAP) { row in
      if case .mail(let mail) = row { found.append(mail) } else { Issue.record("\(row)") }
    }
    #expect(found.count == 1)
    return found.first
  }

  private func read(_ folder: MailFolder, _ mail: LocalMail) throws -> [Found] {
    var found: [Found] = []
    try mail.source.forEachMessage(of: folder) { message in
      found.append(
        Found(
          place: message.place, flags: message.marks.flags,
          keywords: message.marks.keywords.map { String(decoding: $0, as: UTF8.self) },
          damage: message.damage))
      return true
    }
    return found
  }
}
