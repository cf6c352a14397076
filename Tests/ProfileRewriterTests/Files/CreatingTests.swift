import Foundation
import Glibc
import Testing

@testable import ProfileRewriter

@Suite struct CreatingTests {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.file("prefs.js", "old")
    try scratch.directory("Mail")
  }

  func root(_ calls: any SystemCalls = LinuxSystemCalls.shared) throws -> OpenRoot {
    try OpenRoot(path: scratch.bytes, calls: calls)
  }

  func create(
    _ root: OpenRoot, _ path: RelativePath, _ text: String, like: RelativePath? = nil
  ) throws {
    let staged = try root.stageCreation(of: path, with: Array(text.utf8), like: like)
    do { try root.commit(staged) } catch {
      root.discard(staged)
      throw error
    }
  }

  @Test func takesOwnerAndModeFromItsModel() throws {
    if geteuid() == 0 {
      for name in ["prefs.js", "Mail"] { #expect(chown(scratch.path + "/" + name, 33, 34) == 0) }
    }
    #expect(chmod(scratch.path + "/Mail", 0o2750) == 0)
    let root = try root()
    try create(root, "like-file", "x", like: "prefs.js")
    try create(root, "Mail/like-parent", "x")
    try root.makeDirectory("dir-like-file", like: "prefs.js")
    try root.makeDirectory("Mail/dir", like: nil)
    let prefs = try scratch.status("prefs.js")
    let mail = try scratch.status("Mail")
    for name in ["like-file", "dir-like-file"] {
      #expect(try scratch.status(name).st_uid == prefs.st_uid)
      #expect(try scratch.status(name).st_gid == prefs.st_gid)
    }
    #expect(try scratch.status("like-file").st_mode & 0o7777 == 0o600)
    #expect(try scratch.status("dir-like-file").st_mode & 0o7777 == 0o700)
    #expect(try scratch.status("Mail/like-parent").st_mode & 0o7777 == 0o640)
    #expect(try scratch.status("Mail/like-parent").st_uid == mail.st_uid)
    #expect(try scratch.status("Mail/dir").st_mode & 0o7777 == 0o2750)
    #expect(try root.state("like-file")?.sha256 == sha("x"))
  }

  @Test(arguments: [nil, Errno.invalid, .noSystemCall]) func nothingIsOverwritten(
    answer: Errno?
  ) throws {
    // Somebody makes the thing between the look and the rename.
    let path = scratch.path + "/new"
    let root = try root(
      PoorSystemCalls(
        renameAnswer: answer,
        beforeRename: {
          close(open(path, O_CREAT | O_WRONLY, 0o600))
        }))
    #expect(reason { try create(root, "new", "ours") } == .stale)
    #expect(scratch.content("new") == "")
    #expect(try scratch.names() == ["Mail", "new", "prefs.js"])
    #expect(reason { try create(root, "prefs.js", "ours") } == .stale)
    #expect(reason { try root.makeDirectory("Mail", like: nil) } == .stale)
    #expect(scratch.content("prefs.js") == "old")
  }

  @Test(arguments: [Errno.invalid, .noSystemCall]) func worksWithoutTheKernelsHelp(
    answer: Errno
  ) throws {
    let root = try root(PoorSystemCalls(renameAnswer: answer))
    try create(root, "new", "x")
    try root.makeDirectory("dir", like: nil)
    #expect(try scratch.names() == ["Mail", "dir", "new", "prefs.js"])
    #expect(try scratch.status("new").st_nlink == 1)
  }

  @Test func aMissingParentOrModelIsNamed() throws {
    let root = try root()
    #expect(reason { try create(root, "none/new", "x") } == .notFound)
    #expect(reason { try create(root, "new", "x", like: "none") } == .notFound)
    #expect(reason { try root.makeDirectory("none/new", like: nil) } == .notFound)
    #expect(reason { try root.makeDirectory("none/new", like: "Mail") } == .notFound)
  }

  @Test func removesOnlyWhatIsExpected() throws {
    let root = try root()
    #expect(reason { _ = try root.remove("prefs.js", expecting: sha("new")) } == .stale)
    #expect(scratch.content("prefs.js") == "old")
    #expect(try root.remove("prefs.js", expecting: sha("old")))
    #expect(try !root.remove("prefs.js", expecting: sha("old")))
    #expect(try !root.remove("none/none", expecting: sha("old")))
    #expect(try scratch.names() == ["Mail"])
  }

  @Test func removesOnlyEmptyDirectories() throws {
    let root = try root()
    try scratch.file("Mail/INBOX", "mail")
    #expect(try root.removeDirectoryIfEmpty("Mail") == .notEmpty)
    #expect(unlink(scratch.path + "/Mail/INBOX") == 0)
    #expect(try root.removeDirectoryIfEmpty("Mail") == .removed)
    #expect(try root.removeDirectoryIfEmpty("Mail") == .absent)
    #expect(reason { _ = try root.removeDirectoryIfEmpty("prefs.js") } == .notRegular)
  }

  @Test func litterIsKnownByItsExactName() throws {
    let kept = [
      ".profile-rewriter-0123456.tmp", ".profile-rewriter-012345678.tmp",
      ".profile-rewriter-01234567.tmp2", "profile-rewriter-01234567.tmp",
      ".profile-rewriter-0123456I.tmp", ".profile-rewriter-zzzzzzzz.tmp",
    ]
    for name in kept.dropLast() { try scratch.file(name) }
    scratch.link(kept[5], to: "prefs.js")
    try scratch.file(".profile-rewriter-01234567.tmp")
    try scratch.directory(".profile-rewriter-abcdefgh.tmp")
    try scratch.directory(".profile-rewriter-abcdefgj.tmp/full")
    try root().removeLitter(in: nil)
    let names = try scratch.names()
    #expect(!names.contains(".profile-rewriter-01234567.tmp"))
    #expect(!names.contains(".profile-rewriter-abcdefgh.tmp"))
    for name in kept + [".profile-rewriter-abcdefgj.tmp", "prefs.js"] {
      #expect(names.contains(name), "\(name)")
    }
    #expect(try root().removeLitter(in: "none") == [])
  }

  @Test func temporaryNamesAreRecognised() {
    for _ in 0..<1000 { #expect(TemporaryName.matches(TemporaryName.make())) }
  }

  /// Made whole or not at all, removed or still there, whatever call goes wrong.
  @Test(arguments: ReplacingTests.faults.indices) func faultsAtEveryCall(_ index: Int) throws {
    let fault = ReplacingTests.faults[index]
    if geteuid() == 0 { #expect(chown(scratch.path + "/prefs.js", 33, 33) == 0) }
    func work(_ calls: any SystemCalls) throws {
      let root = try root(calls)
      try root.makeDirectory("dir", like: "prefs.js")
      try create(root, "dir/new", "content", like: "prefs.js")
      try root.remove("dir/new", expecting: sha("content"))
      try root.removeDirectoryIfEmpty("dir")
    }
    let rehearsal = FaultInjectingSystemCalls()
    try work(rehearsal)
    let uid = try scratch.status("prefs.js").st_uid
    for position in 0..<rehearsal.count {
      let call = rehearsal.calls[position]
      let calls = FaultInjectingSystemCalls(at: position, fault)
      do {
        try work(calls)
      } catch {
        #expect(error is Refusal, "\(call): \(error)")
      }
      #expect(calls.faulted)
      var inside = Set(["prefs.js", "Mail"])
      if let status = try? scratch.status("dir") {
        inside.insert("dir")
        #expect(status.st_uid == uid && status.st_mode & 0o7777 == 0o700, "\(call)")
        let litter = try root().removeLitter(in: "dir")
        switch fault {
        case .kill, .killAfter: #expect(litter.count <= 1, "\(call)")
        default: #expect(litter.isEmpty, "\(call)")
        }
        #expect(try scratch.names("dir").allSatisfy { $0 == "new" }, "\(call)")
        if let content = scratch.content("dir/new") { #expect(content == "content", "\(call)") }
        _ = try root().remove("dir/new", expecting: sha("content"))
      }
      try root().removeLitter(in: nil)
      #expect(Set(try scratch.names()) == inside, "\(call)")
      _ = try root().removeDirectoryIfEmpty("dir")
    }
  }
}
