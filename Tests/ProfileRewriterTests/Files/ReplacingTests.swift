import Foundation
import Glibc
import Testing

@testable import ProfileRewriter

/// Replaces a file the way the engine does: staged, committed, given up on failure.
func replace(_ root: OpenRoot, _ path: RelativePath, _ new: String, expecting old: String) throws {
  let staged = try root.stageReplacement(of: path, with: Array(new.utf8), expecting: sha(old))
  do { try root.commit(staged) } catch {
    root.discard(staged)
    throw error
  }
}

@Suite struct ReplacingTests {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.file("prefs.js", "old")
  }

  func root(_ calls: any SystemCalls = LinuxSystemCalls.shared) throws -> OpenRoot {
    try OpenRoot(path: scratch.bytes, calls: calls)
  }

  @Test(arguments: walks) func replacesWhole(calls: any SystemCalls) throws {
    let root = try root(calls)
    let staged = try root.stageReplacement(
      of: "prefs.js", with: Array("new text".utf8), expecting: sha("old"))
    #expect(scratch.content("prefs.js") == "old")
    #expect(try scratch.names().count == 2)
    try root.commit(staged)
    #expect(scratch.content("prefs.js") == "new text")
    #expect(try scratch.names() == ["prefs.js"])
    #expect(try root.state("prefs.js") == staged.state)
  }

  @Test func emptyAndLargeFiles() throws {
    let root = try root()
    try replace(root, "prefs.js", "", expecting: "old")
    #expect(scratch.content("prefs.js") == "")
    let large = String(repeating: "0123456789abcdef", count: 1 << 17)
    try replace(root, "prefs.js", large, expecting: "")
    #expect(scratch.content("prefs.js") == large)
  }

  @Test func keepsOwnerAndMode() throws {
    let root = try root()
    for mode: mode_t in [0o600, 0o644, 0o640, 0o4755, 0o2750, 0o1777, 0o000, 0o444] {
      #expect(chmod(scratch.path + "/prefs.js", mode) == 0)
      if geteuid() == 0 {
        #expect(chown(scratch.path + "/prefs.js", 33, 34) == 0)
        #expect(chmod(scratch.path + "/prefs.js", mode) == 0)
      } else if mode & 0o400 == 0 {
        continue
      }
      let before = try scratch.status("prefs.js")
      try replace(root, "prefs.js", "new", expecting: try #require(scratch.content("prefs.js")))
      let after = try scratch.status("prefs.js")
      #expect(before.st_ino != after.st_ino)
      #expect(after.st_mode == before.st_mode)
      #expect(after.st_uid == before.st_uid && after.st_gid == before.st_gid)
    }
  }

  @Test func keepsACLsAndAttributes() throws {
    try scratch.run("setfacl", "-m", "u:33:rw,g:34:r", "prefs.js")
    let calls = LinuxSystemCalls.shared
    let file = try calls.open(
      OpenRoot.currentDirectory, scratch.bytes + Array("/prefs.js".utf8), flags: [], mode: 0)
    let value = [UInt8](0...255)
    try calls.setExtendedAttribute(file, Array("user.note".utf8), value)
    try calls.setExtendedAttribute(file, Array("user.empty".utf8), [])
    if geteuid() == 0 { try calls.setExtendedAttribute(file, Array("trusted.t".utf8), [1]) }
    let before = try scratch.run("getfacl", "-n", "prefs.js")
    let names = try Set(calls.extendedAttributeNames(file))
    try calls.close(file)
    try replace(try root(), "prefs.js", "new", expecting: "old")
    #expect(try scratch.run("getfacl", "-n", "prefs.js") == before)
    #expect(before.contains("user:33:rw-"))
    let new = try calls.open(
      OpenRoot.currentDirectory, scratch.bytes + Array("/prefs.js".utf8), flags: [], mode: 0)
    #expect(try Set(calls.extendedAttributeNames(new)) == names)
    #expect(try calls.extendedAttribute(new, Array("user.note".utf8)) == value)
    #expect(try calls.extendedAttribute(new, Array("user.empty".utf8)) == [])
    try calls.close(new)
  }

  @Test func aDirectorysDefaultACLDoesNotCreepIn() throws {
    try scratch.run("setfacl", "-d", "-m", "u:33:rwx", ".")
    try replace(try root(), "prefs.js", "new", expecting: "old")
    #expect(try !scratch.run("getfacl", "-n", "prefs.js").contains("user:33"))
  }

  @Test func whatCannotBeKeptIsRefused() throws {
    try scratch.run("setfacl", "-m", "u:33:rw", "prefs.js")
    #expect(chmod(scratch.path + "/prefs.js", 0o640) == 0)
    for name in ["changeMode", "setExtendedAttribute", "extendedAttributeNames"] {
      let calls = FaultInjectingSystemCalls(at: 0, .fail(.notPermitted), only: name)
      #expect(
        reason { try replace(try root(calls), "prefs.js", "new", expecting: "old") } == .metadata)
      #expect(calls.faulted)
    }
    #expect(scratch.content("prefs.js") == "old")
    #expect(try scratch.names() == ["prefs.js"])
  }

  /// Fails, not skips, for anybody but root, who alone can give a file away.
  @Test func anOwnerThatCannotBeKeptIsRefused() throws {
    #expect(chown(scratch.path + "/prefs.js", 33, 33) == 0)
    let calls = FaultInjectingSystemCalls(at: 0, .fail(.notPermitted), only: "changeOwner")
    let refused = refusal { try replace(try root(calls), "prefs.js", "new", expecting: "old") }
    #expect(refused?.reason == .metadata)
    #expect(refused?.text.contains("the owner (33:33)") == true)
    #expect(try scratch.names() == ["prefs.js"])
  }

  /// Fails, not skips, for anybody but root, who alone may set security attributes.
  @Test func anAttributeThatSignsTheContentIsRefused() throws {
    let calls = LinuxSystemCalls.shared
    let file = try calls.open(
      OpenRoot.currentDirectory, scratch.bytes + Array("/prefs.js".utf8), flags: [], mode: 0)
    try calls.setExtendedAttribute(file, Array("security.ima".utf8), [4, 4, 0])
    try calls.close(file)
    #expect(reason { try replace(try root(), "prefs.js", "new", expecting: "old") } == .metadata)
    #expect(scratch.content("prefs.js") == "old")
  }

  @Test func hardLinksAreNotParted() throws {
    #expect(link(scratch.path + "/prefs.js", scratch.path + "/second") == 0)
    let refused = refusal { try replace(try root(), "prefs.js", "new", expecting: "old") }
    #expect(refused?.reason == .metadata)
    #expect(refused?.text.contains("2 names") == true)
    #expect(try scratch.names() == ["prefs.js", "second"])
  }

  @Test func staleIsRefusedAtStaging() throws {
    #expect(reason { try replace(try root(), "prefs.js", "new", expecting: "other") } == .stale)
    #expect(reason { try replace(try root(), "none", "new", expecting: "other") } == .stale)
    #expect(reason { try replace(try root(), "none/none", "new", expecting: "other") } == .stale)
    #expect(try scratch.names() == ["prefs.js"])
  }

  @Test func staleIsRefusedAtCommit() throws {
    let root = try root()
    func staged() throws -> StagedFile {
      try root.stageReplacement(
        of: "prefs.js", with: Array("new".utf8),
        expecting: SHA256.hash(Array(try #require(scratch.content("prefs.js")).utf8)))
    }
    // Another content of the same length, another mode, a second name, a link, nothing.
    var file = try staged()
    try scratch.file("prefs.js", "OLD")
    #expect(reason { try root.commit(file) } == .stale)
    root.discard(file)
    file = try staged()
    #expect(chmod(scratch.path + "/prefs.js", 0o644) == 0)
    #expect(reason { try root.commit(file) } == .stale)
    root.discard(file)
    file = try staged()
    #expect(link(scratch.path + "/prefs.js", scratch.path + "/second") == 0)
    #expect(reason { try root.commit(file) } == .metadata)
    root.discard(file)
    #expect(unlink(scratch.path + "/prefs.js") == 0)
    scratch.link("prefs.js", to: "second")
    #expect(reason { try root.commit(file) } == .symlink)
    #expect(unlink(scratch.path + "/prefs.js") == 0)
    #expect(reason { try root.commit(file) } == .stale)
    #expect(scratch.content("second") == "OLD")
    #expect(try scratch.names() == ["second"])
  }

  @Test func linksAreNeverWrittenThrough() throws {
    try scratch.file("victim", "old")
    scratch.link("link", to: "victim")
    try scratch.directory("real")
    try scratch.file("real/prefs.js", "old")
    scratch.link("linked", to: "real")
    let root = try root()
    #expect(reason { try replace(root, "link", "new", expecting: "old") } == .symlink)
    #expect(reason { try replace(root, "linked/prefs.js", "new", expecting: "old") } == .symlink)
    #expect(reason { _ = try root.remove("link", expecting: sha("old")) } == .symlink)
    #expect(reason { _ = try root.remove("linked/prefs.js", expecting: sha("old")) } == .symlink)
    #expect(reason { _ = try root.stageCreation(of: "linked/x", with: [], like: nil) } == .symlink)
    #expect(reason { try root.makeDirectory("linked/x", like: nil) } == .symlink)
    #expect(reason { _ = try root.removeDirectoryIfEmpty("linked") } == .symlink)
    #expect(reason { _ = try root.recordLock("link") } == .symlink)
    #expect(reason { _ = try root.removeLitter(in: "linked") } == .symlink)
    #expect(scratch.content("victim") == "old" && scratch.content("real/prefs.js") == "old")
  }

  // MARK: - Faults at every call

  static let faults: [FaultInjectingSystemCalls.Fault] = [
    .fail(.io), .fail(.noSpace), .fail(.overQuota), .fail(.accessDenied), .short, .kill, .killAfter,
  ]

  /// Whatever call goes wrong: the file is whole, old or new; nothing is left but, after a kill, a
  /// temporary name that the next run knows; and success is never claimed for the old.
  @Test(arguments: faults.indices) func allOldOrAllNew(_ index: Int) throws {
    let fault = Self.faults[index]
    if geteuid() == 0 { #expect(chown(scratch.path + "/prefs.js", 33, 33) == 0) }
    try scratch.run("setfacl", "-m", "u:34:r", "prefs.js")
    let new = String(repeating: "new ", count: 5000)
    let rehearsal = FaultInjectingSystemCalls()
    try replace(try root(rehearsal), "prefs.js", new, expecting: "old")
    try replace(try root(), "prefs.js", "old", expecting: new)
    let before = try scratch.status("prefs.js")
    #expect(rehearsal.count > 20)
    for position in 0..<rehearsal.count {
      let call = rehearsal.calls[position]
      let calls = FaultInjectingSystemCalls(at: position, fault)
      var failure: Refusal?
      do { try replace(try root(calls), "prefs.js", new, expecting: "old") } catch {
        failure = error as? Refusal
        #expect(failure != nil, "\(call): \(error)")
      }
      #expect(calls.faulted)
      let content = try #require(scratch.content("prefs.js"))
      #expect(content == "old" || content == new, "\(call)")
      if failure == nil { #expect(content == new, "\(call)") }
      let after = try scratch.status("prefs.js")
      #expect(after.st_mode == before.st_mode && after.st_uid == before.st_uid, "\(call)")
      let litter = try scratch.names().filter { $0 != "prefs.js" }
      switch fault {
      case .kill, .killAfter: #expect(litter.count <= 1, "\(call)")
      // Only where giving the file up fails too may something stay.
      default: #expect(litter.isEmpty, "\(call)")
      }
      #expect(try root().removeLitter(in: nil).count == litter.count, "\(call)")
      #expect(try scratch.names() == ["prefs.js"], "\(call)")
      if content == new { try replace(try root(), "prefs.js", "old", expecting: new) }
    }
  }

  @Test func aFailedSyncIsNotTriedAgain() throws {
    let calls = FaultInjectingSystemCalls(at: 0, .fail(.io), only: "sync")
    #expect(reason { try replace(try root(calls), "prefs.js", "new", expecting: "old") } == .io)
    #expect(calls.count == 1)
    #expect(scratch.content("prefs.js") == "old")
    #expect(try scratch.names() == ["prefs.js"])
  }

  /// A network file system may say only at the close that there was no room.
  @Test func aFailedCloseIsAFailure() throws {
    let rehearsal = FaultInjectingSystemCalls()
    try replace(try root(rehearsal), "prefs.js", "new", expecting: "old")
    let sync = try #require(rehearsal.calls.firstIndex { $0.name == "sync" })
    #expect(rehearsal.calls[sync + 1].name == "close")
    let calls = FaultInjectingSystemCalls(at: sync + 1, .fail(.noSpace))
    #expect(reason { try replace(try root(calls), "prefs.js", "x", expecting: "new") } == .io)
    #expect(scratch.content("prefs.js") == "new")
    #expect(try scratch.names() == ["prefs.js"])
  }

  @Test func contentIsSyncedBeforeTheRenameAndTheDirectoryAfter() throws {
    let calls = FaultInjectingSystemCalls()
    try replace(try root(calls), "prefs.js", "new", expecting: "old")
    let order = calls.calls.map(\.name).filter {
      ["write", "changeMode", "sync", "rename"].contains($0)
    }
    #expect(order == ["write", "changeMode", "sync", "rename", "sync"])
  }

  @Test func aDirectoryThatCannotBeSyncedIsNoFailure() throws {
    let calls = FaultInjectingSystemCalls(at: 1, .fail(.invalid), only: "sync")
    try replace(try root(calls), "prefs.js", "new", expecting: "old")
    #expect(scratch.content("prefs.js") == "new")
    // Of a file's content it is one.
    let other = FaultInjectingSystemCalls(at: 0, .fail(.invalid), only: "sync")
    #expect(reason { try replace(try root(other), "prefs.js", "x", expecting: "new") } == .io)
  }

  // MARK: - A device without room

  @Test func noRoom() throws {
    let old = String(repeating: "o", count: 100_000)
    let new = String(repeating: "n", count: 300_000)
    if geteuid() == 0 {
      try scratch.directory("small")
      try scratch.run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", "small")
      defer { _ = umount2(scratch.path + "/small", Int32(MNT_DETACH)) }
      try scratch.file("small/prefs.js", old)
      let root = try OpenRoot(path: Array((scratch.path + "/small").utf8))
      let refused = refusal { try replace(root, "prefs.js", new, expecting: old) }
      #expect(refused?.reason == .io)
      #expect(refused?.text.contains("No space left") == true)
      #expect(scratch.content("small/prefs.js") == old)
      #expect(try scratch.names("small") == ["prefs.js"])
    } else {
      // Without root no full device can be had; the injected answer is the same.
      try scratch.file("prefs.js", old)
      let calls = FaultInjectingSystemCalls(at: 0, .fail(.noSpace), only: "write")
      #expect(reason { try replace(try root(calls), "prefs.js", new, expecting: old) } == .io)
      #expect(scratch.content("prefs.js") == old)
      #expect(try scratch.names() == ["prefs.js"])
    }
  }
}
