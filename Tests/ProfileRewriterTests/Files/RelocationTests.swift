import Foundation
import Glibc
import Testing

@testable import ProfileRewriter

/// A home whose base directories lie elsewhere, and what may be seen of it.
@Suite struct RelocationTests {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    for directory in ["home/.cache", "home/.config/evolution", "elsewhere/evolution", "outside"] {
      try scratch.directory(directory)
    }
    try scratch.file("elsewhere/evolution/a", "there")
    try scratch.file("home/.config/evolution/a", "here")
    try scratch.file("outside/secret", "x")
  }

  private func home(
    _ place: RelativePath = ".config", at target: String = "elsewhere"
  ) throws(Refusal) -> OpenRoot {
    try OpenRoot(
      path: Array("\(scratch.path)/home".utf8),
      relocations: [Relocation(place, target: Array("\(scratch.path)/\(target)".utf8))])
  }

  private func text(_ bytes: [UInt8]?) -> String? {
    bytes.map { String(decoding: $0, as: UTF8.self) }
  }

  // MARK: Reading

  @Test func outsideOfTheHome() throws {
    let root = try home()
    #expect(text(try root.read(".config/evolution/a")) == "there")
    #expect(try root.kind(".config") == .directory)
    #expect(try root.list(".config") == [Array("evolution".utf8)])
    #expect(try root.size(".config/evolution/a") == 5)
    #expect(text(try root.view(at: ".config/evolution").read("a")) == "there")
    #expect(text(root.absolute(".config/evolution/a")) == "\(scratch.path)/elsewhere/evolution/a")
    #expect(text(root.absolute(".config")) == "\(scratch.path)/elsewhere")
    #expect(text(root.absolute(".configx")) == "\(scratch.path)/home/.configx")
    #expect(try root.kind(".cache") == .directory)
    #expect(try root.read(".config/a") == nil)
  }

  @Test func insideOfTheHome() throws {
    try scratch.directory("home/xdg/evolution")
    try scratch.file("home/xdg/evolution/a", "inside")
    let root = try home(at: "home/xdg")
    #expect(text(try root.read(".config/evolution/a")) == "inside")
    #expect(text(try root.read("xdg/evolution/a")) == "inside")
  }

  @Test(arguments: ["nowhere", "home/nowhere"]) func aMissingTarget(_ target: String) throws {
    let root = try home(at: target)
    #expect(try root.kind(".config") == nil)
    #expect(try root.read(".config/evolution/a") == nil)
    #expect(try root.list(".config/evolution") == nil)
    #expect(try root.status(".config") == nil)
  }

  private func reasonBelow(_ target: String) -> ReasonCode? {
    reason { _ = try home(at: target).read(".config/a") }
  }

  /// What cannot be used is in nobody's way who does not ask for it.
  @Test(arguments: ["linked", "outside/secret", "outside/../outside"])
  func restOfTheHome(_ target: String) throws {
    scratch.link("linked", to: "elsewhere")
    let root = try home(at: target)
    #expect(try root.kind(".cache") == .directory)
    try root.makeDirectory("new", like: nil)
    #expect(reason { _ = try root.kind(".config") } != nil)
    #expect(reason { _ = try root.status(".config/evolution") } != nil)
    #expect(reason { try root.makeDirectory(".config/new", like: nil) } != nil)
    #expect(text(root.absolute(".config/x")) == "\(scratch.path)/\(target)/x")
  }

  @Test func aTargetThatIsNoDirectory() throws {
    #expect(reasonBelow("outside/secret") == .notRegular)
    #expect(reasonBelow("home/.config/evolution/a") == nil)
    #expect(try home(at: "home/.config/evolution/a").kind(".config") == nil)
    #expect(reasonBelow("outside/../outside") == .outsideHome)
    #expect(
      reason {
        _ = try OpenRoot(
          path: scratch.bytes, relocations: [Relocation(".config", target: Array("rel".utf8))]
        ).kind(".config")
      } == .notFound)
  }

  /// The target itself, something on the way inside of the home, something below it.
  @Test func linksAreNotFollowed() throws {
    scratch.link("linked", to: "elsewhere")
    #expect(reasonBelow("linked") == .symlink)
    scratch.link("home/out", to: "../outside")
    #expect(reasonBelow("home/out") == .symlink)
    #expect(reasonBelow("home/out/x") == .symlink)
    scratch.link("elsewhere/link", to: "../outside")
    scratch.link("elsewhere/evolution/b", to: "a")
    let root = try home()
    let refusal = refusal { _ = try root.read(".config/link/secret") }
    #expect(refusal?.reason == .symlink)
    #expect(refusal?.text.contains("\(scratch.path)/elsewhere/link") == true)
    #expect(reason { _ = try root.read(".config/evolution/b") } == .symlink)
    #expect(try root.kind(".config/link") == .link)
  }

  // MARK: Writing

  @Test func writesGoThere() throws {
    let root = try home()
    let staged = try root.stageReplacement(
      of: ".config/evolution/a", with: Array("new".utf8), expecting: sha("there"))
    try root.commit(staged)
    try root.commit(try root.stageCreation(of: ".config/b", with: [], like: nil))
    try root.makeDirectory(".config/c", like: nil)
    #expect(scratch.content("elsewhere/evolution/a") == "new")
    #expect(scratch.content("home/.config/evolution/a") == "here")
    #expect(try scratch.names("elsewhere") == ["b", "c", "evolution"])
    #expect(try root.remove(".config/b", expecting: sha("")))
    #expect(try root.removeDirectoryIfEmpty(".config/c") == .removed)
    #expect(try scratch.names("elsewhere") == ["evolution"])
    #expect(try scratch.names("home") == [".cache", ".config"])
  }

  /// What is to stand in for a directory is the user's to make: never made in the home under the
  /// name that it stands in for, nor taken away there.
  @Test(arguments: ["nowhere", "home/nowhere"]) func aMissingTargetIsNotMade(
    _ target: String
  ) throws {
    let root = try home(".data", at: target)
    #expect(reason { try root.makeDirectory(".data", like: nil, mode: 0o700) } == .notFound)
    #expect(
      reason { _ = try root.stageCreation(of: ".data", with: [], like: nil) } == .notFound)
    #expect(reason { try root.makeDirectory(".data/a", like: nil) } == .notFound)
    #expect(try scratch.names("home") == [".cache", ".config"])
    #expect(try scratch.names("") == ["elsewhere", "home", "outside"])
  }

  @Test func whatStandsUnderTheNameStays() throws {
    try scratch.directory("empty")
    let root = try home(".cache", at: "empty")
    _ = try? root.removeDirectoryIfEmpty(".cache")
    #expect(try scratch.names("home") == [".cache", ".config"])
    #expect(try scratch.names("") == ["elsewhere", "empty", "home", "outside"])
  }

  // MARK: XDG directories

  @Test func baseDirectories() {
    let xdg = XDGDirectories(
      config: Array("/home/lab/.config".utf8), data: Array("/srv/data".utf8), cache: nil)
    #expect(
      xdg.relocations(in: Array("/home/lab".utf8))
        == [Relocation(".local/share", target: Array("/srv/data".utf8))])
  }
}

/// A home limited to the trees of one client's profile.
@Suite struct TreesViewTests {
  let scratch: Scratch
  let view: TreesView

  init() throws {
    scratch = try Scratch()
    try scratch.directory(".config/evolution/sources")
    try scratch.directory(".config/other")
    try scratch.directory(".local")
    try scratch.file(".config/evolution/sources/a.source", "x")
    try scratch.file(".config/evolution.bak", "x")
    try scratch.file("secret", "x")
    scratch.link(".config/evolution/link", to: "../../secret")
    view = TreesView(
      root: try OpenRoot(path: scratch.bytes),
      trees: [".config/evolution", ".local/share/evolution", ".cache/dconf/user"])
  }

  @Test func inside() throws {
    #expect(try view.read(".config/evolution/sources/a.source") == Array("x".utf8))
    #expect(try view.kind(".config/evolution") == .directory)
    #expect(try view.list(".config/evolution/sources")?.count == 1)
    #expect(try view.size(".config/evolution/sources/a.source") == 1)
    #expect(try view.read(".config/evolution/nothing") == nil)
    #expect(try view.read(".cache/dconf/user") == nil)
    #expect(reason { _ = try view.read(".config/evolution/link") } == .symlink)
    #expect(view.absolutePath == scratch.bytes)
  }

  @Test(arguments: ["secret", ".config/other", ".config/evolution.bak", ".config/evolutio", ".x"])
  func outside(_ path: String) throws {
    let path = try #require(RelativePath(path))
    #expect(reason { _ = try view.read(path) } == .outsideHome)
    #expect(reason { _ = try view.kind(path) } == .outsideHome)
    #expect(reason { _ = try view.list(path) } == .outsideHome)
    #expect(reason { _ = try view.size(path) } == .outsideHome)
    #expect(reason { _ = try view.rows("SELECT 1", of: path) } == .outsideHome)
  }

  /// Of the directories on the way it is told whether they are there, and no more.
  @Test func onTheWay() throws {
    #expect(try view.kind(".config") == .directory)
    #expect(try view.kind(".local") == .directory)
    #expect(try view.kind(".local/share") == nil)
    #expect(try view.kind(".cache/dconf") == nil)
    #expect(reason { _ = try view.list(".config") } == .outsideHome)
    #expect(reason { _ = try view.list(nil) } == .outsideHome)
    #expect(reason { _ = try view.read(".config") } == .outsideHome)
  }
}
