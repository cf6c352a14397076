import Foundation
import ProfileRewriter

/// A directory tree in memory.
struct MemoryView: DirectoryView {
  enum Entry: Sendable {
    case file([UInt8])
    case directory
    case link
    case fifo
    /// Stands there and cannot be read.
    case locked
  }

  var absolutePath: [UInt8]
  private var entries: [[UInt8]: Entry] = [:]

  init(at path: String, _ files: [String: String] = [:]) {
    absolutePath = Array(path.utf8)
    for (name, text) in files { self[name] = text }
  }

  /// A file's text; directories above it come with it.
  subscript(name: String) -> String? {
    get {
      guard case .file(let bytes)? = entries[Array(name.utf8)] else { return nil }
      return String(decoding: bytes, as: UTF8.self)
    }
    set { put(newValue.map { .file(Array($0.utf8)) }, at: Array(name.utf8)) }
  }

  func bytes(_ path: RelativePath) -> [UInt8]? {
    guard case .file(let bytes)? = entries[path.bytes] else { return nil }
    return bytes
  }

  mutating func put(_ entry: Entry?, at name: String) { put(entry, at: Array(name.utf8)) }

  mutating func put(_ entry: Entry?, at name: [UInt8]) {
    entries[name] = entry
    guard entry != nil else { return }
    var parent = RelativePath(name)?.parent
    while let directory = parent {
      if entries[directory.bytes] == nil { entries[directory.bytes] = .directory }
      parent = directory.parent
    }
  }

  /// The files, in the order of their names.
  var files: [(path: RelativePath, bytes: [UInt8])] {
    entries.compactMap { name, entry in
      guard case .file(let bytes) = entry, let path = RelativePath(name) else { return nil }
      return (path, bytes)
    }.sorted { $0.path < $1.path }
  }

  /// The tree below one of its directories.
  func below(_ directory: String) -> MemoryView {
    var view = MemoryView(at: String(decoding: absolutePath, as: UTF8.self) + "/" + directory)
    let prefix = Array((directory + "/").utf8)
    for (name, entry) in entries where name.starts(with: prefix) {
      view.put(entry, at: Array(name.dropFirst(prefix.count)))
    }
    return view
  }

  // MARK: DirectoryView

  func read(_ path: RelativePath) throws(Refusal) -> [UInt8]? {
    switch try entry(path) {
    case .file(let bytes): return bytes
    case .link: throw Refusal(.symlink, path.text)
    case .directory, .fifo: throw Refusal(.notRegular, path.text)
    case .locked: throw Refusal(.io, path.text)
    case nil: return nil
    }
  }

  func kind(_ path: RelativePath) throws(Refusal) -> EntryKind? {
    switch try entry(path) {
    case .file, .locked: .file
    case .link: .link
    case .directory: .directory
    case .fifo: .other
    case nil: nil
    }
  }

  func list(_ path: RelativePath?) throws(Refusal) -> [[UInt8]]? {
    if let path {
      switch try entry(path) {
      case .directory: break
      case nil: return nil
      case .link: throw Refusal(.symlink, path.text)
      case .file, .fifo, .locked: return nil
      }
    }
    return entries.keys.filter { RelativePath($0)?.parent == path }
      .compactMap { RelativePath($0)?.name }.sorted { $0.lexicographicallyPrecedes($1) }
  }

  func size(_ path: RelativePath) throws(Refusal) -> Int? { try read(path)?.count }

  /// By way of a file, which SQLite needs.
  func rows(_ query: String, of database: RelativePath) throws(Refusal) -> [[DatabaseCell]]? {
    guard let bytes = try read(database) else { return nil }
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("memory-view-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appendingPathComponent("db")
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    } catch {
      throw Refusal(.io, "\(error)")
    }
    return try OpenRoot(path: Array(directory.path.utf8)).rows(
      query, of: RelativePath("db") ?? database)
  }

  /// Links are not followed on the way either.
  private func entry(_ path: RelativePath) throws(Refusal) -> Entry? {
    var parent = path.parent
    while let directory = parent {
      if case .link? = entries[directory.bytes] { throw Refusal(.symlink, directory.text) }
      parent = directory.parent
    }
    return entries[path.bytes]
  }
}
