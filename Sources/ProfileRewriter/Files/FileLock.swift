import ConfigFormats

/// A write lock over a whole file, held until this is let go of.
///
/// It is an open-file-description lock (fcntl(2), F_OFD_SETLK): it conflicts with the POSIX record
/// locks that clients take, and unlike those it survives another close of the same file in this
/// process. The file is never unlinked, since that would let two holders in.
public final class FileLock: Sendable {
  public let path: [UInt8]
  let descriptor: Descriptor
  private let calls: any SystemCalls

  init(path: [UInt8], _ descriptor: Descriptor, _ calls: any SystemCalls) {
    self.path = path
    self.descriptor = descriptor
    self.calls = calls
  }

  // Said, not left to the close: a child that another thread has just forked shares the description
  // until it executes, and the client or our own next run would find the profile locked.
  deinit { try? calls.unlock(descriptor.number) }
}

/// What trying for a lock gave.
public enum LockAttempt: Sendable {
  case held(FileLock)
  /// Another holds it.
  case busy(LockHolder)
  /// There is no lock file, and none was to be made.
  case absent
}

extension OpenRoot {
  /// Takes the lock on a file, without waiting.
  /// - Parameters:
  ///   - createLike: make the file where there is none, with owner and mode like this entry's (nil
  ///     in `.some`: like its directory's). Without it a missing file is `absent`.
  /// - Throws: `symlink`, `not-regular`, `io`.
  public func recordLock(_ path: RelativePath, createLike: RelativePath?? = .none)
    throws(Refusal) -> LockAttempt
  {
    // The name may be given to another file between opening and locking; then once more.
    for _ in 0..<16 {
      guard let (file, status) = try openLockFile(path, [.readWrite, .noWait]) else {
        guard let createLike else { return .absent }
        try createLockFile(path, like: createLike)
        continue
      }
      try requireOwned(by: status.uid, absolute(path))
      do {
        try calls.lock(file.number)
      } catch {
        guard error == .tryAgain || error == .accessDenied else {
          throw Refusal(.io, "cannot lock \(absolute(path).printable): \(error.text)")
        }
        let holder = try? calls.lockHolder(file.number)
        return .busy(holder ?? LockHolder(process: nil))
      }
      if let named = try self.status(path), named.isSameFile(as: status) {
        return .held(FileLock(path: absolute(path), file, calls))
      }
    }
    throw Refusal(.busy, "\(absolute(path).printable) is replaced over and over; try again")
  }

  /// Who holds a lock on the file, if anybody; takes none and needs no right to write. nil also
  /// where there is no file.
  /// - Throws: `symlink`, `not-regular`, `io`.
  public func recordLockHolder(_ path: RelativePath) throws(Refusal) -> LockHolder? {
    guard let (file, _) = try openLockFile(path, .noWait) else { return nil }
    do { return try calls.lockHolder(file.number) } catch {
      throw .cannotRead(absolute(path), error)
    }
  }

  /// Whether anybody holds a lock on the file.
  public func isRecordLocked(_ path: RelativePath) throws(Refusal) -> Bool {
    try recordLockHolder(path) != nil
  }

  private func openLockFile(_ path: RelativePath, _ flags: OpenFlags) throws(Refusal)
    -> (Descriptor, FileStatus)?
  {
    guard let file = try open(path, flags) else { return nil }
    let status: FileStatus
    do { status = try calls.status(file.number) } catch { throw .cannotRead(absolute(path), error) }
    guard status.kind == .file else { throw .notRegular(absolute(path), status) }
    return (file, status)
  }

  /// Made whole under another name first: a lock file that the client may not open would keep it
  /// from starting for ever.
  private func createLockFile(_ path: RelativePath, like: RelativePath?) throws(Refusal) {
    if try createUnnamed(path, like: like) { return }
    do throws(Refusal) {
      let staged = try stageCreation(of: path, with: [], like: like)
      do throws(Refusal) { try commit(staged) } catch {
        discard(staged)
        throw error
      }
    } catch {
      // Somebody else made it meanwhile: take theirs.
      if error.reason != .stale { throw error }
    }
  }

  /// The same without a temporary name, which a kill at that instant would leave behind before any
  /// journal knows of it.
  /// - Returns: false where the file system has no unnamed files.
  private func createUnnamed(_ path: RelativePath, like: RelativePath?) throws(Refusal) -> Bool {
    let model = try model(for: path, like)
    let directory = try openParent(for: path)
    let file: Descriptor
    do {
      file = Descriptor(
        try calls.open(
          directory.number, [UInt8(ascii: ".")], flags: [.writeOnly, .unnamed], mode: 0o600),
        calls)
    } catch {
      return false
    }
    let shown = absolute(path)
    let metadata = FileMetadata(calls: calls)
    try metadata.setOwner(uid: model.uid, gid: model.gid, of: file.number, shown)
    try metadata.setMode(
      model.kind == .directory ? model.permissions & 0o666 : model.permissions & 0o777,
      of: file.number, shown)
    do {
      try calls.link(unnamed: file.number, directory.number, to: path.name)
    } catch {
      // Made by somebody else meanwhile, or there is no /proc: the way with a name tells which.
      return false
    }
    try syncDirectory(directory, shown)
    return true
  }
}
