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
