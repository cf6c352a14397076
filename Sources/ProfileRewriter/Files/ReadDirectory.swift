import ConfigFormats
import Synchronization

/// A directory that is opened once and read in: the way to it is gone once, and a file whose kind was
/// asked for is the one that is read next, if it is read at all.
///
/// For looking through homes, where most of the work is such asking. What is to be changed is opened anew,
/// by its path and under the client's lock.
final class ReadDirectory: DirectoryView {
  let root: OpenRoot
  /// The file that was looked at last, open at its beginning.
  private let looked = Mutex<(path: RelativePath, file: Descriptor, status: FileStatus)?>(nil)

  init(_ root: OpenRoot) { self.root = root }

  var absolutePath: [UInt8] { root.path }

  func kind(_ path: RelativePath) throws(Refusal) -> EntryKind? {
    let opened: Descriptor?
    do throws(Refusal) { opened = try root.open(path, .noWait) } catch {
      // A link, or what may be named and not read, is asked for without opening it.
      return try root.kind(path)
    }
    guard let file = opened else { return nil }
    guard let status = try? root.calls.status(file.number) else { return try root.kind(path) }
    if status.kind == .file { looked.withLock { $0 = (path, file, status) } }
    return status.kind
  }

  func read(_ path: RelativePath) throws(Refusal) -> [UInt8]? {
    guard let (file, status) = take(path) else { return try root.read(path) }
    return try root.reading.bytes(file.number, root.absolute(path), expecting: status.size)
  }

  /// The file that was looked at, within the limit; each once, for it is read to its end.
  private func take(_ path: RelativePath) -> (Descriptor, FileStatus)? {
    looked.withLock { looked in
      guard let found = looked, found.path == path, found.status.size <= root.fileSizeLimit else {
        return nil
      }
      looked = nil
      return (found.file, found.status)
    }
  }

  func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]? { try root.list(path) }

  func size(_ path: RelativePath) throws(Refusal) -> Int? { try root.size(path) }

  func rows(_ query: String, of database: RelativePath) throws(Refusal) -> [[DatabaseCell]]? {
    try root.rows(query, of: database)
  }
}
