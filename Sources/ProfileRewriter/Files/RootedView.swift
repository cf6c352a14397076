import ConfigFormats

extension OpenRoot: DirectoryView {
  public var absolutePath: [UInt8] { path }

  public func read(_ path: RelativePath) throws(Refusal) -> [UInt8]? { try file(path)?.bytes }

  public func kind(_ path: RelativePath) throws(Refusal) -> EntryKind? {
    try status(path)?.kind
  }

  public func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]? {
    try entries(of: path)?.map(\.name)
  }

  /// The same with the kind of each, where the directory tells.
  func entries(of path: RelativePath?) throws(Refusal) -> [DirectoryEntry]? {
    if let held, held.place == path, let entries = held.entries { return entries }
    guard let directory = try open(path, .directory) else { return nil }
    do {
      return try calls.entries(directory.number).sorted { $0.name.precedes($1.name) }
    } catch {
      throw .cannotRead(absolute(path), error)
    }
  }

  public func size(_ path: RelativePath) throws(Refusal) -> Int? {
    guard let status = try status(path) else { return nil }
    switch status.kind {
    case .file: return status.size
    case .link: throw link(path)
    case .directory, .other: throw .notRegular(absolute(path), status)
    }
  }

  /// The same root seen from one of its directories; nil is the root itself. The directory need
  /// not exist: then everything in it is absent.
  public func view(at directory: RelativePath?) -> any DirectoryView {
    readingView(at: directory)
  }

  func readingView(at directory: RelativePath?) -> any FileReadingView {
    guard let directory else { return self }
    return RootedView(root: self, directory: directory)
  }
}

/// A directory below an ``OpenRoot``, as adapters see it.
struct RootedView: FileReadingView {
  let root: OpenRoot
  let directory: RelativePath

  var absolutePath: [UInt8] { root.absolute(directory) }

  func read(_ path: RelativePath) throws(Refusal) -> [UInt8]? { try file(path)?.bytes }

  func file(_ path: RelativePath) throws(Refusal) -> (bytes: [UInt8], status: FileStatus)? {
    try root.file(directory.appending(path))
  }

  func kind(_ path: RelativePath) throws(Refusal) -> EntryKind? {
    try root.kind(directory.appending(path))
  }

  func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]? {
    try root.list(path.map(directory.appending) ?? directory)
  }

  func size(_ path: RelativePath) throws(Refusal) -> Int? {
    try root.size(directory.appending(path))
  }

  func rows(_ query: String, of database: RelativePath) throws(Refusal) -> [[DatabaseCell]]? {
    try root.rows(query, of: directory.appending(database))
  }
}

/// A home limited to the trees of one client's profile, as that client's adapter sees it.
struct TreesView: FileReadingView {
  let root: OpenRoot
  let trees: [RelativePath]

  var absolutePath: [UInt8] { root.path }

  func read(_ path: RelativePath) throws(Refusal) -> [UInt8]? { try file(path)?.bytes }

  func file(_ path: RelativePath) throws(Refusal) -> (bytes: [UInt8], status: FileStatus)? {
    try root.file(inside(path))
  }

  /// Also of the directories on the way to a tree: whether they are there.
  func kind(_ path: RelativePath) throws(Refusal) -> EntryKind? {
    if trees.contains(where: { $0.relative(to: path) != nil }) { return try root.kind(path) }
    return try root.kind(inside(path))
  }

  func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]? {
    guard let path else { throw outside(root.path) }
    return try root.list(inside(path))
  }

  func size(_ path: RelativePath) throws(Refusal) -> Int? {
    try root.size(inside(path))
  }

  func rows(_ query: String, of database: RelativePath) throws(Refusal) -> [[DatabaseCell]]? {
    try root.rows(query, of: inside(database))
  }

  private func inside(_ path: RelativePath) throws(Refusal) -> RelativePath {
    guard trees.contains(where: { $0 == path || path.relative(to: $0) != nil }) else {
      throw outside(root.absolute(path))
    }
    return path
  }

  private func outside(_ path: [UInt8]) -> Refusal {
    Refusal(.outsideHome, "\(path.printable) is no part of the client's profile")
  }
}
