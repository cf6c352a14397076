import ConfigFormats
import Foundation
import Testing

@testable import ProfileRewriter

/// Law 4 where the user has made something of what the switch added, or of what it changed: that is
/// theirs, and undo neither takes nor overwrites it. Each was seen with Thunderbird 153.
@Suite struct WhatTheUserMadeLaws {
  private let sandbox: Sandbox
  private let prefs: URL
  private let original: [String: [UInt8]]
  /// The old mail's account and server.
  private let account: String
  private let server: String

  init() throws {
    sandbox = try Sandbox(try Fixture.named("mbox"))
    prefs = sandbox.profile.appendingPathComponent("prefs.js")
    original = try ThunderbirdRewrite.values(prefs)
    try sandbox.apply()
    let change = try #require(try sandbox.engine.history().first)
    let branches = change.files.flatMap(\.branches).map { $0.prefix.split(separator: ".") }
    account = String(try #require(branches.first { $0[1] == "account" })[2])
    server = String(try #require(branches.first { $0[1] == "server" })[2])
  }

  private func set(_ values: KeyValuePairs<String, String?>) throws {
    var document = try PrefsDocument(parsing: [UInt8](try Data(contentsOf: prefs)))
    for (key, value) in values {
      let edits = try document.edits(setting: key, to: value.map { Array($0.utf8) })
      document = try PrefsDocument(parsing: try document.source.applying(edits))
    }
    try Data(document.source.bytes).write(to: prefs)
  }

  private var now: [String: [UInt8]] { get throws { try ThunderbirdRewrite.values(prefs) } }

  private func text(_ key: String) throws -> String? {
    try now[key].map { String(decoding: $0, as: UTF8.self) }
  }

  /// Once the old mail's account is removed, the client gives its server's number to the next one.
  @Test func anotherAccountOnTheNumberStays() throws {
    let carols: KeyValuePairs<String, String?> = [
      "mail.server.\(server).type": "\"imap\"",
      "mail.server.\(server).hostname": "\"imap.example.org\"",
      "mail.server.\(server).userName": "\"carol\"", "mail.server.\(server).name": "\"carol\"",
      "mail.server.\(server).directory": "\"/nowhere/ImapMail/imap.example.org\"",
      "mail.server.\(server).directory-rel": "\"[ProfD]ImapMail/imap.example.org\"",
      "mail.server.\(server).storeContractID": nil,
      "mail.account.account9.server": "\"\(server)\"",
    ]
    try set([
      "mail.account.\(account).server": nil,
      "mail.accountmanager.accounts": "\"account1,account2,account9\"",
    ])
    try set(carols)
    let rows = try sandbox.rollback()
    #expect(rows.map(\.status) == [.undone])
    #expect(
      rows.first?.warnings.contains { $0.code == .usedSince && $0.text.contains("stays") } == true)
    for (key, value) in carols { #expect(try text(key) == value, "\(key)") }
    #expect(try text("mail.accountmanager.accounts") == "\"account1,account2,account9\"")
    for key in ["type", "hostname", "directory-rel"].map({ "mail.server.server1.\($0)" }) {
      #expect(try now[key] == original[key])
    }
  }

  /// The mail is where the user has moved it, and the POP account would look in the old place.
  @Test func movedOldMailIsAConflict() throws {
    try set([
      "mail.server.\(server).directory": "\"/elsewhere/old\"",
      "mail.server.\(server).directory-rel": "\"[ProfD]../elsewhere/old\"",
    ])
    let tree = try sandbox.tree()
    let rows = try sandbox.rollback()
    #expect(rows.map(\.status) == [.conflict])
    #expect(rows.first?.text?.contains("mail.server.\(server).directory") == true)
    #expect(rows.first?.text?.contains("now \"/elsewhere/old\"") == true, "\(rows)")
    #expect(differences(tree, try sandbox.tree()) == [])
  }

  @Test func theUsersOwnFoldersStay() throws {
    let sent = "\"mailbox://nobody@Local%20Folders/Sent\""
    try set([
      "mail.identity.id1.fcc_folder": sent, "mail.server.server1.spamActionTargetFolder": sent,
      "mail.identity.id1.draft_folder": "\"imap://alice%40lab.test@imap.lab.test/INBOX/Drafts\"",
    ])
    let rows = try sandbox.rollback()
    #expect(rows.first?.warnings.contains { $0.text.contains("fcc_folder") } != true)
    #expect(try text("mail.identity.id1.fcc_folder") == sent)
    #expect(try text("mail.server.server1.spamActionTargetFolder") == sent)
    // What the client itself has put right goes back.
    #expect(try now["mail.identity.id1.draft_folder"] == original["mail.identity.id1.draft_folder"])
    #expect(try now["mail.server.server1.type"] == original["mail.server.server1.type"])
  }

  /// Written again, its keys would be those of the next identity that the client makes.
  @Test func aRemovedIdentityIsNotWrittenAgain() throws {
    let keys = try now.keys.filter { $0.hasPrefix("mail.identity.id1.") }
    for key in keys { try set([key: nil]) }
    _ = try sandbox.rollback()
    let left = try now.keys.filter { $0.hasPrefix("mail.identity.id1.") }.sorted()
    #expect(left == [])
    #expect(try now["mail.server.server1.type"] == original["mail.server.server1.type"])
  }

  /// Deferred to an account that is gone, an account fetches nothing and says nothing.
  @Test func anAccountDeferredToTheOldMailIsPointedToTheAccount() throws {
    try set([
      "mail.server.server7.type": "\"pop3\"",
      "mail.server.server7.deferred_to_account": "\"\(account)\"",
      "mail.server.server1.deferred_to_account": "\"\(account)\"",
    ])
    #expect(try sandbox.rollback().map(\.status) == [.undone])
    #expect(try text("mail.server.server7.deferred_to_account") == "\"account1\"")
    #expect(try now["mail.server.server1.deferred_to_account"] == nil)
  }
}
