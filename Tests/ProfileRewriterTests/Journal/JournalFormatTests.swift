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

/// What a fleet costs; `MEASURE=1 swift test --filter Measure` prints it.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["MEASURE"] != nil), .serialized)
struct MeasureTests {
  @Test func aThousandChanges() throws {
    let fixture = try JournalFixture()
    let old = [UInt8](repeating: 0x61, count: 30)
    let changes = (0..<1000).map { number in
      var change = Sample.change("c\(number)", root: "/home/user\(number)")
      change.files = (0..<3).map { file in
        var patch = change.files[0]
        patch.path = RelativePath("tb/p/file\(file)")!
        patch.edits = (0..<15).map { key in
          KeyedEdit(
            key: "mail.server.server1.some.setting.\(key)", before: old, after: old,
            spans: [Span(offset: key * 50, old: old, new: old, newLength: 30)], users: ["server1"])
        }
        return patch
      }
      return change
    }
    let clock = ContinuousClock()
    print("prepare 1,000 x 3 x 15:", try clock.measure { try fixture.journal.prepare(changes) })
    print(
      "markApplied 1,000:",
      try clock.measure {
        try fixture.journal.markApplied(changes.map(\.id))
      })
    print("load all 1,000:", try clock.measure { _ = try fixture.journal.changes() })
    print(
      "load one by place:",
      try clock.measure {
        _ = try fixture.journal.changes(ChangeFilter(place: Array("/home/user500/tb/p".utf8)))
      })
    print(
      "newerChanges:", try clock.measure { _ = try fixture.journal.newerChanges(onKeysOf: "c5") })
    let size = try fixture.scratch.names("state").map {
      Int(try fixture.scratch.status("state/" + $0).st_size)
    }.reduce(0, +)
    print("bytes on disk:", size)
  }

  @Test func files() throws {
    let scratch = try Scratch()
    let content = String(repeating: "user_pref(\"mail.server.x\", \"y\");\n", count: 1200)
    for number in 0..<1000 { try scratch.file("f\(number)", content) }
    let root = try OpenRoot(path: scratch.bytes)
    let paths = (0..<1000).map { RelativePath("f\($0)")! }
    let clock = ContinuousClock()
    print(
      "read 1,000 x 40 KB:", try clock.measure { for path in paths { _ = try root.read(path) } })
    print(
      "snapshot (with SHA-256):",
      try clock.measure {
        for path in paths { _ = try root.snapshot(path) }
      })
    let old = sha(content)
    let new = Array((content + "x").utf8)
    var staged: [StagedFile] = []
    print(
      "stage 1,000:",
      try clock.measure {
        for path in paths.prefix(500) {
          staged.append(try root.stageReplacement(of: path, with: new, expecting: old))
        }
      }, "(500)")
    print("commit:", try clock.measure { for file in staged { try root.commit(file) } }, "(500)")
    let bytes = [UInt8](repeating: 7, count: 64 << 20)
    print("SHA-256 of 64 MiB:", clock.measure { _ = SHA256.hash(bytes) })
  }
}
