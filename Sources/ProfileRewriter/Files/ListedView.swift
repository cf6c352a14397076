import ConfigFormats
import Synchronization

/// A directory as it is looked through for profiles: what is in it is listed once, and what is not in the
/// list is not asked for. Most homes have one client of many, so that is most of the asking.
///
/// Of what is listed the kind is mostly known, too, and a directory in which something is looked at stays
/// open for who reads there next.
final class ListedView: DirectoryView {
  private let root: OpenRoot
  /// nil where the directory shows no list: then everything is asked for.
  let entries: [DirectoryEntry]?
  private let names: ListedNames?
  private let known = Mutex(Known())

  private struct Known {
    /// The listings of directories below, of the last few that were asked for.
    var listed: [(path: RelativePath, entries: [DirectoryEntry])] = []
    var opened: [(path: RelativePath, directory: ReadDirectory?)] = []
    /// Something could not be opened: a directory may show names and let nobody through, and only the
    /// system knows.
    var mistrustsKinds = false
  }

  /// Each open one takes two descriptors, and many homes may be at hand at once.
  private static let most = 4

  /// - Parameter isWhole: no directory that lies elsewhere stands in for one of these.
  init(_ root: OpenRoot, isWhole: Bool) {
    self.root = root
    entries = isWhole ? (try? root.entries(of: nil)) ?? nil : nil
    names = entries.map { ListedNames(names: $0.map(\.name)) }
  }

  /// The directory at `path`, where it was opened on the way.
  func opened(_ path: RelativePath) -> ReadDirectory? {
    known.withLock { known in known.opened.first { $0.path == path }?.directory }
  }

  var absolutePath: [UInt8] { root.absolutePath }

  func read(_ path: RelativePath) throws(Refusal) -> [UInt8]? {
    isAbsent(path) ? nil : try root.read(path)
  }

  func kind(_ path: RelativePath) throws(Refusal) -> EntryKind? {
    if isAbsent(path) { return nil }
    if let kind = listedKind(path) { return kind }
    if let parent = path.parent.flatMap(listedKind), parent == .file || parent == .other {
      return nil
    }
    do throws(Refusal) {
      guard let (directory, leaf) = directory(around: path) else { return try root.kind(path) }
      return try directory.kind(leaf)
    } catch {
      known.withLock { $0.mistrustsKinds = true }
      throw error
    }
  }

  func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]? {
    guard let path else {
      if let names { return names.names }
      return try root.list(nil)
    }
    if isAbsent(path) { return nil }
    do throws(Refusal) {
      guard let found = try root.entries(of: path) else { return nil }
      if entries != nil { note(found, of: path) }
      return found.map(\.name)
    } catch {
      known.withLock { $0.mistrustsKinds = true }
      throw error
    }
  }

  private func note(_ found: [DirectoryEntry], of path: RelativePath) {
    known.withLock { known in
      if known.listed.count == Self.most { known.listed.removeFirst() }
      known.listed.append((path, found))
    }
  }

  func size(_ path: RelativePath) throws(Refusal) -> Int? {
    isAbsent(path) ? nil : try root.size(path)
  }

  func rows(_ query: String, of database: RelativePath) throws(Refusal) -> [[DatabaseCell]]? {
    isAbsent(database) ? nil : try root.rows(query, of: database)
  }

  // MARK: What is known

  private func isAbsent(_ path: RelativePath) -> Bool { names?.lack(path) ?? false }

  /// The kind of `path` where the directory it lies in was listed and tells it. A name in another case is
  /// not found in the list, and asked for.
  private func listedKind(_ path: RelativePath) -> EntryKind? {
    known.withLock { known in
      if known.mistrustsKinds { return nil }
      guard let slash = path.bytes.lastIndex(of: UInt8(ascii: "/")) else {
        return Self.kind(of: path.bytes[...], in: entries)
      }
      let listed = known.listed.last { $0.path.bytes.elementsEqual(path.bytes[..<slash]) }
      return Self.kind(of: path.bytes[(slash + 1)...], in: listed?.entries)
    }
  }

  /// Entries stand in the order of their names. In a short list one is found sooner from the start.
  private static func kind(of name: ArraySlice<UInt8>, in entries: [DirectoryEntry]?) -> EntryKind?
  {
    guard let entries else { return nil }
    var rest = entries[...]
    let wanted = rest.count > 32 ? Array(name) : []
    while rest.count > 32 {
      let middle = rest.startIndex + rest.count / 2
      if wanted.precedes(rest[middle].name) {
        rest = rest[..<middle]
      } else {
        rest = rest[middle...]
      }
    }
    return rest.first { $0.name.elementsEqual(name) }?.kind
  }

  /// The directory in which `path` lies, opened, where it is known to be one; and the name there.
  private func directory(around path: RelativePath) -> (ReadDirectory, RelativePath)? {
    guard let parent = path.parent, let leaf = path.relative(to: parent),
      listedKind(parent) == .directory
    else { return nil }
    if let known = known.withLock({ known in known.opened.first { $0.path == parent } }) {
      return known.directory.map { ($0, leaf) }
    }
    guard known.withLock({ $0.opened.count }) < Self.most else { return nil }
    // What cannot be opened is asked for by its path, which tells why.
    let directory = ((try? root.directoryRoot(at: parent)) ?? nil).map(ReadDirectory.init)
    known.withLock { $0.opened.append((parent, directory)) }
    return directory.map { ($0, leaf) }
  }
}
