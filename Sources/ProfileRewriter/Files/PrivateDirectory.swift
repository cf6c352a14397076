import ConfigFormats
import Glibc

/// A directory of this process's own user, for what nobody else is to read: directories 0700, files
/// 0600, made new and never over anything.
///
/// Whoever the calling thread acts as towards a home, here it is the process itself.
public final class PrivateDirectory: Sendable {
  public static let directoryMode: UInt32 = 0o700
  public static let fileMode: UInt32 = 0o600

  /// What lies below it, for reading.
  public let root: OpenRoot

  public var path: [UInt8] { root.path }

  /// - Parameters:
  ///   - path: absolute.
  ///   - create: make it, if only its last component is missing.
  /// - Throws: `not-found`; `not-owner` for somebody else's, or one that only a way through somebody
  ///   else's directories leads to; `symlink`, `not-regular`, `metadata` for one that others may
  ///   read, `io`.
  public init(
    _ path: [UInt8], create: Bool, calls: any SystemCalls = LinuxSystemCalls.shared
  ) throws(Refusal) {
    let calls = ActingSystemCalls(calls, as: nil)
    if create { try Self.make(path, calls) }
    root = try OpenRoot.home(path, owners: [geteuid()], calls: calls)
    guard let status = try root.status(nil) else {
      throw Refusal(.notFound, "there is no directory \(path.printable)")
    }
    guard status.permissions & 0o022 == 0 else {
      throw Refusal(
        .metadata,
        "others may write in \(path.printable); take that right from them (chmod go-w), or name a new "
          + "directory")
    }
  }

  /// The directory that a new one comes to lie in: root's own, or, unless this is root, the caller's
  /// or one that all may write.
  private static func make(_ path: [UInt8], _ calls: any SystemCalls) throws(Refusal) {
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")),
      let name = RelativePath(path[(slash + 1)...])
    else { throw Refusal(.notFound, "\(path.printable) is not an absolute path") }
    let above = slash == 0 ? [UInt8(ascii: "/")] : Array(path[..<slash])
    let parent = try OpenRoot.home(above, calls: calls)
    if try parent.status(name) != nil { return }
    guard let status = try parent.status(nil) else { return }
    guard status.uid == geteuid() || status.uid == 0 else {
      throw Refusal(
        .notOwner,
        "\(above.printable) belongs to user \(status.uid); what is written there would be theirs to "
          + "take away; name a directory of your own")
    }
    try parent.makePrivateDirectory(name)
  }

  public func makeDirectory(_ path: RelativePath) throws(Refusal) {
    try root.makePrivateDirectory(path)
  }

  /// - Throws: `metadata` where the file system does not keep a directory from others.
  public func requirePrivate(_ path: RelativePath) throws(Refusal) {
    guard let status = try root.status(path), status.permissions & 0o077 != 0 else { return }
    throw Refusal(
      .metadata,
      "others may enter \(root.absolute(path).printable): its file system keeps no modes; name a "
        + "directory on another one")
  }

  /// Gives a finished file its name; nothing may be there.
  public func rename(_ path: RelativePath, to name: RelativePath) throws(Refusal) {
    guard let parent = try root.openParent(of: path) else {
      throw .cannotRead(root.absolute(path), .noEntry)
    }
    do {
      try root.calls.rename(parent.number, path.name, to: name.name, replacing: false)
    } catch {
      throw .cannotWrite(root.absolute(name), error)
    }
    try root.syncDirectory(parent, root.absolute(name))
  }

  /// A new file, empty.
  /// - Throws: `exists` where there is something by that name; `io`.
  public func create(_ path: RelativePath) throws(Refusal) -> PrivateFile {
    try PrivateFile(root, path)
  }

  /// Takes away a file, whatever is in it; nothing where there is none.
  public func removeFile(_ path: RelativePath) throws(Refusal) {
    try root.removeOwnFile(path)
  }

  public func removeDirectory(_ path: RelativePath) throws(Refusal) {
    guard let parent = try root.openParent(of: path) else { return }
    do { try root.calls.removeDirectory(parent.number, path.name) } catch {
      if error == .noEntry { return }
      throw .cannotWrite(root.absolute(path), error)
    }
  }

  /// Makes durable what names a directory holds.
  public func sync(_ path: RelativePath?) throws(Refusal) {
    guard let directory = try root.open(path, .directory) else { return }
    try root.syncDirectory(directory, root.absolute(path))
  }

  /// What is left of a file system's room, in bytes; nil where it does not say.
  public var room: Int? {
    var status = statvfs()
    let text = path.map { CChar(bitPattern: $0) } + [0]
    guard statvfs(text, &status) == 0 else { return nil }
    return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
  }
}

extension OpenRoot {
  fileprivate func makePrivateDirectory(_ path: RelativePath) throws(Refusal) {
    let parent = try openParent(for: path)
    let shown = absolute(path)
    do {
      try calls.makeDirectory(parent.number, path.name, mode: PrivateDirectory.directoryMode)
    } catch {
      if error == .exists { throw Refusal(.exists, "\(shown.printable) exists already") }
      throw .cannotWrite(shown, error)
    }
    try syncDirectory(parent, shown)
  }

  fileprivate func removeOwnFile(_ path: RelativePath) throws(Refusal) {
    guard let parent = try openParent(of: path) else { return }
    do { try calls.unlink(parent.number, path.name) } catch {
      if error == .noEntry { return }
      throw .cannotWrite(absolute(path), error)
    }
  }
}

/// A new file that is written from its start to its end, in large pieces, and hashed on the way.
public final class PrivateFile {
  private var output: HashedOutput?
  private let shown: [UInt8]
  /// Bytes so far.
  public private(set) var size = 0

  /// For a program that writes into it by itself.
  package var descriptor: Int32 { output?.descriptor ?? -1 }

  fileprivate init(_ root: OpenRoot, _ below: RelativePath) throws(Refusal) {
    shown = root.absolute(below)
    let parent = try root.openParent(for: below)
    do {
      let file = Descriptor(
        try root.calls.open(
          parent.number, below.name, flags: [.writeOnly, .create, .exclusive, .noFollow],
          mode: PrivateDirectory.fileMode), root.calls)
      output = HashedOutput(file, shown, capacity: 1 << 20, root.calls)
    } catch {
      if error == .exists { throw Refusal(.exists, "\(shown.printable) exists already") }
      throw .cannotWrite(shown, error)
    }
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    try open().write(bytes)
    size += bytes.count
  }

  public func write(_ bytes: [UInt8]) throws(Refusal) {
    try open().write(bytes)
    size += bytes.count
  }

  /// Makes durable what has been written so far.
  public func flushDurably() throws(Refusal) { try open().flushDurably() }

  /// Makes it durable and closes it. Its name is durable once its directory is
  /// (``PrivateDirectory/sync(_:)``).
  /// - Returns: the SHA-256 of all that was written here.
  @discardableResult
  public func finish() throws(Refusal) -> [UInt8] {
    let output = try open()
    try output.flushDurably()
    self.output = nil
    return output.finish()
  }

  private func open() throws(Refusal) -> HashedOutput {
    guard let output else { throw .cannotWrite(shown, .io, unchanged: false) }
    return output
  }
}
