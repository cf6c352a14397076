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

/// A file of a ``StagingDirectory``.
final class StagedStream {
  private let output: HashedOutput
  private let owner: FileStatus

  fileprivate init(
    _ path: RelativePath, in root: OpenRoot, like owner: FileStatus, _ directory: Descriptor
  ) throws(Refusal) {
    self.owner = owner
    let shown = root.absolute(path)
    let file: Descriptor
    do {
      file = Descriptor(
        try root.calls.open(
          directory.number, path.name, flags: [.writeOnly, .create, .exclusive, .noFollow],
          mode: StagingDirectory.fileMode), root.calls)
    } catch {
      throw .cannotWrite(shown, error, unchanged: false)
    }
    output = HashedOutput(file, shown, capacity: 256 << 10, root.calls)
    try FileMetadata(calls: root.calls)
      .setOwner(uid: owner.uid, gid: owner.gid, of: file.number, shown)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Refusal) { try output.write(bytes) }

  func write(_ bytes: [UInt8]) throws(Refusal) { try output.write(bytes) }

  /// Makes the content durable. The name is once its directory is.
  func finish() throws(Refusal) -> FileState {
    try output.flushDurably()
    return FileState(
      mode: StagingDirectory.fileMode, uid: owner.uid, gid: owner.gid, size: output.size,
      sha256: output.finish())
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
