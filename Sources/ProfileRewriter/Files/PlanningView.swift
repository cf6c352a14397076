import ConfigFormats
import Synchronization

/// A profile as one planning sees it: each file is read once, and what the profile's directory does not
/// list is not asked for, so that all that is planned rests on one reading.
///
/// It lives as long as the planning does. What has changed since is met when the new file is staged
/// and again when it takes the old one's place.
final class PlanningView: DirectoryView {
  private struct Content: Sendable {
    var bytes: [UInt8]
    var status: FileStatus
  }

  private let view: any FileReadingView
  private let read = Mutex<[RelativePath: Content]>([:])
  /// nil where the directory shows no list, or is not one: then everything is asked for.
  private let names: ListedNames?

  /// - Parameter isListed: no directory that lies elsewhere stands in for one of these.
  init(_ view: any FileReadingView, isListed: Bool) {
    self.view = view
    names = isListed ? ((try? view.list(nil)) ?? nil).map(ListedNames.init) : nil
  }

  var absolutePath: [UInt8] { view.absolutePath }

  func read(_ path: RelativePath) throws(Refusal) -> [UInt8]? { try content(path)?.bytes }

  /// A file's bytes and state as they were read.
  func snapshot(_ path: RelativePath) throws(Refusal) -> FileSnapshot? {
    try content(path).map { FileSnapshot(bytes: $0.bytes, status: $0.status) }
  }

  private func content(_ path: RelativePath) throws(Refusal) -> Content? {
    if let known = read.withLock({ $0[path] }) { return known }
    guard !lacks(path), let file = try view.file(path) else { return nil }
    let content = Content(bytes: file.bytes, status: file.status)
    read.withLock { $0[path] = content }
    return content
  }

  func kind(_ path: RelativePath) throws(Refusal) -> EntryKind? {
    lacks(path) ? nil : try view.kind(path)
  }

  func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]? {
    guard let path else {
      if let names { return names.names }
      return try view.list(nil)
    }
    return lacks(path) ? nil : try view.list(path)
  }

  func size(_ path: RelativePath) throws(Refusal) -> Int? {
    lacks(path) ? nil : try view.size(path)
  }

  func rows(_ query: String, of database: RelativePath) throws(Refusal) -> [[DatabaseCell]]? {
    lacks(database) ? nil : try view.rows(query, of: database)
  }

  private func lacks(_ path: RelativePath) -> Bool { names?.lack(path) ?? false }
}

/// A view that tells of a file its state, too.
protocol FileReadingView: DirectoryView {
  /// A regular file's bytes and what stat(2) said of it, of one opening.
  func file(_ path: RelativePath) throws(Refusal) -> (bytes: [UInt8], status: FileStatus)?
}

extension OpenRoot: FileReadingView {
  func file(_ path: RelativePath) throws(Refusal) -> (bytes: [UInt8], status: FileStatus)? {
    guard let file = try open(path, .noWait) else { return nil }
    let shown = absolute(path)
    let status = try reading.checkedStatus(file.number, shown)
    return (try reading.bytes(file.number, shown, expecting: status.size), status)
  }
}
