internal import CPlatform
import Glibc
import Synchronization

/// Who a user is to a file system: user, group and supplementary groups.
final class UserIdentity: Sendable {
  let uid: UInt32
  let gid: UInt32
  let groups: [UInt32]

  init(uid: UInt32, gid: UInt32, groups: [UInt32]) {
    self.uid = uid
    self.gid = gid
    self.groups = groups
  }

  /// The process's own, as it was started.
  static let own: UserIdentity = {
    var groups: [UInt32] = []
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: mostGroups) { room in
      let count = cplatform_own_groups(room.baseAddress, Int32(room.count))
      groups = Array(room.prefix(max(0, Int(count))))
    }
    return UserIdentity(uid: geteuid(), gid: getegid(), groups: groups)
  }()

  /// NGROUPS_MAX (limits.h): no process can be in more.
  fileprivate static let mostGroups = 65_536

  /// From the user database. One that it does not know is a user and a group of the same number, in
  /// no other group: the group of its home may be one whose files it must not open.
  /// - Throws: `io` where the database does not answer. A user it would have known is never taken
  ///   for one that it does not know.
  static func lookedUp(_ uid: UInt32) throws(Refusal) -> UserIdentity {
    var gid = uid
    var groups: [UInt32] = []
    var found: Int32 = 0
    // Few are in many groups.
    for room in [256, mostGroups] {
      found = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: room) { buffer in
        var count = Int32(room)
        let found = cplatform_look_up_user(uid, &gid, buffer.baseAddress, &count)
        if found == 1 { groups = Array(buffer.prefix(Int(count))) }
        return found
      }
      if found != -E2BIG { break }
    }
    guard found >= 0 else {
      throw Refusal(
        .io,
        "the user database does not answer for user \(uid): \(Errno(rawValue: -found).text); run "
          + "again when it does")
    }
    return UserIdentity(uid: uid, gid: gid, groups: groups)
  }
}

/// The owners of the homes that are worked on, each looked up once: with a directory server behind
/// it, a user's list of groups may take a second.
final class Owners: Sendable {
  static let shared = Owners()

  /// Apart, since the first are as many as there are users, and the others few and larger.
  private struct Known {
    var identities: [UInt32: UserIdentity] = [:]
    var refusals: [UInt32: Refusal] = [:]
  }

  private let known = Mutex(Known())
  private let isRoot: Bool

  /// - Parameter isRoot: whether this process may be others; not so in tests alone.
  init(isRoot: Bool = geteuid() == 0) { self.isRoot = isRoot }

  /// Whom to act as in a home of user `uid`; nil where that is this process itself: it does not run
  /// as root, or the home is root's own.
  /// - Throws: `io` where the user database does not answer, or the system does not let this process
  ///   be that user (a container without the right to, or a user it has no number for).
  func identity(of uid: UInt32) throws(Refusal) -> UserIdentity? {
    guard isRoot, uid != 0 else { return nil }
    let (found, refusal) = known.withLock { ($0.identities[uid], $0.refusals[uid]) }
    if let refusal { throw refusal }
    if let found { return found }
    do throws(Refusal) {
      // The database's files are read as root.
      let identity = try ThreadIdentity.run(as: nil) { () throws(Refusal) in
        try UserIdentity.lookedUp(uid)
      }
      try ThreadIdentity.requirePossible(identity)
      known.withLock { $0.identities[uid] = identity }
      return identity
    } catch {
      known.withLock { $0.refusals[uid] = error }
      throw error
    }
  }
}
