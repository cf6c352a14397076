internal import CPlatform
import ConfigFormats

/// A directory opened once, below which everything is reached by its descriptor and nothing by a
/// path that somebody could turn elsewhere: no link is followed, and nothing outside is opened.
///
/// The root itself is named by an absolute path whose parents are trusted. Its last component may
/// be a link only where the caller says so.
public final class OpenRoot: Sendable {
  /// More than any settings file a client writes, and little enough to be held in memory.
  public static let defaultFileSizeLimit = 64 << 20

  /// The absolute path the root was opened by, without a slash at its end.
  public let path: [UInt8]
  public let fileSizeLimit: Int
  /// Shared by what was made of one root.
  let databaseTime: DatabaseTime

  let calls: any SystemCalls
  let directory: Descriptor
  /// Whose directory it is, where that matters: what belongs to somebody else is not changed.
  let owner: UInt32?
  /// Whom everything below is done as; nil: as this process.
  let identity: UserIdentity?
  /// A directory below that is kept open: what lies in it is opened from there.
  let held: HeldDirectory?
  /// Directories that lie elsewhere, each opened once; nil where there is none. What speaks against
  /// one is told to who asks for something in it, and to nobody else.
  private let relocated: [(relocation: Relocation, root: Result<OpenRoot?, Refusal>)]
  var opening: BeneathOpening { BeneathOpening(calls: calls) }
  var reading: RegularFileReading { RegularFileReading(calls: calls, limit: fileSizeLimit) }

  /// - Parameters:
  ///   - path: absolute, without "." and ".." components.
  ///   - followingLink: accept a link as the last component.
  ///   - relocations: directories below it that lie elsewhere. One whose target lies below `path`
  ///     is opened beneath it like anything else there.
  ///   - fileSizeLimit: larger files are refused, in bytes.
  /// - Throws: `not-found`, `symlink`, `not-regular` (not a directory) or `io`, of `path` itself.
  public init(
    path: [UInt8], followingLink: Bool = false, relocations: [Relocation] = [],
    fileSizeLimit: Int = OpenRoot.defaultFileSizeLimit,
    calls: any SystemCalls = LinuxSystemCalls.shared
  ) throws(Refusal) {
    let path = try Self.normalised(path)
    let directory = try Self.openDirectory(path, followingLink: followingLink, calls: calls)
    self.path = path
    self.directory = directory
    self.fileSizeLimit = fileSizeLimit
    databaseTime = DatabaseTime()
    self.calls = calls
    owner = nil
    identity = nil
    held = nil
    let below = OpenRoot(
      path: path, directory, owner: nil, as: nil, fileSizeLimit: fileSizeLimit, calls: calls)
    relocated = relocations.map { relocation in
      (
        relocation,
        Result { () throws(Refusal) in
          try below.root(at: relocation.target) { (path) throws(Refusal) in
            try OpenRoot(path: path, fileSizeLimit: fileSizeLimit, calls: calls)
          }
        }
      )
    }
  }

  /// Opens a user's home, or a directory in one: whatever is done below is done as its owner where
  /// this process is root, and what belongs to others is not changed.
  /// - Parameters:
  ///   - owners: who may own it; nil: whoever does.
  ///   - allowingLinks: it may be a link, to a directory of the one who may turn that link.
  /// - Throws: `not-found`, `symlink`, `not-regular`, `not-owner`, `io`.
  static func home(
    _ path: [UInt8], owners: Set<UInt32>? = nil, relocations: [Relocation] = [],
    allowingLinks: Bool = false, calls: any SystemCalls, users: Owners = .shared,
    parent: KnownParent? = nil
  ) throws(Refusal) -> OpenRoot {
    let walk = PathWalk(
      calls: calls, users: users, allowsLinks: allowingLinks, owners: owners, parent: parent)
    let home = try OpenRoot(walk.open(normalised(path)), calls)
    guard !relocations.isEmpty else { return home }
    // What stands in for a directory of the home must be the same user's.
    let same = PathWalk(
      calls: calls, users: users, allowsLinks: allowingLinks, owners: home.owner.map { [$0] })
    return OpenRoot(
      home,
      relocated: relocations.map { relocation in
        (
          relocation,
          Result { () throws(Refusal) in
            try home.root(at: relocation.target) { (path) throws(Refusal) in
              try OpenRoot(same.open(path), calls)
            }
          }
        )
      })
  }

  private convenience init(_ place: PathWalk.Place, _ calls: any SystemCalls) {
    self.init(
      path: place.path, place.directory, owner: place.owner, as: place.identity,
      fileSizeLimit: Self.defaultFileSizeLimit,
      calls: ActingSystemCalls(calls, as: place.identity))
  }

  private init(
    path: [UInt8], _ directory: Descriptor, owner: UInt32?, as identity: UserIdentity?,
    fileSizeLimit: Int, calls: any SystemCalls
  ) {
    self.path = path
    self.directory = directory
    self.owner = owner
    self.identity = identity
    self.fileSizeLimit = fileSizeLimit
    databaseTime = DatabaseTime()
    self.calls = calls
    held = nil
    relocated = []
  }

  private init(
    _ root: OpenRoot, relocated: [(relocation: Relocation, root: Result<OpenRoot?, Refusal>)]
  ) {
    path = root.path
    directory = root.directory
    owner = root.owner
    identity = root.identity
    fileSizeLimit = root.fileSizeLimit
    databaseTime = root.databaseTime
    calls = root.calls
    held = nil
    self.relocated = relocated
  }

  private init(_ root: OpenRoot, held: HeldDirectory) {
    path = root.path
    directory = root.directory
    owner = root.owner
    identity = root.identity
    fileSizeLimit = root.fileSizeLimit
    databaseTime = root.databaseTime
    calls = root.calls
    self.held = held
    relocated = root.relocated
  }

  /// The same root for a piece of work in one of its directories: that directory is opened once, and the
  /// way to it is gone once, so that all of the work is done in one and the same. To be let go of with the
  /// work: what comes later is to find by its path what is there then.
  /// - Returns: itself where there is no such directory, or it lies elsewhere.
  /// - Throws: what opening the directory does.
  func holding(_ place: RelativePath?) throws(Refusal) -> OpenRoot {
    guard relocated.isEmpty, let place, held?.place != place,
      let directory = try open(place, .directory)
    else { return self }
    return OpenRoot(self, held: HeldDirectory(place: place, directory: directory))
  }

  /// The same with a directory that is open already.
  func holding(_ place: RelativePath, as directory: Descriptor) -> OpenRoot {
    relocated.isEmpty
      ? OpenRoot(self, held: HeldDirectory(place: place, directory: directory)) : self
  }

  /// The same, knowing what the held directory lists; nothing of it is to be made or removed by this work.
  func knowing(_ entries: [DirectoryEntry]) -> OpenRoot {
    guard var held else { return self }
    held.entries = entries
    return OpenRoot(self, held: held)
  }

  /// The directory at `below`, the held one if it is that. It is not to be listed, which would go on where
  /// the last listing ended.
  func openDirectory(_ below: RelativePath?, _ flags: OpenFlags) throws(Refusal) -> Descriptor? {
    if let held, below == held.place { return held.directory }
    return try open(below, flags.union(.directory))
  }

  /// Does work of many system calls as the owner, going there and back once. Each of them would do
  /// so by itself.
  func asOwner<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try ThreadIdentity.run(as: identity, body)
  }

  /// Another root at an absolute path, opened beneath this one where it lies there; nil where there
  /// is no such directory.
  private func root(
    at target: [UInt8], elsewhere: ([UInt8]) throws(Refusal) -> OpenRoot
  ) throws(Refusal) -> OpenRoot? {
    let target = try Self.normalised(target)
    let prefix = path == [UInt8(ascii: "/")] ? path : path + [UInt8(ascii: "/")]
    guard target.starts(with: prefix), let below = RelativePath(target.dropFirst(prefix.count))
    else {
      do throws(Refusal) {
        return try elsewhere(target)
      } catch {
        if error.reason == .notFound { return nil }
        throw error
      }
    }
    guard let directory = try open(below, [.handle, .directory]) else { return nil }
    return OpenRoot(
      path: target, directory, owner: owner, as: identity, fileSizeLimit: fileSizeLimit,
      calls: calls)
  }

  /// A directory below this one as a root of its own, for reading much in it: it is opened once, and the
  /// way to it is gone once. nil where there is none.
  func directoryRoot(at below: RelativePath) throws(Refusal) -> OpenRoot? {
    guard let directory = try open(below, [.handle, .directory]) else { return nil }
    return OpenRoot(
      path: absolute(below), directory, owner: owner, as: identity, fileSizeLimit: fileSizeLimit,
      calls: calls)
  }

  /// The root that `below` really lies under, and its path there; no root where a relocated
  /// directory is missing.
  private func place(
    of below: RelativePath?
  ) throws(Refusal) -> (root: OpenRoot?, below: RelativePath?) {
    guard !relocated.isEmpty, let below else { return (self, below) }
    for (relocation, root) in relocated {
      if below == relocation.place { return (try root.get(), nil) }
      if let rest = below.relative(to: relocation.place) { return (try root.get(), rest) }
    }
    return (self, below)
  }

  /// Whether a path is the name under which a directory that lies elsewhere stands in: neither made
  /// nor taken away here, where it would be another.
  func isRelocated(_ path: RelativePath) -> Bool {
    relocated.contains { $0.relocation.place == path }
  }

  private static func normalised(_ path: [UInt8]) throws(Refusal) -> [UInt8] {
    guard path.first == UInt8(ascii: "/"), !path.contains(0) else {
      throw Refusal(.notFound, "\(path.printable) is not an absolute path")
    }
    // Most are so.
    if RelativePath(path.dropFirst()) != nil { return path }
    let components = path.split(separator: UInt8(ascii: "/"))
    if components.contains(where: { $0.elementsEqual([0x2e]) || $0.elementsEqual([0x2e, 0x2e]) }) {
      throw Refusal(.outsideHome, "\(path.printable) holds “.” or “..”; give the path without")
    }
    if components.isEmpty { return [UInt8(ascii: "/")] }
    return components.reduce(into: []) { $0 += [UInt8(ascii: "/")] + $1 }
  }

  private static func openDirectory(_ path: [UInt8], followingLink: Bool, calls: any SystemCalls)
    throws(Refusal) -> Descriptor
  {
    var flags: OpenFlags = [.handle, .directory]
    if !followingLink { flags.insert(.noFollow) }
    do {
      return Descriptor(
        try calls.open(OpenRoot.currentDirectory, path, flags: flags, mode: 0), calls)
    } catch {
      switch error {
      case .noEntry: throw Refusal(.notFound, "there is no directory \(path.printable)")
      case .notDirectory, .linkLoop:
        guard let status = try? calls.status(OpenRoot.currentDirectory, path) else {
          throw Refusal(.notFound, "there is no directory \(path.printable)")
        }
        if status.kind == .link { throw .isLink(path, onTheWayTo: path) }
        throw Refusal(.notRegular, "\(path.printable) is \(status.kindText), not a directory")
      default: throw .cannotRead(path, error)
      }
    }
  }

  /// AT_FDCWD: absolute paths start nowhere.
  static let currentDirectory = Int32(CPLATFORM_AT_FDCWD)

  /// The absolute path of something below, for people.
  public func absolute(_ below: RelativePath?) -> [UInt8] {
    Relocation.absolute(below, root: path, relocated.map(\.relocation))
  }

  /// Opens something below; nil where there is nothing by that name.
  func open(_ below: RelativePath?, _ flags: OpenFlags) throws(Refusal) -> Descriptor? {
    let (root, below) = try place(of: below)
    return try root?.openHere(below, flags)
  }

  private func openHere(
    _ below: RelativePath?, _ flags: OpenFlags
  ) throws(Refusal) -> Descriptor? {
    let (start, name) = start(towards: below)
    do {
      return Descriptor(try opening.open(start.number, name, flags: flags), calls)
    } catch {
      switch error {
      case .noEntry, .notDirectory: return nil
      case .linkLoop: throw link(below)
      case .crossDevice: throw .leadsOut(absolute(below))
      default: throw unreachable(below, error)
      }
    }
  }

  /// Where the way to `below` begins, and the path from there.
  private func start(towards below: RelativePath?) -> (Descriptor, [UInt8]) {
    guard let below else { return (directory, [UInt8(ascii: ".")]) }
    guard let held else { return (directory, below.bytes) }
    if below == held.place { return (held.directory, [UInt8(ascii: ".")]) }
    guard let rest = below.relative(to: held.place) else { return (directory, below.bytes) }
    return (held.directory, rest.bytes)
  }

  /// Why the owner of a home cannot open something in it.
  private func unreachable(_ below: RelativePath?, _ error: Errno) -> Refusal {
    let path = absolute(below)
    guard let identity, let magic = try? calls.fileSystemMagic(directory.number) else {
      return .cannotRead(path, error)
    }
    return .cannotRead(path, error, asUser: identity.uid, onFileSystem: magic)
  }

  /// The refusal for a path with a link in it, naming the link.
  func link(_ below: RelativePath?) -> Refusal {
    let path = absolute(below)
    guard let (found, below) = try? place(of: below), let root = found,
      let link = root.opening.firstLink(root.directory.number, below?.bytes ?? []),
      let link = RelativePath(link)
    else { return .isLink(path, onTheWayTo: path) }
    return .isLink(root.absolute(link), onTheWayTo: path)
  }

  /// What stat(2) tells of an entry, links not followed; nil where there is none.
  public func status(_ below: RelativePath?) throws(Refusal) -> FileStatus? {
    guard let below else {
      do { return try calls.status(directory.number) } catch { throw .cannotRead(path, error) }
    }
    do throws(Errno) {
      if let held, below == held.place { return try calls.status(held.directory.number) }
      if let held, below.parent == held.place {
        return try calls.status(held.directory.number, below.name)
      }
    } catch {
      if error == .noEntry { return nil }
      throw .cannotRead(absolute(below), error)
    }
    guard let entry = try open(below, .handle) else { return nil }
    do { return try calls.status(entry.number) } catch { throw .cannotRead(absolute(below), error) }
  }

  /// A regular file's bytes and state, of one opening; nil where there is nothing by that name.
  public func snapshot(_ below: RelativePath) throws(Refusal) -> FileSnapshot? {
    try file(below).map { FileSnapshot(bytes: $0.bytes, status: $0.status) }
  }

  /// The same of a file that may be replaced.
  /// - Throws: `metadata` where it has several names, `not-owner` where it is another's.
  func snapshotOfOneName(_ below: RelativePath) throws(Refusal) -> FileSnapshot? {
    guard let snapshot = try snapshot(below) else { return nil }
    try requireReplaceable(snapshot, below)
    return snapshot
  }

  func requireReplaceable(_ snapshot: FileSnapshot, _ below: RelativePath) throws(Refusal) {
    try requireOneName(links: snapshot.links, absolute(below))
    try requireOwned(by: snapshot.state.uid, absolute(below))
  }

  /// Refuses what belongs to somebody else than the home.
  func requireOwned(by uid: UInt32, _ shown: [UInt8]) throws(Refusal) {
    guard let owner, uid != owner else { return }
    throw Refusal(
      .notOwner,
      "\(shown.printable) belongs to user \(uid), and \(path.printable) to user \(owner); it stays "
        + "as it was; give it to its owner first")
  }

  /// A regular file's state; nil where there is nothing by that name.
  public func state(_ below: RelativePath) throws(Refusal) -> FileState? {
    try snapshot(below)?.state
  }
}

/// A directory below a root that is kept open for a piece of work.
struct HeldDirectory: Sendable {
  var place: RelativePath
  var directory: Descriptor
  /// What it lists, where that has been read for this work.
  var entries: [DirectoryEntry]?
}

/// A file as it was at one moment.
public struct FileSnapshot: Sendable {
  public var bytes: [UInt8]
  public var state: FileState
  /// Names the file has. With more than one it is not replaced: the names would part.
  public var links: Int

  init(bytes: [UInt8], status: FileStatus) {
    self.bytes = bytes
    links = status.links
    state = FileState(
      mode: status.permissions, uid: status.uid, gid: status.gid, size: bytes.count,
      sha256: SHA256.hash(bytes))
  }
}
