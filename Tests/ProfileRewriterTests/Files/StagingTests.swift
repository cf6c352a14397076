import Foundation
import GRDB
import Testing

@testable import ProfileRewriter

/// What is made aside, moved and removed whole.
@Suite struct StagingTests {
  private func content(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func aTreeIsMadeMovedAndTakenAway() throws {
    let scratch = try Scratch()
    try scratch.directory("mail")
    let root = try OpenRoot(path: scratch.bytes)
    let path = StagingDirectory.name(in: "mail")
    let staging = try StagingDirectory(making: path, in: root)
    try staging.makeDirectory("0")
    let file = try staging.makeFile("0/x")
    for _ in 0..<3 { try file.write([UInt8](repeating: 0x61, count: 200_000)) }
    let state = try file.finish()
    #expect(state.size == 600_000)
    #expect(state.sha256 == SHA256.hash([UInt8](repeating: 0x61, count: 600_000)))
    #expect(state.mode == 0o600)
    try root.move(path.appending("0"), to: "mail/tree")
    #expect(try root.digest(of: "mail/tree/x")?.sha256 == state.sha256)
    #expect(try root.status("mail/tree")?.permissions == 0o700)
    try root.removeStaging(path)
    #expect(try root.list("mail") == [content("tree")])
  }

  /// A device that takes nothing and says no error: for what is staged, and for a backup's files.
  @Test(.timeLimit(.minutes(1))) func aWriteOfNothingIsAnError() throws {
    let scratch = try Scratch()
    try scratch.directory("mail")
    let root = try OpenRoot(path: scratch.bytes, calls: PoorSystemCalls(writesNothing: true))
    let staging = try StagingDirectory(making: StagingDirectory.name(in: "mail"), in: root)
    let file = try staging.makeFile("x")
    try file.write(content("text"))
    #expect { _ = try file.finish() } throws: { ($0 as? Refusal)?.reason == .io }
  }

  @Test func nothingIsMovedOverWhatIsThere() throws {
    let scratch = try Scratch()
    try scratch.directory("a")
    try scratch.directory("b")
    try scratch.file("a/x", "new")
    try scratch.file("b/x", "old")
    let root = try OpenRoot(path: scratch.bytes)
    #expect { try root.move("a/x", to: "b/x") } throws: { ($0 as? Refusal)?.reason == .stale }
    #expect(scratch.content("b/x") == "old")
    // A file system without RENAME_NOREPLACE.
    let simple = try OpenRoot(path: scratch.bytes, calls: PoorSystemCalls(renameAnswer: .invalid))
    #expect { try simple.move("a/x", to: "b/x") } throws: { ($0 as? Refusal)?.reason == .stale }
    try simple.move("a/x", to: "b/y")
    #expect(scratch.content("b/y") == "new")
  }

  /// Links in it go, and what they lead to stays.
  @Test func removalFollowsNoLink() throws {
    let scratch = try Scratch()
    let path = StagingDirectory.name(in: "mail")
    try scratch.directory("mail")
    try scratch.directory(path.text)
    try scratch.directory(path.text + "/deep")
    try scratch.directory("outside")
    try scratch.file("outside/precious", "x")
    scratch.link(path.text + "/deep/way", to: scratch.path + "/outside")
    let root = try OpenRoot(path: scratch.bytes)
    #expect(try root.removeStaging(path))
    #expect(scratch.content("outside/precious") == "x")
    #expect(try root.list("mail") == [])
    #expect(try root.removeStaging(path) == false)
  }

  /// As `find -type f`, `sort` and `sha256sum` say it.
  @Test func aTreesHashIsThatOfItsList() throws {
    let scratch = try Scratch()
    for name in ["t", "t/cur", "t/new"] { try scratch.directory(name) }
    for name in ["cur/b", "cur/a", "new/ü"] { try scratch.file("t/" + name, "content of " + name) }
    let program = Process()
    let pipe = Pipe()
    program.executableURL = URL(fileURLWithPath: "/bin/sh")
    program.arguments = [
      "-c",
      "cd \"$1\" && find * -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum",
      "sh", scratch.path + "/t",
    ]
    program.standardOutput = pipe
    try program.run()
    let said = try #require(try pipe.fileHandleForReading.readToEnd())
    program.waitUntilExit()
    let tree = try #require(try OpenRoot(path: scratch.bytes).treeDigest(of: "t"))
    #expect(tree.sha256.hexadecimal == String(decoding: said.prefix(64), as: UTF8.self))
    #expect(tree.size == 49)
  }

  /// An undo removes that directory with all that is in it: no other name is taken for one.
  @Test(arguments: ["Mail", ".profile-rewriter-abc.tmp", "Mail/.profile-rewriter-abcdefgh.tmp/x"])
  func aForgedPlaceInTheJournalIsRefused(_ path: String) throws {
    let fixture = try JournalFixture()
    var change = Sample.change("aaaa", root: fixture.scratch.path, profile: "p")
    change.staging = "Mail/.profile-rewriter-abcdefgh.tmp"
    try fixture.journal.prepare([change])
    #expect(try fixture.journal.change("aaaa").staging == change.staging)
    try fixture.journal.write { db in
      try db.execute(
        sql: "UPDATE change SET staging = CAST(? AS BLOB)", arguments: [path])
    }
    #expect { _ = try fixture.journal.change("aaaa") } throws: {
      ($0 as? Refusal)?.reason == .journal
    }
  }
}
