import ConfigFormats

/// A directory as it is looked through for profiles: its names are listed once, and what is not among
/// them is not asked for. Most homes have one client of many, so that is most of the asking.
struct ListedView: DirectoryView {
  private let root: OpenRoot
  /// nil where the directory shows no list: then everything is asked for.
  private let names: [[UInt8]]?

  /// - Parameter isWhole: no directory that lies elsewhere stands in for one of these.
  init(_ root: OpenRoot, isWhole: Bool) {
    self.root = root
    names = isWhole ? (try? root.list(nil)) ?? nil : nil
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
      if let names { return names }
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

  /// Some file systems take a name in any case.
  private func isAbsent(_ path: RelativePath) -> Bool {
    guard let names else { return false }
    let first = path.bytes.prefix { $0 != UInt8(ascii: "/") }
    return !names.contains { name in
      name.count == first.count
        && zip(name, first).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 | 0x20 && $0 | 0x20 >= 0x61) }
    }
  }
}
