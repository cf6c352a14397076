import Foundation
import GRDB
import Testing

@testable import ProfileRewriter

/// docs/journal-format.md must be enough for another program.
@Suite struct JournalFormatTests {
  let page: String

  init() throws {
    let here = URL(fileURLWithPath: #filePath)
    let root = here.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    page = try String(contentsOf: root.appending(path: "docs/journal-format.md"), encoding: .utf8)
  }

  @Test func everyTableAndColumnIsDescribed() throws {
    let fixture = try JournalFixture()
    let columns = try fixture.journal.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT tables.name, columns.name FROM sqlite_schema AS tables
          JOIN pragma_table_info(tables.name) AS columns
          WHERE tables.type = 'table' AND tables.name NOT IN ('grdb_migrations', 'sqlite_sequence')
          """
      ).map { (table: $0[0] as String, column: $0[1] as String) }
    }
    #expect(Set(columns.map(\.table)).count == 13)
    for (table, column) in columns {
      #expect(page.contains("### \(table)") || page.contains("\(table)`"), "\(table)")
      let stem = column.replacing(/^(from|to|before|after)_/, with: "")
      let described = ["`\(column)`", "`\(stem)`", "\(column)"].contains { page.contains($0) }
      #expect(described || column == "change", "\(table).\(column)")
    }
  }

  /// The program on the page takes back a change that this one made.
  @Test func thePagesProgramUndoes() throws {
    let fixture = try JournalFixture()
    let old = "// head\nuser_pref(\"a\", 1);\nuser_pref(\"b\", \"pop3\");\n"
    let new =
      "// head\nINSERTED 1\nINSERTED 2\nUSER_pref(\"a\", 1);\nuser_pref(\"b\", \"imap\");\nend"
    try fixture.scratch.directory("home/p")
    try fixture.scratch.file("home/p/prefs.js", old)
    let root = try OpenRoot(path: fixture.scratch.bytes + Array("/home".utf8))
    func span(_ offset: Int, _ old: String, _ new: String, secret: Bool = false) -> Span {
      Span(
        offset: offset, old: Array(old.utf8), new: secret ? nil : Array(new.utf8),
        newLength: new.utf8.count)
    }
    func edit(_ key: String, _ spans: [Span]) -> KeyedEdit {
      KeyedEdit(key: key, before: nil, after: nil, spans: spans, users: [])
    }
    let staged = try root.stageReplacement(
      of: "p/prefs.js", with: Array(new.utf8), expecting: sha(old))
    var change = Sample.change("aaaa", root: fixture.scratch.path + "/home", profile: "p")
    change.files = [
      FilePatch(path: "p/dir", action: .mkdir, before: nil, after: nil, users: []),
      FilePatch(
        path: "p/dir/new", action: .create, before: nil, after: Sample.state("created"), users: []),
      FilePatch(
        path: "p/prefs.js", action: .edit, commits: true, before: try root.state("p/prefs.js"),
        after: staged.state,
        edits: [
          edit("b", [span(8 + 19 + 16, "pop3", "imap")]),
          edit("a", [span(8, "user", "USER")]),
          edit("one", [span(8, "", "INSERTED 1\n", secret: true)]),
          edit("two", [span(8, "", "INSERTED 2\n"), span(old.utf8.count, "", "end")]),
        ], users: []),
    ]
    try fixture.journal.prepare([change])
    try root.makeDirectory("p/dir", like: nil)
    try root.commit(
      root.stageCreation(of: "p/dir/new", with: Array("created".utf8), like: nil))
    try root.commit(staged)
    try fixture.journal.markApplied(["aaaa"])
    #expect(fixture.scratch.content("home/p/prefs.js") == new)

    let start = try #require(page.range(of: "```python\n")).upperBound
    let end = try #require(page.range(of: "```", range: start..<page.endIndex)).lowerBound
    try fixture.scratch.file("undo.py", String(page[start..<end]))
    try fixture.scratch.run("python3", "undo.py", "state/journal.sqlite", "aaaa")
    #expect(fixture.scratch.content("home/p/prefs.js") == old)
    #expect(try fixture.scratch.names("home/p") == ["prefs.js"])
  }
}
