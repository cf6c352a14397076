import Foundation
import Glibc
import Testing

@testable import ProfileRewriter

/// Acting as another user: on one thread, and never longer than it should be. Root alone can.
@Suite struct IdentityTests {
  private let user = UserIdentity(uid: 31_001, gid: 31_002, groups: [31_003, 31_004])

  init() throws { try #require(geteuid() == 0, "only root acts as others") }

  private func groups() -> [gid_t] {
    // Of the calling thread: /proc/self is the process's first.
    let status = (try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Groups:") } ?? ""
    return line.dropFirst(7).split(whereSeparator: \.isWhitespace).compactMap { gid_t($0) }
  }

  @Test func aThreadIsTheUserForAsLongAsTheClosureRuns() throws {
    DedicatedThread.run {
      let own = groups()
      let (uid, gid, inside) = ThreadIdentity.run(as: user) {
        (ThreadIdentity.current.uid, ThreadIdentity.current.gid, groups())
      }
      #expect((uid, gid) == (31_001, 31_002))
      #expect(inside == [31_003, 31_004])
      #expect(ThreadIdentity.current == (0, 0))
      #expect(groups() == own)
    }
  }

  @Test func anErrorComesOutAndTheIdentityIsGivenBack() throws {
    DedicatedThread.run {
      #expect(throws: Errno.io) {
        try ThreadIdentity.run(as: user) { () throws(Errno) in throw Errno.io }
      }
      #expect(ThreadIdentity.current == (0, 0))
    }
  }

  @Test func oneWithinTheOtherComesBackToTheFirst() throws {
    let other = UserIdentity(uid: 31_009, gid: 31_009, groups: [])
    DedicatedThread.run {
      ThreadIdentity.run(as: user) {
        ThreadIdentity.run(as: other) { #expect(ThreadIdentity.current == (31_009, 31_009)) }
        #expect(ThreadIdentity.current == (31_001, 31_002))
        ThreadIdentity.run(as: nil) { #expect(ThreadIdentity.current == (0, 0)) }
        #expect(ThreadIdentity.current == (31_001, 31_002))
        #expect(groups() == [31_003, 31_004])
      }
    }
  }

  /// The kernel takes the rights over other people's files away, and gives them back.
  @Test func theThreadHasTheUsersRightsAndNoMore() throws {
    let scratch = try Scratch()
    try scratch.file("roots", "secret", mode: 0o600)
    chmod(scratch.path, 0o755)
    DedicatedThread.run {
      ThreadIdentity.run(as: user) {
        #expect(open(scratch.path + "/roots", O_RDONLY) == -1 && errno == EACCES)
        #expect(open(scratch.path + "/new", O_WRONLY | O_CREAT, 0o600) == -1 && errno == EACCES)
        #expect(chown(scratch.path, 31_001, 31_001) == -1 && errno == EPERM)
        #expect(link(scratch.path + "/roots", "/tmp/x-\(getpid())") == -1)
      }
      let file = open(scratch.path + "/roots", O_RDONLY)
      #expect(file >= 0)
      close(file)
    }
  }

  @Test func otherThreadsStayWhoTheyAre() throws {
    let mine = DedicatedThread.run {
      ThreadIdentity.run(as: user) {
        DedicatedThread.runAlone { (ThreadIdentity.current.uid, ThreadIdentity.isAssumed) }
      }
    }
    // The kernel makes a new thread as its maker is.
    #expect(mine == (0, false))
    #expect(ThreadIdentity.current == (0, 0))
    #expect(!ThreadIdentity.isAssumed)
  }

  /// A thread of Swift's pool runs other things before and after: the work goes elsewhere.
  @Test func aThreadOfThePoolIsNeverAnybodyElse() async throws {
    let user = user
    let here = ThreadIdentity.current
    let (id, uid) = await Task.detached {
      let own = pthread_self()
      return ThreadIdentity.run(as: user) {
        (pthread_equal(own, pthread_self()) != 0, ThreadIdentity.current.uid)
      }
    }.value
    #expect(!id)
    #expect(uid == 31_001)
    #expect(here == (0, 0))
  }

  // MARK: - What is done wrong ends the process

  @Test func takingOneOnAThreadOfThePoolIsCaught() async {
    await #expect(processExitsWith: .failure) {
      let token = IdentityToken.take(UserIdentity(uid: 31_001, gid: 31_001, groups: []))
      token.giveBack()
    }
  }

  /// As a suspension point in between would: the rest runs on whichever thread is free.
  @Test func givingItBackOnAnotherThreadIsCaught() async {
    await #expect(processExitsWith: .failure) {
      DedicatedThread.runAlone {
        let token = IdentityToken.take(UserIdentity(uid: 31_001, gid: 31_001, groups: []))
        var kept: IdentityToken? = consume token
        DedicatedThread.runAlone { kept.take()?.giveBack() }
      }
    }
  }

  @Test func keepingItIsCaught() async {
    await #expect(processExitsWith: .failure) {
      DedicatedThread.runAlone {
        _ = IdentityToken.take(UserIdentity(uid: 31_001, gid: 31_001, groups: []))
      }
    }
  }

  @Test func usingItRightIsNoFailure() async {
    await #expect(processExitsWith: .success) {
      DedicatedThread.runAlone {
        let token = IdentityToken.take(UserIdentity(uid: 31_001, gid: 31_001, groups: []))
        token.giveBack()
      }
    }
  }

  // MARK: - Users

  @Test func groupsComeFromTheUserDatabase() throws {
    let entry = try #require(getpwnam("backup"))
    let uid = entry.pointee.pw_uid
    let identity = try #require(try Owners().identity(of: uid))
    #expect(identity.gid == entry.pointee.pw_gid)
    #expect(identity.groups.contains(entry.pointee.pw_gid))
  }

  @Test func oneThatNobodyKnowsIsAUserAndAGroupOfThatNumber() throws {
    let identity = try #require(try Owners().identity(of: 31_001))
    #expect((identity.uid, identity.gid, identity.groups) == (31_001, 31_001, []))
  }

  @Test func aUserIsLookedUpOnce() throws {
    let owners = Owners()
    let first = try owners.identity(of: 31_001)
    #expect(first != nil)
    #expect(try owners.identity(of: 31_001) === first)
  }

  @Test func rootNeedsToBeNobodyElse() throws {
    #expect(try Owners().identity(of: 0) == nil)
    #expect(try Owners(isRoot: false).identity(of: 31_001) == nil)
  }
}
