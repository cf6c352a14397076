import Glibc
import Testing

@testable import ProfileRewriter

/// A directory that is kept open for a piece of work.
@Suite struct HoldingTests {
  let scratch: Scratch
  let profile: RelativePath = "profile"

  init() throws {
    scratch = try Scratch()
    try scratch.directory("home/profile")
    try scratch.file("home/profile/prefs.js", "old")
    try scratch.file("home/profile/.profile-rewriter-abcdefgh.tmp")
    try scratch.directory("outside")
    try scratch.file("outside/prefs.js", "secret")
  }

  private func root(_ calls: any SystemCalls = LinuxSystemCalls.shared) throws -> OpenRoot {
    try OpenRoot(path: Array((scratch.path + "/home").utf8), calls: calls)
  }

  /// Whoever puts another directory in its place turns nothing that is under way, and the next work meets
  /// what is there then.
  @Test(arguments: walks) func workGoesOnInOneDirectory(calls: any SystemCalls) throws {
    let root = try root(calls)
    let held = try root.holding(profile)
    #expect(rename(scratch.path + "/home/profile", scratch.path + "/home/moved") == 0)
    scratch.link("home/profile", to: scratch.path + "/outside")
    #expect(try held.read("profile/prefs.js") == Array("old".utf8))
    #expect(try held.size("profile/prefs.js") == 3)
    #expect(try held.kind("profile") == .directory && held.kind("profile/none") == nil)
    try held.makeDirectory("profile/ImapMail", like: nil)
    let staged = try held.stageReplacement(of: "profile/prefs.js", with: Array("new".utf8)) { _ in
      true
    }
    try held.commit(staged)
    #expect(scratch.content("home/moved/prefs.js") == "new")
    #expect(try scratch.names("home/moved").contains("ImapMail"))
    #expect(try scratch.names("outside") == ["prefs.js"])
    #expect(scratch.content("outside/prefs.js") == "secret")
    #expect(reason { _ = try root.read("profile/prefs.js") } == .symlink)
    #expect(reason { _ = try root.holding(profile) } == .symlink)
  }

  @Test func isListedAsOftenAsAsked() throws {
    let held = try root().holding(profile)
    for _ in 0..<2 { #expect(try held.list(profile)?.count == 2) }
    let left = try #require(try held.clearLitter(in: profile)).left
    #expect(left.map(\.name) == [Array("prefs.js".utf8)])
    // What it lists is then known, for as long as it is worked on.
    let knowing = held.knowing(left)
    try scratch.file("home/profile/later")
    #expect(try knowing.list(profile) == [Array("prefs.js".utf8)])
    #expect(try knowing.read("profile/later") == [])
    #expect(try held.list(profile)?.count == 2)
  }

  @Test func whatIsNotThereIsNotHeld() throws {
    let root = try root()
    #expect(try root.holding("none") === root && root.holding(nil) === root)
    #expect(try root.holding("profile/prefs.js") === root)
  }
}
