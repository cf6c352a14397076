import Glibc
import Synchronization

/// Goes from "/" to a directory as root may: one component after the other, keeping in mind who could
/// have turned each name elsewhere.
///
/// Root's own directories are trusted, and the links in them are the administrator's. From the first
/// directory of a user on, that user rules what every further name leads to: names are looked up as
/// that user, links are not followed, and what belongs to somebody else is refused, be it root's: a
/// user can put another's directory in the place of their own (systemd-tmpfiles had to learn it,
/// CVE-2018-6954).
struct PathWalk {
  let calls: any SystemCalls
  let users: Owners
  /// Whether what is opened may itself be a link, and what lies below a user's directory be reached
  /// by one: to a directory of that same user.
  var allowsLinks = false
  /// Who may own the directory; nil: whoever does.
  var owners: Set<UInt32>?
  /// Where the walk before this one came to.
  var parent: KnownParent?

  struct Place {
    var directory: Descriptor
    /// As asked for, unless it is a link or a user's link led there: then with all of them resolved.
    var path: [UInt8]
    var owner: UInt32
    var identity: UserIdentity?
  }

  /// - Parameter path: absolute, normalised.
  func open(_ path: [UInt8]) throws(Refusal) -> Place {
    guard UserIdentity.own.uid == 0 else { return try openAsMyself(path) }
    var step = try Step(walk: self, path)
    while try step.next() {}
    return try step.place()
  }

  /// Without rights to lose every path is as good as the user's own.
  private func openAsMyself(_ path: [UInt8]) throws(Refusal) -> Place {
    let isLink =
      allowsLinks && (try? calls.status(OpenRoot.currentDirectory, path))?.kind == .link
    let root = try OpenRoot(path: isLink ? AbsoluteLink.resolved(path) ?? path : path, calls: calls)
    let status: FileStatus
    do { status = try calls.status(root.directory.number) } catch { throw .cannotRead(path, error) }
    if isLink, status.uid != geteuid() { throw Self.notTheirs(path, status.uid, geteuid()) }
    try requireExpected(status.uid, path)
    return Place(directory: root.directory, path: root.path, owner: status.uid, identity: nil)
  }

  fileprivate func requireExpected(_ uid: UInt32, _ path: [UInt8]) throws(Refusal) {
    guard let owners, !owners.contains(uid), let expected = owners.min() else { return }
    throw Refusal(
      .notOwner,
      "\(path.printable) belongs to user \(uid), not to user \(expected), whose it should be; mend the "
        + "ownership, or name the directory itself as PATH")
  }

  fileprivate static func notTheirs(_ path: [UInt8], _ uid: UInt32, _ ruler: UInt32) -> Refusal {
    Refusal(
      .notOwner,
      "\(path.printable) belongs to user \(uid), but user \(ruler) decides where that path leads; name "
        + "a path that leads only through root's directories and the owner's own")
  }
}

/// The directory in which the last home lay, where the way to it was root's alone and without a link:
/// the next home mostly lies beside it, and the same way need not be gone again.
final class KnownParent: Sendable {
  struct Place: Sendable {
    var directory: Descriptor
    var path: [UInt8]
    var isOpen: Bool
  }

  private let last = Mutex<Place?>(nil)

  func place(above path: [UInt8]) -> Place? {
    guard let place = last.withLock({ $0 }), path.count > place.path.count + 1,
      path.starts(with: place.path), path[place.path.count] == UInt8(ascii: "/"),
      !path[(place.path.count + 1)...].contains(UInt8(ascii: "/"))
    else { return nil }
    return place
  }

  func note(_ place: Place) {
    last.withLock { if $0?.path != place.path { $0 = place } }
  }
}

/// One walk under way.
private struct Step {
  let walk: PathWalk
  let asked: [UInt8]
  /// Where it is, no link in it.
  var here: Descriptor
  var shown: [UInt8] = []
  var owner: UInt32 = 0
  /// What is still to go, last first.
  var ahead: [[UInt8]]
  /// The user who decides where the path leads from here; 0: root alone.
  var ruler: UInt32 = 0
  /// Whether more people than that do: a directory that others may write.
  var isOpen = false
  /// A link has led here that this user could have turned: nothing but theirs is its end.
  var bound: UInt32?
  var links = 0
  var isResolved = false

  init(walk: PathWalk, _ path: [UInt8], isRestart: Bool = false) throws(Refusal) {
    self.walk = walk
    asked = path
    if !isRestart, let known = walk.parent?.place(above: path) {
      here = known.directory
      shown = known.path
      isOpen = known.isOpen
      ahead = [Array(path[(known.path.count + 1)...])]
      return
    }
    ahead = Self.components(path)
    do {
      here = Descriptor(
        try walk.calls.open(
          OpenRoot.currentDirectory, [UInt8(ascii: "/")], flags: [.handle, .directory], mode: 0),
        walk.calls)
    } catch {
      throw .cannotRead([UInt8(ascii: "/")], error)
    }
  }

  private static func components(_ path: [UInt8]) -> [[UInt8]] {
    path.split(separator: UInt8(ascii: "/")).reversed().map(Array.init)
  }

  private func calls() throws(Refusal) -> ActingSystemCalls {
    ActingSystemCalls(walk.calls, as: try walk.users.identity(of: bound ?? ruler))
  }

  /// Takes one component; false at the end.
  mutating func next() throws(Refusal) -> Bool {
    guard let name = ahead.popLast() else { return false }
    if ahead.isEmpty, ruler == 0, bound == nil, links == 0, !shown.isEmpty {
      walk.parent?.note(.init(directory: here, path: shown, isOpen: isOpen))
    }
    let calls = try calls()
    let path = shown + [UInt8(ascii: "/")] + name
    let entry: Descriptor
    do throws(Errno) {
      // Asked for as a directory first: that is what sets off an automounter.
      do throws(Errno) {
        entry = Descriptor(
          try calls.open(here.number, name, flags: [.handle, .directory, .noFollow], mode: 0),
          calls)
      } catch {
        guard error == .notDirectory || error == .linkLoop else { throw error }
        entry = Descriptor(
          try calls.open(here.number, name, flags: [.handle, .noFollow], mode: 0), calls)
      }
    } catch {
      if error == .noEntry {
        throw Refusal(.notFound, "there is no directory \(asked.printable)")
      }
      throw .cannotRead(path, error)
    }
    let status = try status(of: entry, path, calls)
    switch status.kind {
    case .directory: try enter(entry, status, path)
    case .link: try follow(entry, status, path, calls)
    case .file, .other:
      if !ahead.isEmpty { throw Refusal(.notFound, "there is no directory \(asked.printable)") }
      throw Refusal(.notRegular, "\(path.printable) is \(status.kindText), not a directory")
    }
    return true
  }

  /// Some file systems tell root nothing (FUSE): then who should own a home is asked for.
  private func status(
    of entry: Descriptor, _ path: [UInt8], _ calls: ActingSystemCalls
  ) throws(Refusal) -> FileStatus {
    do { return try calls.status(entry.number) } catch {
      let owner = walk.owners?.min()
      var said = error
      if error == .accessDenied, ahead.isEmpty, let owner,
        let identity = try walk.users.identity(of: owner)
      {
        do {
          return try ActingSystemCalls(walk.calls, as: identity).status(entry.number)
        } catch {
          said = error
        }
      }
      let magic = (try? calls.fileSystemMagic(entry.number)) ?? 0
      throw .cannotRead(path, said, asUser: owner, onFileSystem: magic)
    }
  }

  private mutating func enter(
    _ entry: Descriptor, _ status: FileStatus, _ path: [UInt8]
  ) throws(Refusal) {
    if ruler == 0 {
      ruler = status.uid
    } else if status.uid != ruler {
      throw PathWalk.notTheirs(path, status.uid, ruler)
    }
    // The last one's own mode tells who writes in it, not where its name leads.
    if !ahead.isEmpty, status.isOpenToOthers { isOpen = true }
    here = entry
    shown = path
    owner = status.uid
  }

  private mutating func follow(
    _ entry: Descriptor, _ status: FileStatus, _ path: [UInt8], _ calls: ActingSystemCalls
  ) throws(Refusal) {
    let isAdministrators = ruler == 0 && !isOpen && status.uid == 0
    guard walk.allowsLinks || (isAdministrators && !ahead.isEmpty) else {
      throw .isLink(path, onTheWayTo: asked)
    }
    links += 1
    guard links <= 40 else { throw .isLink(path, onTheWayTo: asked) }
    if !isAdministrators {
      let turner = ruler == 0 ? status.uid : ruler
      // Root's link where others could have put it is nobody's.
      guard turner != 0 else { throw .isLink(path, onTheWayTo: asked) }
      if let bound, bound != turner { throw PathWalk.notTheirs(path, turner, bound) }
      bound = turner
    }
    let target: [UInt8]
    do { target = try calls.readLink(entry.number, []) } catch { throw .cannotRead(path, error) }
    try restart(at: target, path)
  }

  /// From "/" again, since who rules a path is known only from there.
  private mutating func restart(at target: [UInt8], _ path: [UInt8]) throws(Refusal) {
    var place = target.first == UInt8(ascii: "/") ? [] : Array(Self.components(shown).reversed())
    for component in Self.components(target).reversed() {
      switch component {
      case [0x2e]: continue
      case [0x2e, 0x2e]: _ = place.popLast()
      default: place.append(component)
      }
    }
    var again = try Step(walk: walk, asked, isRestart: true)
    again.ahead = ahead + place.reversed()
    again.links = links
    again.bound = bound
    again.isResolved = isResolved || ahead.isEmpty || bound != nil
    self = again
  }

  func place() throws(Refusal) -> PathWalk.Place {
    // What leads to "/" is nobody's home, and root's.
    let path = isResolved && !shown.isEmpty ? shown : asked
    if let bound, bound != owner { throw PathWalk.notTheirs(path, owner, bound) }
    if owner == 0, isOpen {
      throw Refusal(
        .notOwner,
        "\(path.printable) is root's, but lies below a directory that others may write; they could "
          + "have put it there")
    }
    try walk.requireExpected(owner, path)
    return PathWalk.Place(
      directory: here, path: path, owner: owner, identity: try walk.users.identity(of: owner))
  }
}

extension FileStatus {
  /// Whether people beside its owner may turn the names in a directory: it can be written by others,
  /// or by a group, and the sticky bit does not keep them from each other's.
  var isOpenToOthers: Bool {
    guard permissions & 0o1000 == 0 else { return false }
    return permissions & 0o002 != 0 || (permissions & 0o020 != 0 && gid != 0)
  }
}

/// What a path leads to by its links.
enum AbsoluteLink {
  static func resolved(_ path: [UInt8]) -> [UInt8]? {
    let found = (path + [0]).withUnsafeBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { name in
        name.baseAddress.flatMap { realpath($0, nil) }
      }
    }
    guard let found else { return nil }
    defer { free(found) }
    return Array(UnsafeRawBufferPointer(start: found, count: strlen(found)))
  }
}
