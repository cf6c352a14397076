import Foundation
import GRDB
import Glibc
import Testing

@testable import ProfileRewriter

@Suite struct ClientDatabaseTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func make(_ name: String, _ sql: String = table) throws {
    let queue = try DatabaseQueue(path: "\(scratch.path)/\(name)")
    try queue.write { try $0.execute(sql: sql) }
    try queue.close()
  }

  private static let table = """
    CREATE TABLE t (a, b); INSERT INTO t VALUES ('x', 1), (2.5, NULL), (x'00ff', '7');
    """

  private func rows(
    _ query: String = "SELECT a, b FROM t", of name: RelativePath = "db",
    _ calls: any SystemCalls = LinuxSystemCalls.shared
  ) throws(Refusal) -> [[DatabaseCell]]? {
    try OpenRoot(path: scratch.bytes, calls: calls).rows(query, of: name)
  }

  @Test func rowsAsTheyStand() throws {
    try make("db")
    let rows = try rows()
    #expect(
      rows == [
        [.text("x"), .integer(1)], [.real(2.5), .null], [.blob([0, 0xFF]), .text("7")],
      ])
    #expect(rows?[0][1].text == "1")
    #expect(rows?[2][1].integer == 7)
    #expect(rows?[1].map(\.text) == [nil, nil])
  }

  @Test func whatIsNotThere() throws {
    #expect(try rows() == nil)
    #expect(try rows(of: "nowhere/db") == nil)
  }

  /// Nothing is written beside it, nor into it, also of one whose writer used a write-ahead log.
  @Test func nothingIsWritten() throws {
    try make("db", "PRAGMA user_version = 1; " + Self.table)
    let process = """
      import sqlite3; c = sqlite3.connect('db'); c.execute('PRAGMA journal_mode = WAL')
      c.execute("INSERT INTO t VALUES ('wal', 1)"); c.commit(); c.close()
      """
    try scratch.run("python3", "-c", process)
    #expect(try scratch.names() == ["db"])
    let before = try scratch.status("db")
    let bytes = FileManager.default.contents(atPath: scratch.path + "/db")
    #expect(try rows()?.count == 4)
    #expect(reason { _ = try rows("DELETE FROM t") } == .unsupported)
    #expect(reason { _ = try rows("CREATE TABLE u (a)") } == .unsupported)
    #expect(try scratch.names() == ["db"])
    let after = try scratch.status("db")
    #expect(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec && after.st_ino == before.st_ino)
    #expect(FileManager.default.contents(atPath: scratch.path + "/db") == bytes)
  }

  @Test(arguments: ["", "no database at all", "SQLite format 3\u{0} and then nothing"])
  func whatIsNoDatabase(_ text: String) throws {
    try scratch.file("db", text)
    #expect(reason { _ = try rows() } == .unsupported)
    #expect(try scratch.names() == ["db"])
  }

  @Test func aQueryThatDoesNotFit() throws {
    try make("db")
    #expect(reason { _ = try rows("SELECT bdata FROM folders") } == .unsupported)
  }

  /// Its last writer did not end properly: the file alone may be neither old nor new.
  @Test(arguments: ["db-journal", "db-wal"]) func aJournalBesideIt(_ name: String) throws {
    try make("db")
    try scratch.file(name, "")
    #expect(try rows()?.count == 3, "an empty one is none")
    try scratch.file(name, "x")
    let refusal = refusal { _ = try rows() }
    #expect(refusal?.reason == .unsupported)
    #expect(refusal?.text.contains(name) == true)
    unlink("\(scratch.path)/\(name)")
    scratch.link(name, to: "db")
    #expect(reason { _ = try rows() } == .symlink)
  }

  @Test func aLink() throws {
    try make("real")
    scratch.link("db", to: "real")
    #expect(reason { _ = try rows() } == .symlink)
    try scratch.directory("d")
    try make("d/db")
    scratch.link("l", to: "d")
    #expect(reason { _ = try rows(of: "l/db") } == .symlink)
  }

  /// Answered at once, not when somebody writes into it.
  @Test(.timeLimit(.minutes(1))) func aFIFO() throws {
    #expect(mkfifo("\(scratch.path)/db", 0o600) == 0)
    #expect(reason { _ = try rows() } == .notRegular)
    try scratch.directory("dir")
    #expect(reason { _ = try rows(of: "dir") } == .notRegular)
  }

  /// A view in the place of the table, which never comes to an end: a question has its time.
  @Test(.timeLimit(.minutes(1))) func aQueryWithoutEnd() throws {
    try make(
      "db",
      """
      CREATE VIEW t AS WITH RECURSIVE c(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM c)
      SELECT a, 0 AS b FROM c WHERE a < 0
      """)
    let root = try OpenRoot(path: scratch.bytes)
    let refusal = refusal { _ = try root.rows("SELECT a FROM t", of: "db", within: 0.2) }
    #expect(refusal?.reason == .unsupported)
    #expect(refusal?.text.contains("interrupted") == true)
  }

  /// One that answers for ever.
  @Test(.timeLimit(.minutes(1))) func rowsWithoutEnd() throws {
    try make(
      "db",
      """
      CREATE VIEW t AS WITH RECURSIVE c(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM c)
      SELECT a, 0 AS b FROM c
      """)
    #expect(reason { _ = try rows() } == .unsupported)
    #expect(try rows("SELECT a FROM t LIMIT 10000")?.count == 10_000)
  }

  /// What SQLite finds by the descriptor's name is a FIFO that the owner has put there: refused, not waited at.
  @Test(.timeLimit(.minutes(1))) func aFIFOInTheInstant() throws {
    try make("db")
    // The name that the kernel gives to a file without one.
    #expect(mkfifo("\(scratch.path)/db (deleted)", 0o600) == 0)
    let path = scratch.path
    let calls = FaultInjectingSystemCalls(afterOpening: { opened in
      if opened.suffix(2) == Array("db".utf8)[...] { unlink("\(path)/db") }
    })
    #expect(reason { _ = try rows(of: "db", calls) } == .unsupported)
    #expect(try scratch.names() == ["db (deleted)"])
  }

  /// A few bytes of a view can make a value, or rows, of any size.
  @Test(arguments: [
    "CREATE VIEW t AS SELECT zeroblob(2000000) AS a, 0 AS b",
    "CREATE VIEW t AS SELECT hex(zeroblob(600000)) AS a, 0 AS b",
    """
    CREATE VIEW t AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100)
    SELECT zeroblob(500000) AS a, n AS b FROM c
    """,
  ]) func valuesWithoutEnd(_ view: String) throws {
    try make("db", view)
    let refusal = refusal { _ = try rows() }
    #expect(refusal?.reason == .unsupported)
    #expect(refusal?.text.contains("too big") == true || refusal?.text.contains("bytes") == true)
  }
}
