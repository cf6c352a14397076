import Glibc
import TestSupport
import Testing

@testable import ProfileRewriter

/// What is made with a mode of its own, and not with its parent's.
@Suite struct ModeTests {
  let scratch: Scratch
  let root: OpenRoot

  init() throws {
    scratch = try Scratch()
    try scratch.directory("open")
    #expect(chmod(scratch.path + "/open", 0o755) == 0)
    if geteuid() == 0 { #expect(chown(scratch.path + "/open", 33, 34) == 0) }
    root = try OpenRoot(path: scratch.bytes)
  }

  @Test(arguments: [0o700, 0o711, 0o2750] as [UInt32]) func directories(_ mode: UInt32) throws {
    try withUmask(0o077) { try root.makeDirectory("open/new", like: nil, mode: mode) }
    let status = try scratch.status("open/new")
    let parent = try scratch.status("open")
    #expect(status.st_mode & 0o7777 == mode)
    #expect(status.st_uid == parent.st_uid && status.st_gid == parent.st_gid)
  }

  @Test func directoriesWithoutOne() throws {
    try root.makeDirectory("open/new", like: nil)
    #expect(try scratch.status("open/new").st_mode & 0o7777 == 0o755)
  }

  @Test(arguments: [0o600, 0o644] as [UInt32]) func files(_ mode: UInt32) throws {
    let staged = try root.stageCreation(of: "open/new", with: [1], like: nil, mode: mode)
    #expect(staged.state.mode == mode)
    try root.commit(staged)
    let status = try scratch.status("open/new")
    let parent = try scratch.status("open")
    #expect(status.st_mode & 0o7777 == mode)
    #expect(status.st_uid == parent.st_uid && status.st_gid == parent.st_gid)
  }

  /// What the tests of modes rest on.
  @Test func aUmaskOfItsOwnIsInForceAndStaysThere() throws {
    let before = try made("before")
    let during = try withUmask(0o777) { try made("during") }
    #expect(during == 0)
    #expect(try made("after") == before)
  }

  /// The mode of a new file that nobody said one for.
  private func made(_ name: String) throws -> UInt32 {
    let descriptor = open(scratch.path + "/" + name, O_CREAT | O_WRONLY | O_CLOEXEC, 0o666)
    #expect(descriptor >= 0)
    close(descriptor)
    return try scratch.status(name).st_mode & 0o7777
  }
}
