import ConfigFormats

// Directories, removal, litter, and the steps all changes share.

/// What became of a directory that was to be removed.
public enum DirectoryRemoval: Sendable, Hashable {
  case removed
  /// Somebody put something into it; it stays.
  case notEmpty
  case absent
}

extension OpenRoot {
  /// Makes one directory, durable, appearing with its owner and mode at once.
  /// - Parameters:
  ///   - like: whose owner and mode it gets (a file's with the right to enter wherever it may be
  ///     read); nil: the directory it comes to lie in.
  ///   - wanted: its mode, where that is not to be had from `like`.
  /// - Throws: `stale` when there is something at `path`, `not-found` when its parent or `like` is
  ///   missing, `metadata`, `io`.
  public func makeDirectory(
    _ path: RelativePath, like: RelativePath?, mode wanted: UInt32? = nil
  ) throws(Refusal) {
    _ = try makeOpenDirectory(path, like: like, mode: wanted)
  }

  /// The same.
  /// - Returns: the new directory, open.
  func makeOpenDirectory(
    _ path: RelativePath, like: RelativePath?, mode wanted: UInt32?
  ) throws(Refusal) -> Descriptor {
    let shown = absolute(path)
    let model = try model(for: path, like)
    let parent = try openParent(for: path)
    if try status(path) != nil { throw .stale(shown, "exists already") }
    let mode =
      wanted
      ?? (model.kind == .directory
        ? model.permissions : (model.permissions & 0o666) | (model.permissions & 0o444) >> 2)
    let temporary = TemporaryName.make()
    do { try calls.makeDirectory(parent.number, temporary, mode: 0o700) } catch {
      throw .cannotWrite(shown, error, unchanged: false)
    }
    let made: Descriptor
    do throws(Refusal) {
      made = try dressDirectory(temporary, in: parent, like: model, mode: mode, shown)
      try rename(temporary, to: path.name, in: parent, path)
    } catch {
      try? calls.removeDirectory(parent.number, temporary)
      throw error
    }
    try syncDirectory(parent, shown)
    return made
  }

  private func dressDirectory(
    _ name: [UInt8], in parent: Descriptor, like model: FileStatus, mode: UInt32, _ shown: [UInt8]
  ) throws(Refusal) -> Descriptor {
    let directory: Descriptor
    do {
      directory = Descriptor(
        try calls.open(parent.number, name, flags: [.directory, .noFollow], mode: 0), calls)
    } catch {
      throw .cannotWrite(shown, error, unchanged: false)
    }
    let metadata = FileMetadata(calls: calls)
    try metadata.setOwner(uid: model.uid, gid: model.gid, of: directory.number, shown)
    try metadata.setMode(mode, of: directory.number, shown)
    try metadata.requireKept(model.uid, model.gid, mode, of: directory.number, shown)
    try syncDirectory(directory, shown)
    return directory
  }

  /// Removes a file, durable, if its bytes are the expected ones.
  /// - Returns: whether there was one.
  /// - Throws: `stale` when its bytes are others, `symlink`, `not-regular`, `io`.
  @discardableResult
  public func remove(_ path: RelativePath, expecting sha256: [UInt8]) throws(Refusal) -> Bool {
    let shown = absolute(path)
    guard let directory = try openParent(of: path),
      let file = try openEntry(path.name, in: directory, path)
    else { return false }
    let (status, present) = try content(file.number, shown)
    guard SHA256.hash(present) == sha256 else {
      throw .stale(shown, "was changed by somebody else")
    }
    try requireOwned(by: status.uid, shown)
    do { try calls.unlink(directory.number, path.name) } catch {
      if error == .noEntry { return false }
      throw .cannotWrite(shown, error)
    }
    try syncDirectory(directory, shown)
    return true
  }

  /// Removes a directory, durable, unless something is in it.
  /// - Throws: `symlink`, `not-regular`, `io`.
  @discardableResult
  public func removeDirectoryIfEmpty(_ path: RelativePath) throws(Refusal) -> DirectoryRemoval {
    let shown = absolute(path)
    guard let status = try status(path), let parent = try openParent(of: path) else {
      return .absent
    }
    if status.kind == .link { throw link(path) }
    guard status.kind == .directory else {
      throw Refusal(.notRegular, "\(shown.printable) is \(status.kindText), not a directory")
    }
    do { try calls.removeDirectory(parent.number, path.name) } catch {
      switch error {
      // POSIX allows either for a directory that is not empty.
      case .notEmpty, .exists: return .notEmpty
      case .noEntry: return .absent
      default: throw .cannotWrite(shown, error)
      }
    }
    try syncDirectory(parent, shown)
    return .removed
  }

  /// Removes what interrupted runs left under temporary names directly in a directory. Call it only
  /// while no other run can be at work there.
  /// - Returns: the names removed.
  @discardableResult
  public func removeLitter(in directory: RelativePath?) throws(Refusal) -> [[UInt8]] {
    try clearLitter(in: directory)?.removed ?? []
  }

  /// The same.
  /// - Returns: what the directory listed, in the order of bytes, less what was removed; nil where there is
  ///   none.
  func clearLitter(
    in directory: RelativePath?
  ) throws(Refusal) -> (left: [DirectoryEntry], removed: [[UInt8]])? {
    guard let opened = try open(directory, .directory) else { return nil }
    let shown = absolute(directory)
    var entries: [DirectoryEntry]
    do { entries = try calls.entries(opened.number).sorted { $0.name.precedes($1.name) } } catch {
      throw .cannotRead(shown, error)
    }
    var removed: [[UInt8]] = []
    for name in entries.map(\.name) where TemporaryName.matches(name) {
      do {
        switch try calls.status(opened.number, name).kind {
        case .file: try calls.unlink(opened.number, name)
        case .directory: try calls.removeDirectory(opened.number, name)
        case .link, .other: continue
        }
        removed.append(name)
      } catch {
        switch error {
        case .noEntry, .notEmpty, .exists: continue
        default: throw .cannotWrite(shown + [UInt8(ascii: "/")] + name, error)
        }
      }
    }
    if !removed.isEmpty {
      try syncDirectory(opened, shown)
      entries.removeAll { removed.contains($0.name) }
    }
    return (entries, removed)
  }

  /// Refuses where no entry can be made in a directory: a file system that is read-only, no right.
  /// - Throws: `io`, `not-found`.
  func requireWritable(_ directory: RelativePath?) throws(Refusal) {
    guard let opened = try openDirectory(directory, .handle) else {
      throw Refusal(.notFound, "there is no directory \(absolute(directory).printable)")
    }
    do { try calls.requireWritable(opened.number) } catch {
      throw .cannotWrite(absolute(directory), error)
    }
  }

  /// Whether locks seen here prove anything, by the kind of file system the directory lies on.
  public func locksAreProvable(at directory: RelativePath?) throws(Refusal) -> Bool {
    // What is not there yet comes to lie on the root's file system.
    let opened =
      directory == nil
      ? self.directory : try openDirectory(directory, .handle) ?? self.directory
    do {
      return FileSystemKind.isLocal(magic: try calls.fileSystemMagic(opened.number))
    } catch {
      throw .cannotRead(absolute(directory), error)
    }
  }
}

// MARK: - Steps all changes share

extension OpenRoot {
  /// The directory `path` lies in, open for reading and syncing; nil where there is none.
  /// - Throws: `not-owner` where it is another's: who owns a directory turns its names.
  func openParent(of path: RelativePath) throws(Refusal) -> Descriptor? {
    guard !isRelocated(path), let parent = try openDirectory(path.parent, []) else { return nil }
    guard owner != nil else { return parent }
    let shown = absolute(path.parent)
    let status: FileStatus
    do { status = try calls.status(parent.number) } catch { throw .cannotRead(shown, error) }
    try requireOwned(by: status.uid, shown)
    return parent
  }

  /// The same, refusing where there is none.
  func openParent(for path: RelativePath) throws(Refusal) -> Descriptor {
    if isRelocated(path) {
      throw Refusal(
        .notFound,
        "there is no directory \(absolute(path).printable), which is to stand in for one of the home; "
          + "make it and run again")
    }
    guard let parent = try openParent(of: path) else {
      throw Refusal(.notFound, "there is no directory \(absolute(path.parent).printable)")
    }
    return parent
  }

  /// A file in an open directory; nil where there is none.
  func openEntry(_ name: [UInt8], in directory: Descriptor, _ path: RelativePath)
    throws(Refusal) -> Descriptor?
  {
    do {
      return Descriptor(try opening.open(directory.number, name, flags: .noWait), calls)
    } catch {
      switch error {
      case .noEntry: return nil
      case .linkLoop: throw .isLink(absolute(path), onTheWayTo: absolute(path))
      default: throw .cannotRead(absolute(path), error)
      }
    }
  }

  /// What an entry that is to be made takes its owner and mode from.
  func model(for path: RelativePath, _ like: RelativePath?) throws(Refusal) -> FileStatus {
    let place = like ?? path.parent
    guard let status = try status(place) else {
      throw Refusal(.notFound, "there is no \(absolute(place).printable)")
    }
    if status.kind == .link, let place { throw link(place) }
    return status
  }

  func content(_ file: Int32, _ shown: [UInt8]) throws(Refusal) -> (FileStatus, [UInt8]) {
    let status = try reading.checkedStatus(file, shown)
    return (status, try reading.bytes(file, shown, expecting: status.size))
  }

  func requireOneName(links: Int, _ shown: [UInt8]) throws(Refusal) {
    guard links == 1 else {
      throw Refusal(
        .metadata,
        "\(shown.printable) has \(links) names (hard links), and replacing it would part "
          + "them; it stays as it was; make it a file of its own first")
    }
  }

  /// Gives a finished entry its name, where nothing stands under it.
  func rename(
    _ temporary: [UInt8], to name: [UInt8], in directory: Descriptor, _ path: RelativePath
  )
    throws(Refusal)
  {
    let shown = absolute(path)
    do {
      do {
        try calls.rename(directory.number, temporary, to: name, replacing: false)
      } catch .invalid {
        try renameWithoutFlag(temporary, to: name, in: directory)
      } catch .noSystemCall {
        try renameWithoutFlag(temporary, to: name, in: directory)
      }
    } catch .exists {
      throw .stale(shown, "has come to exist meanwhile")
    } catch {
      throw .cannotWrite(shown, error, unchanged: false)
    }
  }

  /// For file systems that have no RENAME_NOREPLACE (NFS): a second name is refused where one
  /// stands, and a directory cannot be renamed over anything but an empty one.
  private func renameWithoutFlag(
    _ temporary: [UInt8], to name: [UInt8], in directory: Descriptor
  ) throws(Errno) {
    if try calls.status(directory.number, temporary).kind == .directory {
      return try calls.rename(directory.number, temporary, to: name, replacing: true)
    }
    try calls.link(directory.number, temporary, to: name)
    try calls.unlink(directory.number, temporary)
  }

  /// Makes a directory's entries durable.
  func syncDirectory(_ directory: Descriptor, _ shown: [UInt8]) throws(Refusal) {
    do {
      try calls.sync(directory.number)
    } catch .invalid {
      // The file system cannot sync directories and keeps them by itself (some of FUSE, SMB).
    } catch {
      throw Refusal(
        .io,
        "\(shown.printable) was changed, but the system cannot say that the change will last: "
          + error.text)
    }
  }
}
