import Glibc
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
    let old = umask(0o077)
    defer { umask(old) }
    try root.makeDirectory("open/new", like: nil, mode: mode)
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
}
