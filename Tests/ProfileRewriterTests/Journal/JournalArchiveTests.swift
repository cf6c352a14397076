import ConfigFormats
import Foundation
import GRDB
import Testing

@testable import ProfileRewriter

@Suite struct JournalArchiveTests {
  private let here: JournalFixture
  private let there: JournalFixture

  init() throws {
    here = try JournalFixture()
    there = try JournalFixture()
    try here.journal.prepare([Sample.full("full", run: "20260101T000000-abcd")])
    try here.journal.markApplied(["full"])
    try here.journal.prepare([Sample.change("plain", run: "r2")])
    try here.journal.abandon("plain")
  }

  private func archive() throws -> [UInt8] { try here.journal.archive(here.journal.changes()) }

  @Test func everythingOfAChangeArrives() throws {
    try there.journal.take(there.journal.read(archive: archive(), name: "x"))
    #expect(try there.journal.changes() == here.journal.changes())
    #expect(try there.journal.runs() == here.journal.runs())
    let rows = "SELECT id, state, state_at, abandoned FROM change ORDER BY number"
    #expect(try Self.rows(there.journal, rows) == Self.rows(here.journal, rows))
    #expect(try there.journal.problems() == [])
  }

  private static func rows(_ journal: Journal, _ sql: String) throws -> [String] {
    try journal.database.read { db in
      try Row.fetchAll(db, sql: sql).map(\.description)
    }
  }

  /// Each byte of the file: either it is found to be damaged, or it says the same.
  @Test func noDamageGoesUnseen() throws {
    let whole = try archive()
    for place in stride(from: 0, to: whole.count, by: 97) {
      var damaged = whole
      damaged[place] ^= 0x20
      #expect(throws: Refusal.self, "byte \(place)") {
        try there.journal.read(archive: damaged, name: "x")
      }
    }
    for length in [0, 10, 120, whole.count - 1] {
      #expect(throws: Refusal.self) {
        try there.journal.read(archive: Array(whole.prefix(length)), name: "x")
      }
    }
  }

  /// A right checksum over something else: a forger can count, too.
  @Test func whatIsNoJournalIsRefused() throws {
    for content in [[], Array("no database".utf8), [UInt8](repeating: 0, count: 4096)] {
      #expect(throws: Refusal.self) {
        try there.journal.read(archive: JournalArchive.encode(content), name: "x")
      }
    }
  }

  /// Found by fuzzing: tables that promise nothing of what they hold, and hold something else.
  @Test(arguments: [
    (table: "account", column: "key", value: "NULL"), ("warning", "code", "x'ff'"),
    ("edit", "users", "7"), ("span", "start", "'x'"), ("grdb_migrations", "identifier", "NULL"),
    ("grdb_migrations", "identifier", "x'ff'"),
  ])
  func aForgedTableIsRefused(_ forged: (table: String, column: String, value: String)) throws {
    let good = try JournalArchive.decode(archive(), name: "x")
    let path = here.scratch.path + "/forged"
    try Data(good).write(to: URL(fileURLWithPath: path))
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.writeWithoutTransaction { db in
      try db.execute(
        sql: """
          CREATE TABLE loose AS SELECT * FROM \(forged.table);
          DROP TABLE \(forged.table);
          ALTER TABLE loose RENAME TO \(forged.table);
          UPDATE \(forged.table) SET \(forged.column) = \(forged.value)
          """)
    }
    try queue.close()
    let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(throws: Refusal.self) {
      try there.journal.read(archive: JournalArchive.encode(bytes), name: "x")
    }
  }

  /// Numbers that none of ours can be: an import says which, and so does the journal that holds them.
  @Test(arguments: [
    (column: "file.before_mode", value: "-1"), ("file.after_mode", "65536"),
    ("file.before_mode", "NULL"), ("file.after_uid", "5000000000"), ("file.before_gid", "-1"),
    ("file.before_size", "-5"), ("file.after_size", "9223372036854775807"),
    ("span.new_length", "9223372036854775807"), ("span.start", "-9223372036854775808"),
    ("change.created_at", "9223372036854775807"), ("change.state_at", "-9223372036854775808"),
    ("run.started_at", "9223372036854775807"),
  ])
  func aNumberThatCannotBeIsRefused(_ forged: (column: String, value: String)) throws {
    let good = try JournalArchive.decode(archive(), name: "x")
    let path = here.scratch.path + "/forged"
    try Data(good).write(to: URL(fileURLWithPath: path))
    let queue = try DatabaseQueue(path: path)
    let names = forged.column.split(separator: ".")
    let side = names[1].hasPrefix("after") ? "after_sha256" : "before_sha256"
    let condition = names[0] == "file" ? " WHERE \(side) IS NOT NULL" : ""
    let sql = "UPDATE \(names[0]) SET \(names[1]) = \(forged.value)\(condition)"
    try queue.write { try $0.execute(sql: sql) }
    try queue.close()
    let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    let refusal = refusal {
      _ = try there.journal.read(archive: JournalArchive.encode(bytes), name: "x")
    }
    #expect(refusal?.reason == .journal)
    #expect(refusal?.text.contains(names[1]) == true, "\(refusal?.text ?? "")")
    let litter = try #require(try OpenRoot(path: there.path).view(at: nil).list(nil))
      .map { String(decoding: $0, as: UTF8.self) }.filter { !$0.hasPrefix("journal.sqlite") }
    #expect(litter == ["locks"])
    // In the journal itself: doctor asks for its problems.
    try here.journal.database.write { try $0.execute(sql: sql) }
    #expect(try here.journal.problems().contains { $0.contains(names[1]) })
    if names[0] == "run" {
      #expect(reason { _ = try here.journal.runs() } == .journal)
    } else {
      #expect(reason { _ = try here.journal.changes() } == .journal)
    }
  }

  /// The spans are within their bounds, and not within the file.
  @Test(arguments: [(1 << 40, 0), (0, 1 << 40), (1 << 40, 1 << 40), (.max, .max), (2, .max)])
  func spansThatLeaveTheFileGiveNothing(_ offset: Int, _ length: Int) throws {
    var patch = try #require(Sample.change("c").files.first)
    let after = Array("a imap b".utf8)
    #expect(patch.bytesBefore(from: after) == Array("a pop3 b".utf8))
    patch.edits[0].spans[0].offset = offset
    patch.edits[0].spans[0].newLength = length
    #expect(patch.bytesBefore(from: after) == nil)
    patch.before?.size = .max
    #expect(patch.bytesBefore(from: after) == nil)
  }

  @Test func nothingIsLeftOfTheWay() throws {
    _ = try there.journal.read(archive: archive(), name: "x")
    _ = try? there.journal.read(archive: JournalArchive.encode([1]), name: "x")
    for fixture in [here, there] {
      let names = try #require(try OpenRoot(path: fixture.path).view(at: nil).list(nil))
        .map { String(decoding: $0, as: UTF8.self) }
      #expect(names.filter { !$0.hasPrefix("journal.sqlite") } == ["locks"])
    }
  }
}
