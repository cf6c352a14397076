import ConfigFormats
import Foundation
import GRDB
import Synchronization
import Testing

@testable import ProfileRewriter

/// What holds for Evolution beyond the laws of every client.
@Suite struct EvolutionLaws {
  private static let pop = Array("pop".utf8)

  private func sandbox(_ variant: String) throws -> Sandbox {
    try Sandbox(try Fixture.named(variant, of: "evolution"))
  }

  private func account(_ key: String, _ sandbox: Sandbox) throws -> KeyFileDocument {
    let file = sandbox.profile.appendingPathComponent("sources/\(key).source")
    return try KeyFileDocument(parsing: [UInt8](try Data(contentsOf: file)))
  }

  private func backends(_ sandbox: Sandbox) throws -> [String: [UInt8]?] {
    try Dictionary(
      uniqueKeysWithValues: sandbox.fixture.imap.keys.map {
        ($0, try account($0, sandbox).value(forKey: "Mail Account/BackendName"))
      })
  }

  /// A file that ends in `.source` becomes a live account, were it there for an instant only.
  @Test(arguments: ["two", "filters", "hand-edited"])
  func noStraySourceAtAnyInstant(_ variant: String) throws {
    let sandbox = try sandbox(variant)
    func sources() throws -> [String] {
      try FileManager.default.contentsOfDirectory(
        atPath: sandbox.profile.appendingPathComponent("sources").path
      ).filter { $0.hasSuffix(".source") }.sorted()
    }
    let names = try sources()
    for run in [{ try sandbox.apply() }, { try sandbox.rollback() }] {
      let album = try Album.of(sandbox) { _ = try run() }
      #expect(album.pictures.count > 6)
      for picture in album.pictures {
        try picture.restore(into: sandbox)
        #expect(try sources() == names, "\(picture)")
      }
    }
  }

  /// POP's list of fetched messages stands whenever an account is POP, or POP fetches all mail
  /// again: also when somebody cleared the cache and Evolution moved the list there.
  @Test func theListOfFetchedMailComesBackBeforePOPDoes() throws {
    let sandbox = try sandbox("keep")
    let before = try sandbox.tree()
    let key = try #require(sandbox.fixture.imap.keys.first)
    try sandbox.apply()
    let data = sandbox.home.appendingPathComponent(".local/share/evolution/mail/\(key)")
    let list = ".local/share/evolution/mail/\(key)/uid-cache"
    let others = before.keys.filter { $0.hasPrefix(".local/share/evolution/mail/\(key)") }
    try FileManager.default.removeItem(at: data)
    let album = try Album.of(sandbox) { try sandbox.rollback() }
    for picture in album.pictures {
      try picture.restore(into: sandbox)
      guard try backends(sandbox)[key] == Self.pop else { continue }
      #expect(try sandbox.tree()[list] == before[list], "\(picture)")
      try sandbox.engine.recover { _ in }
      let left = differences(before, try sandbox.tree()).filter { !others.contains($0) }
      #expect(left == [], "\(picture)")
    }
    #expect(try sandbox.tree()[list] == before[list])
  }

  /// Of two accounts one goes back: whatever kills the undo, that one is POP or IMAP as a whole, and
  /// the other stays what it is.
  @Test func undoOfOneAccountSettlesFromEveryInstant() throws {
    for user in ["alice@lab.test", "bob@lab.test"] {
      let sandbox = try sandbox("two")
      let before = try sandbox.tree()
      try sandbox.apply()
      let album = try Album.of(sandbox) { try sandbox.rollback(.lastRun, user) }
      var seen: Set<String> = []
      for picture in album.pictures {
        try picture.restore(into: sandbox)
        try sandbox.engine.recover { _ in }
        let change = try #require(try sandbox.engine.history().first)
        #expect(change.state == .applied, "\(picture)")
        for account in change.accounts {
          let backend = try backends(sandbox)[account.key]
          let isBack = change.undoneAccounts.contains(account.key)
          #expect((backend == Self.pop) == isBack, "\(picture)")
          if account.from.username != user { #expect(!isBack) }
          if isBack { seen.insert(account.key) }
        }
      }
      #expect(seen.count == 1)
      try sandbox.rollback(.all)
      #expect(differences(before, try sandbox.tree()) == [])
    }
  }

  /// Rules go on again only where the cache proves a whole first synchronisation, in a change of its
  /// own that goes with the one it completes.
  @Test func finishWaitsForProofAndGoesWithItsChange() throws {
    let sandbox = try sandbox("filters")
    let before = try sandbox.tree()
    let key = try #require(sandbox.fixture.imap.keys.first)
    try sandbox.apply()
    let switched = try sandbox.tree()
    func filterInbox() throws -> [UInt8]? {
      try account(key, sandbox).value(forKey: "Imapx Backend/FilterInbox")
    }
    let cache = sandbox.home.appendingPathComponent(".cache/evolution/mail/\(key)/folders.db")
    for unproved in [
      nil, "4 1700000000 0 0", "5 1700000000 13 2", "4 1700000000 13", "4 0 13 2", "rubbish",
    ] {
      if let unproved { try Self.writeCache(cache, inbox: unproved) }
      let stamps = try sandbox.stamps()
      #expect(try finish(sandbox).map(\.reason) == [.notYet], "\(unproved ?? "no cache")")
      #expect(try sandbox.stamps() == stamps)
    }
    try Self.writeCache(cache, inbox: "4 1700000000 13 2")
    let rows = try finish(sandbox)
    #expect(rows.map(\.status) == [.applied], "\(rows)")
    #expect(try filterInbox() == Array("true".utf8))
    let changes = try sandbox.engine.history()
    #expect(changes.count == 2)
    #expect(changes.first?.followUpOf == changes.last?.id)
    #expect(try finish(sandbox).isEmpty, "nothing is left to do")

    let undone = try sandbox.rollback(.changes([try #require(changes.last?.id)]))
    #expect(undone.allSatisfy { $0.status == .undone } && undone.count == 2, "\(undone)")
    try FileManager.default.removeItem(at: cache)
    let directories = switched.keys.filter { before[$0] == nil && switched[$0]?.content == nil }
    let left = differences(before, try sandbox.tree()).filter { !directories.contains($0) }
    #expect(left == [])
  }

  /// A second switch finds the cache of the first: it proves nothing until it has moved on.
  @Test func aCacheFromBeforeProvesNothing() throws {
    let sandbox = try sandbox("filters")
    let key = try #require(sandbox.fixture.imap.keys.first)
    let cache = sandbox.home.appendingPathComponent(".cache/evolution/mail/\(key)/folders.db")
    try FileManager.default.createDirectory(
      at: cache.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Self.writeCache(cache, inbox: "4 1700000000 13 2")
    try sandbox.apply()
    #expect(try finish(sandbox).map(\.reason) == [.notYet])
    // Rows of a message that came, but the synchronisation did not come to its end.
    try Self.writeCache(cache, inbox: "4 1700000000 14 3", rows: 1)
    #expect(try finish(sandbox).map(\.reason) == [.notYet])
    try Self.writeCache(cache, inbox: "4 1700000000 14 3")
    let journal = URL(fileURLWithPath: cache.path + "-journal")
    try Data("hot".utf8).write(to: journal)
    #expect(try finish(sandbox).map(\.reason) == [.notYet])
    try FileManager.default.removeItem(at: journal)
    #expect(try finish(sandbox).map(\.status) == [.applied])
  }

  /// What the cache does not prove the account's own server may; its answer counts for what was asked.
  @Test func aServerIsAskedWhereTheCacheProvesNothing() throws {
    let sandbox = try sandbox("filters")
    let key = try #require(sandbox.fixture.imap.keys.first)
    let cache = sandbox.home.appendingPathComponent(".cache/evolution/mail/\(key)/folders.db")
    try FileManager.default.createDirectory(
      at: cache.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Self.writeCache(cache, inbox: "4 1700000000 13 2")
    try sandbox.apply()
    let imap = try #require(sandbox.engine.history().first?.accounts.first?.to)
    #expect(try sandbox.engine.accountsToAsk(FinishRequest()) == [imap])

    func asked(_ server: Server) throws -> [ResultRow] {
      var engine = sandbox.engine
      engine.configuration.mailboxCheck = server
      var rows: [ResultRow] = []
      try engine.finish(FinishRequest()) { rows.append($0) }
      return rows
    }
    let stamps = try sandbox.stamps()
    let silent = try asked(Server { _ in .unanswered(Refusal(.serverUnreachable, "silence")) })
    #expect(silent.map(\.reason) == [.serverUnreachable])
    let more = try asked(Server { _ in .not("one more") })
    #expect(more.map(\.reason) == [.notYet] && more.first?.text?.hasPrefix("one more: ") == true)
    #expect(try sandbox.stamps() == stamps)
    // The client was there while the server thought.
    let late = try asked(
      Server { _ in
        try? Self.writeCache(cache, inbox: "4 1700000000 13 2", rows: 12, first: 2)
        return .allKnown
      })
    #expect(late.map(\.reason) == [.notYet], "\(late)")
    #expect(try sandbox.engine.history().count == 1)

    let questions = Mutex<[MailboxQuestion]>([])
    let rows = try asked(
      Server { question in
        questions.withLock { $0.append(question) }
        return .allKnown
      })
    #expect(rows.map(\.status) == [.applied], "\(rows)")
    #expect(
      questions.withLock(\.self) == [
        MailboxQuestion(
          settings: imap, mailbox: "INBOX", validity: 1_700_000_000, known: Set(2...13))
      ])
    #expect(
      try account(key, sandbox).value(forKey: "Imapx Backend/FilterInbox") == Array("true".utf8))
    #expect(try sandbox.rollback(.lastRun).allSatisfy { $0.status == .undone })
  }

  private struct Server: MailboxCheck {
    var reply: @Sendable (MailboxQuestion) -> MailboxAnswer

    init(_ reply: @escaping @Sendable (MailboxQuestion) -> MailboxAnswer) { self.reply = reply }

    func answer(_ question: MailboxQuestion) -> MailboxAnswer { reply(question) }
  }

  /// The last run that switched anything goes back whole, with what finish did; also when somebody has
  /// taken the IMAP settings out since.
  @Test(arguments: [false, true]) func theLastSwitchGoesBackAfterFinish(_ isTakenOut: Bool) throws {
    let sandbox = try sandbox("filters")
    let key = try #require(sandbox.fixture.imap.keys.first)
    let original = try account(key, sandbox)
    try sandbox.apply()
    let cache = sandbox.home.appendingPathComponent(".cache/evolution/mail/\(key)/folders.db")
    try Self.writeCache(cache, inbox: "4 1700000000 13 2")
    #expect(try finish(sandbox).map(\.status) == [.applied])
    if isTakenOut {
      let now = try account(key, sandbox)
      let edits = try now.edits(removingBranch: "Imapx Backend/")
      try Data(try now.source.applying(edits)).write(
        to: sandbox.profile.appendingPathComponent("sources/\(key).source"))
    }
    let rows = try sandbox.rollback(.lastRun)
    #expect(rows.count == 2 && rows.allSatisfy { $0.status == .undone }, "\(rows)")
    let now = try account(key, sandbox)
    for name in original.keys(withPrefix: "") {
      #expect(now.value(forKey: name) == original.value(forKey: name), "\(name)")
    }
    #expect(!now.hasGroup("Imapx Backend"))
  }

  /// Of an account switched twice, as after a restored backup, the newer change alone speaks: what
  /// the older knew of the cache is of another time.
  @Test func anOlderChangeDoesNotSpeakForTheAccount() throws {
    let sandbox = try sandbox("filters")
    let key = try #require(sandbox.fixture.imap.keys.first)
    let file = sandbox.profile.appendingPathComponent("sources/\(key).source")
    let original = try Data(contentsOf: file)
    try sandbox.apply()
    let cache = sandbox.home.appendingPathComponent(".cache/evolution/mail/\(key)/folders.db")
    try Self.writeCache(cache, inbox: "4 1700000000 13 2")
    try original.write(to: file)
    try sandbox.apply()
    #expect(try finish(sandbox).map(\.reason) == [.notYet])
    #expect(
      try account(key, sandbox).value(forKey: "Imapx Backend/FilterInbox") == Array("false".utf8))
  }

  /// Two accounts of one profile, switched in two runs: completed in one.
  @Test func finishCompletesTwoChangesOfOneProfile() throws {
    let sandbox = try sandbox("two")
    let rules = Fixture.directory.appendingPathComponent(
      "evolution/filters/home/.config/evolution/mail/filters.xml")
    let mail = sandbox.profile.appendingPathComponent("mail")
    try FileManager.default.createDirectory(at: mail, withIntermediateDirectories: true)
    try? FileManager.default.removeItem(at: mail.appendingPathComponent("filters.xml"))
    try FileManager.default.copyItem(at: rules, to: mail.appendingPathComponent("filters.xml"))
    for user in ["alice@lab.test", "bob@lab.test"] { try sandbox.apply(user) }
    for key in sandbox.fixture.imap.keys {
      try Self.writeCache(
        sandbox.home.appendingPathComponent(".cache/evolution/mail/\(key)/folders.db"),
        inbox: "4 1700000000 13 2")
    }
    let rows = try finish(sandbox)
    #expect(rows.map(\.status) == [.applied, .applied], "\(rows)")
  }

  /// A killed apply that is in place has something to finish, too: it is settled, then completed.
  @Test func finishGoesOnAfterAKilledApply() throws {
    let sandbox = try sandbox("filters")
    let key = try #require(sandbox.fixture.imap.keys.first)
    let album = try Album.of(sandbox) { try sandbox.apply() }
    let picture = try #require(
      try album.pictures.last { picture in
        try picture.restore(into: sandbox)
        let state = try sandbox.engine.history().first?.state
        return try state == .prepared && sandbox.isSwitched()
      })
    try picture.restore(into: sandbox)
    try Self.writeCache(
      sandbox.home.appendingPathComponent(".cache/evolution/mail/\(key)/folders.db"),
      inbox: "4 1700000000 13 2")
    var rows: [ResultRow] = []
    let summary = try sandbox.engine.finish(FinishRequest()) { rows.append($0) }
    #expect(rows.map(\.status) == [.applied, .applied])
    #expect(summary.applied == rows.count, "what was settled is counted, too")
    #expect(
      try account(key, sandbox).value(forKey: "Imapx Backend/FilterInbox") == Array("true".utf8))
    #expect(try sandbox.engine.history().map(\.state) == [.applied, .applied])
  }

  /// An account that its user has deleted since has nothing to go back to, and is done with.
  @Test func anAccountThatIsGoneIsDoneWith() throws {
    let sandbox = try sandbox("keep")
    let key = try #require(sandbox.fixture.imap.keys.first)
    try sandbox.apply()
    try FileManager.default.removeItem(
      at: sandbox.profile.appendingPathComponent("sources/\(key).source"))
    let rows = try sandbox.rollback()
    #expect(rows.map(\.status) == [.undone], "\(rows)")
    #expect(try sandbox.engine.history().first?.state == .undone)
  }

  /// By the user's name alone, as the help says.
  @Test func aPlainUserNameMatches() throws {
    let sandbox = try sandbox("plain")
    let user = try #require(
      try sandbox.apply().first.flatMap { _ in
        try sandbox.engine.history().first?.accounts.first?.from.username
      })
    #expect(try sandbox.rollback(.all, "nobody").isEmpty)
    #expect(try sandbox.rollback(.all, user).map(\.status) == [.undone])
  }

  private func finish(_ sandbox: Sandbox) throws -> [ResultRow] {
    var rows: [ResultRow] = []
    try sandbox.engine.finish(FinishRequest()) { rows.append($0) }
    return rows
  }

  /// A cache as Evolution leaves it (the columns that count), with 12 messages or `rows`.
  private static func writeCache(
    _ file: URL, inbox: String, rows: Int = 12, first: Int = 1
  ) throws {
    try? FileManager.default.removeItem(at: file)
    let database = try DatabaseQueue(path: file.path)
    try database.write { db in
      try db.execute(sql: "CREATE TABLE folders (folder_name TEXT, saved_count INT, bdata TEXT)")
      try db.execute(sql: "INSERT INTO folders VALUES ('INBOX', 12, ?)", arguments: [inbox])
      try db.execute(sql: "CREATE TABLE INBOX (uid TEXT PRIMARY KEY)")
      for uid in first..<first + rows {
        try db.execute(sql: "INSERT INTO INBOX VALUES (?)", arguments: ["\(uid)"])
      }
    }
    try database.close()
  }
}
