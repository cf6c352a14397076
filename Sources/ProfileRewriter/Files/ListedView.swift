import ConfigFormats

/// A directory as it is looked through for profiles: its names are listed once, and what is not among
/// them is not asked for. Most homes have one client of many, so that is most of the asking.
struct ListedView: DirectoryView {
  private let root: OpenRoot
  /// nil where the directory shows no list: then everything is asked for.
  private let names: ListedNames?

  /// - Parameter isWhole: no directory that lies elsewhere stands in for one of these.
  init(_ root: OpenRoot, isWhole: Bool) {
    self.root = root
    names = isWhole ? ((try? root.list(nil)) ?? nil).map(ListedNames.init) : nil
  }

  var absolutePath: [UInt8] { root.absolutePath }

  func read(_ path: RelativePath) throws(Refusal) -> [UInt8]? {
    isAbsent(path) ? nil : try root.read(path)
  }

  func kind(_ path: RelativePath) throws(Refusal) -> EntryKind? {
    isAbsent(path) ? nil : try root.kind(path)
  }

  func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]? {
    guard let path else {
      if let names { return names.names }
      return try root.list(nil)
    }
    return isAbsent(path) ? nil : try root.list(path)
  }

  func size(_ path: RelativePath) throws(Refusal) -> Int? {
    isAbsent(path) ? nil : try root.size(path)
  }

  func rows(_ query: String, of database: RelativePath) throws(Refusal) -> [[DatabaseCell]]? {
    isAbsent(database) ? nil : try root.rows(query, of: database)
  }

  private func isAbsent(_ path: RelativePath) -> Bool { names?.lack(path) ?? false }
}
