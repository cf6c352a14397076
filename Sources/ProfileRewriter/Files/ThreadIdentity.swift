internal import CPlatform
import Glibc

/// Acting as another user towards file systems, one thread at a time.
///
/// Only the thread's identity for files changes (setfsuid(2), setfsgid(2), setgroups(2)): its user
/// ids stay root's, so the user can neither trace nor signal this process, and the thread can always
/// come back. The kernel takes every right over other people's files from such a thread for as long.
enum ThreadIdentity {
  /// Does something as `identity` (nil: as the process itself) and comes back.
  ///
  /// The closure cannot suspend, so the thread that took the identity gives it back. A thread of
  /// Swift's pool is never used: what runs there next would be that user.
  static func run<Value, Failure: Error>(
    as identity: UserIdentity?, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    if isCurrent(identity) { return try body() }
    guard DedicatedThread.isCurrent else {
      return try DedicatedThread.run { () throws(Failure) in
        try run(as: identity, body)
      }
    }
    let token = IdentityToken.take(identity)
    let result = Result { () throws(Failure) in try body() }
    token.giveBack()
    return try result.get()
  }

  private static func isCurrent(_ identity: UserIdentity?) -> Bool {
    guard let current = cplatform_thread_identity() else { return identity == nil }
    return identity.map { Unmanaged.passUnretained($0).toOpaque() == current } ?? false
  }

  /// Whether the thread is somebody else than the process just now.
  static var isAssumed: Bool { cplatform_thread_identity() != nil }

  /// User and group as file systems see the calling thread.
  static var current: (uid: UInt32, gid: UInt32) {
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    cplatform_file_identity(&uid, &gid)
    return (uid, gid)
  }

  /// Makes a new thread what the process is.
  static func becomeOwn() {
    guard geteuid() == 0, current != (UserIdentity.own.uid, UserIdentity.own.gid) else { return }
    guard UserIdentity.own.assume() == 0 else {
      fatalError("the system does not let a thread be its own process's user")
    }
  }

  /// Tries it once.
  /// - Throws: `io`.
  static func requirePossible(_ identity: UserIdentity) throws(Refusal) {
    let result = DedicatedThread.run {
      let before = UserIdentity.assumed ?? UserIdentity.own
      let result = identity.assume()
      guard before.assume() == 0 else {
        fatalError("the system does not let this thread come back to its own user")
      }
      return result
    }
    guard result == 0 else {
      throw Refusal(
        .io,
        "the system does not let this process act as user \(identity.uid) "
          + "(\(Errno(rawValue: -result).text)); run as that user")
    }
  }
}

extension UserIdentity {
  /// Whom the calling thread acts as.
  fileprivate static var assumed: UserIdentity? {
    cplatform_thread_identity().map {
      Unmanaged<UserIdentity>.fromOpaque($0).takeUnretainedValue()
    }
  }

  /// Makes the calling thread this user to file systems; 0 or a negated errno.
  fileprivate func assume() -> Int32 {
    groups.withUnsafeBufferPointer { cplatform_assume(uid, gid, $0.baseAddress, $0.count) }
  }
}

/// An identity that a thread has taken and must give back, itself and in time; anything else ends
/// the process, for it would go on as the wrong user.
struct IdentityToken: ~Copyable {
  private let thread: Int32
  private let previous: UnsafeMutableRawPointer?

  static func take(_ identity: UserIdentity?) -> IdentityToken {
    precondition(
      DedicatedThread.isCurrent, "an identity was taken on a thread that runs other things, too")
    let own = UserIdentity.own
    let token = IdentityToken(
      thread: cplatform_thread_id(), previous: cplatform_thread_identity())
    guard (identity ?? own).assume() == 0 else {
      fatalError("the system does not let this thread act as user \((identity ?? own).uid)")
    }
    // Whoever took it keeps it alive until it is given back.
    cplatform_set_thread_identity(identity.map { Unmanaged.passUnretained($0).toOpaque() })
    return token
  }

  consuming func giveBack() {
    precondition(
      thread == cplatform_thread_id(), "an identity was given back on another thread")
    let before = previous.map { Unmanaged<UserIdentity>.fromOpaque($0).takeUnretainedValue() }
    guard (before ?? UserIdentity.own).assume() == 0 else {
      fatalError("the system does not let this thread come back to its own user")
    }
    cplatform_set_thread_identity(previous)
    discard self
  }

  deinit { precondition(thread < 0, "an identity was not given back") }

  private init(thread: Int32, previous: UnsafeMutableRawPointer?) {
    self.thread = thread
    self.previous = previous
  }
}
