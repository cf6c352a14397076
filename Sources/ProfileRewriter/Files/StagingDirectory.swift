import ConfigFormats

/// A directory under a temporary name in which much is made, to be moved to its place when it is
/// whole: by that name alone all of it is known to be ours.
struct StagingDirectory {
  let root: OpenRoot
  /// Below the root.
  let path: RelativePath
  /// Whose owner and group new entries are given: the directory's that it lies in.
  let owner: FileStatus
  /// Mail is its owner's alone, as the clients make it.
  static let directoryMode: UInt32 = 0o700
  static let fileMode: UInt32 = 0o600

  /// A name that is not taken, in a directory that is there.
  static func name(in directory: RelativePath) -> RelativePath {
    directory.appending(RelativePath(component: TemporaryName.make()))
  }

  /// Whether a path is of the form that ``name(in:)`` gives: nothing else may be removed with all
  /// that is in it.
  static func isName(_ path: RelativePath) -> Bool { TemporaryName.matches(path.name) }

  /// Makes it.
  /// - Throws: `not-found` without the directory it is to lie in, `not-owner`, `io`.
  init(making path: RelativePath, in root: OpenRoot) throws(Refusal) {
    self.root = root
    self.path = path
    owner = try root.model(for: path, nil)
    let parent = try root.openParent(for: path)
    let shown = root.absolute(path)
    do { try root.calls.makeDirectory(parent.number, path.name, mode: Self.directoryMode) } catch {
      throw .cannotWrite(shown, error, unchanged: false)
    }
    try dress(path)
    try root.syncDirectory(parent, shown)
  }

  /// Makes a directory in it.
  func makeDirectory(_ below: RelativePath) throws(Refusal) {
    let path = path.appending(below)
    let parent = try root.openParent(for: path)
    do { try root.calls.makeDirectory(parent.number, path.name, mode: Self.directoryMode) } catch {
      throw .cannotWrite(root.absolute(path), error, unchanged: false)
    }
    try dress(path)
  }

  private func dress(_ path: RelativePath) throws(Refusal) {
    let shown = root.absolute(path)
    guard let directory = try root.open(path, .directory) else {
      throw .stale(shown, "is gone")
    }
    let metadata = FileMetadata(calls: root.calls)
    try metadata.setOwner(uid: owner.uid, gid: owner.gid, of: directory.number, shown)
    try metadata.setMode(Self.directoryMode, of: directory.number, shown)
  }

  /// Begins a new file in it.
  func makeFile(_ below: RelativePath) throws(Refusal) -> StagedStream {
    let path = path.appending(below)
    return try StagedStream(path, in: root, like: owner, root.openParent(for: path))
  }

  /// Many files of one directory.
  func opened(_ below: RelativePath) throws(Refusal) -> (RelativePath) throws(Refusal) ->
    StagedStream
  {
    let directory = path.appending(below)
    guard let opened = try root.open(directory, .directory) else {
      throw .stale(root.absolute(directory), "is gone")
    }
    return { [root, owner] (leaf) throws(Refusal) in
      try StagedStream(directory.appending(leaf), in: root, like: owner, opened)
    }
  }

  /// Makes durable what names a directory of it holds.
  func sync(_ below: RelativePath?) throws(Refusal) {
    let path = below.map(path.appending) ?? path
    guard let directory = try root.open(path, .directory) else { return }
    try root.syncDirectory(directory, root.absolute(path))
  }

  /// Moves an entry of the profile in, which takes it away from the client at once.
  func move(_ source: RelativePath, in entry: RelativePath) throws(Refusal) {
    try root.move(source, to: path.appending(entry))
  }
}

/// A file of a ``StagingDirectory``, written from start to end and hashed on the way: of any size,
/// none of it held in memory.
final class StagedStream {
  private let root: OpenRoot
  private let path: RelativePath
  private let file: Descriptor
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0
  private let hash = SHA256Stream()
  private var size = 0
  private let owner: FileStatus
  private static let capacity = 256 << 10

  fileprivate init(
    _ path: RelativePath, in root: OpenRoot, like owner: FileStatus, _ directory: Descriptor
  ) throws(Refusal) {
    self.root = root
    self.path = path
    self.owner = owner
    do {
      file = Descriptor(
        try root.calls.open(
          directory.number, path.name, flags: [.writeOnly, .create, .exclusive, .noFollow],
          mode: StagingDirectory.fileMode), root.calls)
    } catch {
      throw .cannotWrite(root.absolute(path), error, unchanged: false)
    }
    buffer = .allocate(byteCount: Self.capacity, alignment: 16)
    let metadata = FileMetadata(calls: root.calls)
    let shown = root.absolute(path)
    try metadata.setOwner(uid: owner.uid, gid: owner.gid, of: file.number, shown)
  }

  deinit { buffer.deallocate() }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
    hash.update(bytes)
    size += bytes.count
    if bytes.count > buffer.count - filled { try flush() }
    guard bytes.count <= buffer.count else { return try put(bytes) }
    buffer.baseAddress?.advanced(by: filled).copyMemory(from: base, byteCount: bytes.count)
    filled += bytes.count
  }

  func write(_ bytes: [UInt8]) throws(Refusal) {
    try bytes.withUnsafeBytes { bytes in Result { () throws(Refusal) in try write(bytes) } }.get()
  }

  private func flush() throws(Refusal) {
    let part = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
    filled = 0
    try put(part)
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    var rest = bytes
    while !rest.isEmpty {
      let written: Int
      do { written = try root.calls.write(file.number, rest) } catch {
        throw .cannotWrite(root.absolute(path), error, unchanged: false)
      }
      // A device that takes nothing and says no error would be asked for ever.
      guard written > 0 else { throw .cannotWrite(root.absolute(path), .io, unchanged: false) }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  /// Makes the content durable. The name is once its directory is.
  func finish() throws(Refusal) -> FileState {
    try flush()
    do { try root.calls.sync(file.number) } catch {
      throw .cannotWrite(root.absolute(path), error, unchanged: false)
    }
    return FileState(
      mode: StagingDirectory.fileMode, uid: owner.uid, gid: owner.gid, size: size,
      sha256: hash.finish())
  }
}

extension RelativePath {
  /// A name that this program has made up.
  init(component name: [UInt8]) {
    guard let path = RelativePath(name) else {
      preconditionFailure("no name of this program is none")
    }
    self = path
  }

  /// A number as a name.
  init(number: Int) { self.init(component: Array(String(number).utf8)) }
}
