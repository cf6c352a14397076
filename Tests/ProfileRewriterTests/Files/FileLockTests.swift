import Foundation
import Glibc
import Testing

@testable import ProfileRewriter

@Suite struct FileLockTests {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.file(".parentlock", mode: 0o644)
  }

  func root(_ calls: any SystemCalls = LinuxSystemCalls.shared) throws -> OpenRoot {
    try OpenRoot(path: scratch.bytes, calls: calls)
  }

  func isHeld(_ attempt: LockAttempt) -> Bool {
    if case .held = attempt { true } else { false }
  }

  @Test func heldUntilLetGo() throws {
    let root = try root()
    var attempt: LockAttempt? = try root.recordLock(".parentlock")
    #expect(isHeld(try #require(attempt)))
    #expect(try root.isRecordLocked(".parentlock"))
    guard case .busy(let holder) = try root.recordLock(".parentlock") else {
      Issue.record("taken twice")
      return
    }
    #expect(holder.process == nil)
    #expect(holder.isAnotherRun)
    // Another close of the same file in this process must not let go of it.
    _ = try root.read(".parentlock")
    #expect(try root.isRecordLocked(".parentlock"))
    attempt = nil
    #expect(try !root.isRecordLocked(".parentlock"))
    #expect(try scratch.names() == [".parentlock"])
  }

  /// A child that any thread of this process forks shares the open file description until it
  /// executes; the lock must not outlive us in it.
  @Test func lettingGoHoldsForWhoSharesTheDescription() throws {
    let root = try root()
    func takeAndLetGo() throws -> Int32 {
      guard case .held(let lock) = try root.recordLock(".parentlock") else { return -1 }
      return withExtendedLifetime(lock) { dup(lock.descriptor.number) }
    }
    let shared = try takeAndLetGo()
    #expect(shared >= 0)
    defer { close(shared) }
    let again = try root.recordLock(".parentlock")
    #expect(isHeld(again))
  }

  /// A process that takes a POSIX record lock, as the client does.
  func withForeignLock(_ body: () throws -> Void) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c",
      "import fcntl,sys\nf=open('.parentlock','r+')\nfcntl.lockf(f,fcntl.LOCK_EX)\n"
        + "print('held',flush=True)\nsys.stdin.read()",
    ]
    process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    #expect(output.fileHandleForReading.availableData.count > 0)
    defer {
      try? input.fileHandleForWriting.close()
      process.waitUntilExit()
    }
    try body()
  }

  @Test func seesTheClientsLockWithoutWriting() throws {
    let before = try scratch.status(".parentlock")
    try withForeignLock {
      let root = try root()
      #expect(chmod(scratch.path + "/.parentlock", 0o444) == 0)
      let holder = try #require(try root.recordLockHolder(".parentlock"))
      let process = try #require(holder.process)
      #expect(kill(process, 0) == 0)
      #expect(!holder.isAnotherRun)
      #expect(chmod(scratch.path + "/.parentlock", 0o644) == 0)
      guard case .busy(let same) = try root.recordLock(".parentlock") else {
        Issue.record("the client's lock was not seen")
        return
      }
      #expect(same == holder)
    }
    #expect(try !root().isRecordLocked(".parentlock"))
    #expect(try scratch.status(".parentlock").st_mtim.tv_nsec == before.st_mtim.tv_nsec)
  }

  @Test func theClientSeesOurs() throws {
    let attempt = try root().recordLock(".parentlock")
    let script =
      "import fcntl\nf=open('.parentlock','r+')\n"
      + "try:\n fcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB)\n print('taken')\n"
      + "except OSError:\n print('refused')"
    #expect(try scratch.run("python3", "-c", script) == "refused\n")
    withExtendedLifetime(attempt) {}
  }

  @Test func aMissingFileIsMadeOnlyWhenAsked() throws {
    let root = try root()
    guard case .absent = try root.recordLock("none") else {
      Issue.record("made without being asked")
      return
    }
    #expect(try !root.isRecordLocked("none"))
    #expect(try scratch.names() == [".parentlock"])
    if geteuid() == 0 { #expect(chown(scratch.path, 33, 34) == 0) }
    let attempt = try root.recordLock("none", createLike: .some(nil))
    #expect(isHeld(attempt))
    let status = try scratch.status("none")
    let parent = try scratch.status("")
    #expect(status.st_uid == parent.st_uid && status.st_gid == parent.st_gid)
    #expect(status.st_mode & 0o7777 == 0o600)
    #expect(try scratch.names() == [".parentlock", "none"])
  }

  /// Somebody puts another file in place between our opening and our locking: the lock must be on
  /// the file that has the name.
  @Test func aReplacedLockFileIsOpenedAgain() throws {
    let other = scratch.path + "/other"
    let place = scratch.path + "/.parentlock"
    try scratch.file("other")
    let root = try root(PoorSystemCalls(beforeLock: { _ = rename(other, place) }))
    let attempt = try root.recordLock(".parentlock")
    #expect(isHeld(attempt))
    #expect(try root.isRecordLocked(".parentlock"))
  }

  @Test func notAcquiredOnErrors() throws {
    let calls = FaultInjectingSystemCalls(at: 0, .fail(.io), only: "lock")
    #expect(reason { _ = try root(calls).recordLock(".parentlock") } == .io)
  }

  @Test func locksProveNothingOnNetworks() throws {
    let remote: [(String, UInt32)] = [
      ("nfs", 0x6969), ("cifs", 0xff53_4d42), ("smb2", 0xfe53_4d42), ("smb", 0x517b),
      ("fuse", 0x6573_5546), ("afs", 0x5346_414f), ("kafs", 0x6b41_4653), ("9p", 0x0102_1997),
      ("ceph", 0x00c3_6400), ("lustre", 0x0bd0_0bd0), ("gfs2", 0x0116_1970), ("ocfs2", 0x7461_636f),
      ("coda", 0x7375_7245), ("ncp", 0x564c), ("unknown", 0x1234_5678),
    ]
    for (name, magic) in remote {
      #expect(try !root(PoorSystemCalls(magic: magic)).locksAreProvable(at: nil), "\(name)")
    }
    #expect(try root(PoorSystemCalls(magic: 0xef53)).locksAreProvable(at: nil))
    #expect(try OpenRoot(path: Array("/dev/shm".utf8)).locksAreProvable(at: nil))
  }
}
