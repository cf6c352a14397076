internal import CPlatform
import ConfigFormats

/// A regular file of a home, open for reading at any place and of any size, that tells whether it was
/// changed meanwhile. Nothing of it is held in memory.
///
/// A second name of the file is no obstacle: it is read as its owner, and nothing is written.
public final class WatchedFile: Sendable, WindowSource {
  /// As it was when it was opened.
  public let status: FileStatus
  /// The absolute path, for people.
  public let path: [UInt8]
  private let root: OpenRoot
  private let below: RelativePath
  private let file: Descriptor

  /// For a program that reads it by itself, from its start.
  package var descriptor: Int32 { file.number }

  init(_ root: OpenRoot, _ below: RelativePath, _ file: Descriptor) throws(Refusal) {
    path = root.absolute(below)
    do { status = try root.calls.status(file.number) } catch { throw .cannotRead(path, error) }
    guard status.kind == .file else { throw .notRegular(path, status) }
    try root.requireOwned(by: status.uid, path)
    try Self.requireThere(file, path, status)
    self.root = root
    self.below = below
    self.file = file
  }

  /// Of a sparse file, the bytes in its holes. A program that keeps mail makes none; what claims more takes
  /// days to read, and fills the disk that it is copied to.
  private static let mostMissing = 1 << 30

  private static func requireThere(
    _ file: Descriptor, _ path: [UInt8], _ status: FileStatus
  ) throws(Refusal) {
    guard status.size > mostMissing else { return }
    var missing: Int64 = 0
    guard cplatform_lacks(file.number, &missing) == 1, missing > mostMissing else { return }
    throw Refusal(
      .tooLarge,
      "\(path.printable) claims \(status.size) bytes, and \(missing) of them lie on no disk: it is a sparse "
        + "file, which no mail client makes")
  }

  /// Fills `buffer` from a place of the file on, as far as the file goes.
  public func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Refusal) -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let got: Int
      do { got = try root.calls.read(file.number, at: offset + filled, into: rest) } catch {
        throw .cannotRead(path, error)
      }
      if got == 0 { break }
      filled += got
    }
    return filled
  }

  /// - Throws: `stale` where it is no longer what it was when it was opened, or its name stands for
  ///   another file.
  public func requireUnchanged() throws(Refusal) {
    let now: FileStatus
    do { now = try root.calls.status(file.number) } catch { throw .cannotRead(path, error) }
    guard now.isUnchanged(since: status), let named = try root.status(below),
      named.isSameFile(as: status)
    else {
      throw Refusal(
        .stale, "\(path.printable) changed while it was read; close the client and run again")
    }
  }
}

extension WatchedFile {
  package var size: Int? { status.size }
}

extension FileStatus {
  /// Whether nothing tells of a change of the content.
  func isUnchanged(since before: FileStatus) -> Bool {
    isSameFile(as: before) && size == before.size && modified == before.modified
      && changed == before.changed
  }
}

extension OpenRoot {
  /// A regular file to be read in pieces; nil where there is nothing by that name.
  /// - Throws: `symlink`, `not-regular`, `not-owner`, `io`.
  public func watchedFile(_ below: RelativePath) throws(Refusal) -> WatchedFile? {
    guard let file = try open(below, .noWait) else { return nil }
    return try WatchedFile(self, below, file)
  }
}
