/// A file written and synced under a temporary name, waiting to take its place.
///
/// All files of a change are staged before the first takes its place: what can fail for want of
/// room or rights fails while everything is still old.
public struct StagedFile: Sendable {
  public let path: RelativePath
  let bytes: [UInt8]
  let mode: UInt32
  let uid: UInt32
  let gid: UInt32
  /// The file it replaces; nil for a file that must not exist yet.
  let replaced: (bytes: [UInt8], status: FileStatus)?
  let directory: Descriptor
  let temporary: [UInt8]

  /// What the file will be.
  public var state: FileState {
    FileState(mode: mode, uid: uid, gid: gid, size: bytes.count, sha256: SHA256.hash(bytes))
  }
}

extension OpenRoot {
  /// Writes `bytes` beside the file at `path`, with its owner, mode, ACL and attributes, and syncs
  /// them. The file itself stays untouched.
  /// - Throws: `stale` when the file's bytes are not the expected ones, `metadata` when something
  ///   of it cannot be kept or it has several names, `symlink`, `not-regular`, `io`.
  public func stageReplacement(
    of path: RelativePath, with bytes: [UInt8], expecting sha256: [UInt8]
  ) throws(Refusal) -> StagedFile {
    try stageReplacement(of: path, with: bytes) { SHA256.hash($0) == sha256 }
  }

  /// The same for who can tell the expected bytes by looking at them.
  func stageReplacement(
    of path: RelativePath, with bytes: [UInt8], where isExpected: ([UInt8]) -> Bool
  ) throws(Refusal) -> StagedFile {
    let shown = absolute(path)
    guard let directory = try openParent(of: path),
      let old = try openEntry(path.name, in: directory, path)
    else { throw .stale(shown, "is gone") }
    let (status, present) = try content(old.number, shown)
    guard isExpected(present) else { throw .stale(shown, "was changed by somebody else") }
    try requireOneName(links: status.links, shown)
    try requireOwned(by: status.uid, shown)
    let metadata = FileMetadata(calls: calls)
    let temporary = try writeTemporary(bytes, in: directory, shown) { (file) throws(Refusal) in
      try metadata.copy(from: old.number, status, to: file, shown)
    }
    return StagedFile(
      path: path, bytes: bytes, mode: status.permissions, uid: status.uid, gid: status.gid,
      replaced: (present, status), directory: directory, temporary: temporary)
  }

  /// Writes a file that does not exist yet, under a temporary name.
  /// - Parameters:
  ///   - like: a file or directory whose owner and mode it gets (a directory's without the right to
  ///     execute); nil: the directory it comes to lie in.
  ///   - wanted: its mode, where that is not to be had from `like`.
  /// - Throws: `stale` when there is something at `path`, `not-found` when its directory or `like`
  ///   is missing, `metadata`, `io`.
  public func stageCreation(
    of path: RelativePath, with bytes: [UInt8], like: RelativePath?, mode wanted: UInt32? = nil
  ) throws(Refusal) -> StagedFile {
    let shown = absolute(path)
    let model = try model(for: path, like)
    let directory = try openParent(for: path)
    if try status(path) != nil { throw .stale(shown, "exists already") }
    let mode =
      wanted ?? (model.kind == .directory ? model.permissions & 0o666 : model.permissions & 0o777)
    let metadata = FileMetadata(calls: calls)
    let temporary = try writeTemporary(bytes, in: directory, shown) { (file) throws(Refusal) in
      try metadata.setOwner(uid: model.uid, gid: model.gid, of: file, shown)
      try metadata.setMode(mode, of: file, shown)
    }
    return StagedFile(
      path: path, bytes: bytes, mode: mode, uid: model.uid, gid: model.gid, replaced: nil,
      directory: directory, temporary: temporary)
  }

  /// Puts a staged file in its place and makes that durable.
  ///
  /// - Throws: `stale` when the file there is no longer the one it was staged for, or `io`. With
  ///   `io` the new file may be in place without being durable: look at ``state(_:)``.
  public func commit(_ staged: StagedFile) throws(Refusal) {
    if let (bytes, status) = staged.replaced {
      try replace(staged, bytes, status)
    } else {
      try rename(staged.temporary, to: staged.path.name, in: staged.directory, staged.path)
    }
    try syncDirectory(staged.directory, absolute(staged.path))
  }

  /// Gives a staged file up. What cannot be removed is litter that the next run knows.
  public func discard(_ staged: StagedFile) {
    try? calls.unlink(staged.directory.number, staged.temporary)
  }

  private func replace(
    _ staged: StagedFile, _ bytes: [UInt8], _ before: FileStatus
  ) throws(Refusal) {
    let shown = absolute(staged.path)
    guard let old = try openEntry(staged.path.name, in: staged.directory, staged.path) else {
      throw .stale(shown, "is gone")
    }
    let (status, present) = try content(old.number, shown)
    try requireOneName(links: status.links, shown)
    guard present.isSame(as: bytes), status.permissions == before.permissions,
      status.uid == before.uid, status.gid == before.gid
    else { throw .stale(shown, "was changed by somebody else") }
    do {
      try calls.rename(
        staged.directory.number, staged.temporary, to: staged.path.name, replacing: true)
    } catch {
      throw .cannotWrite(shown, error)
    }
  }

  /// Writes, dresses and syncs a new file in `directory`; its name. Nothing is left on failure.
  private func writeTemporary(
    _ bytes: [UInt8], in directory: Descriptor, _ shown: [UInt8],
    dress: (Int32) throws(Refusal) -> Void
  ) throws(Refusal) -> [UInt8] {
    let (file, name) = try createTemporary(in: directory, shown)
    do throws(Refusal) {
      try write(bytes, to: file, shown)
      try dress(file)
      // Once: after a failed fsync nobody knows what is on the disk, and a second one may lie.
      do { try calls.sync(file) } catch { throw Refusal.cannotWrite(shown, error) }
    } catch {
      try? calls.close(file)
      try? calls.unlink(directory.number, name)
      throw error
    }
    do { try calls.close(file) } catch {
      try? calls.unlink(directory.number, name)
      throw .cannotWrite(shown, error)
    }
    return name
  }

  private func createTemporary(in directory: Descriptor, _ shown: [UInt8]) throws(Refusal)
    -> (file: Int32, name: [UInt8])
  {
    for _ in 0..<16 {
      let name = TemporaryName.make()
      do {
        let file = try calls.open(
          directory.number, name, flags: [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
        return (file, name)
      } catch .exists {
        continue
      } catch {
        throw .cannotWrite(shown, error)
      }
    }
    throw .cannotWrite(shown, .exists)
  }

  private func write(_ bytes: [UInt8], to file: Int32, _ shown: [UInt8]) throws(Refusal) {
    var written = 0
    while written < bytes.count {
      let count: Int
      do {
        count = try bytes.withUnsafeBytes { buffer in
          let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
          return Result { () throws(Errno) in try calls.write(file, rest) }
        }.get()
      } catch {
        throw .cannotWrite(shown, error)
      }
      // A device that takes nothing and says no error would be asked for ever.
      guard count > 0 else { throw .cannotWrite(shown, .io) }
      written += count
    }
  }
}
