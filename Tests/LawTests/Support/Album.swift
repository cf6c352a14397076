import Foundation

@testable import ProfileRewriter

/// Home and journal as they stood before each call that changed anything, and after the last: what
/// a kill at that instant would have left.
struct Album {
  struct Picture: CustomStringConvertible {
    var number: Int
    var call: String
    fileprivate var content: DirectoryContent

    var description: String { "before call \(number) (\(call))" }

    /// Puts the picture in the place of the sandbox's home and journal. File times do not matter to
    /// anybody, the bytes and modes do.
    func restore(into sandbox: Sandbox) throws {
      try content.restore(to: sandbox.directory, Album.photographed)
    }
  }

  /// Below the sandbox's directory.
  private static let photographed = ["home", "state"]

  /// Two instants that look alike on disk are one picture: whatever comes after a kill finds the
  /// same.
  var pictures: [Picture]

  static func of(_ sandbox: Sandbox, _ run: () throws -> Void) throws -> Album {
    var pictures: [Picture] = []
    var number = 0
    func take(_ call: String) {
      defer { number += 1 }
      do {
        let content = try DirectoryContent(of: sandbox.directory, photographed)
        if pictures.last?.content == content { return }
        pictures.append(Picture(number: number, call: call, content: content))
      } catch {
        fatalError("no picture could be taken: \(error)")
      }
    }
    sandbox.calls = WatchedSystemCalls { take($0) }
    defer { sandbox.calls = LinuxSystemCalls() }
    try run()
    take("the end")
    return Album(pictures: pictures)
  }
}

/// Files and directories with their modes, kept in memory: no process is started to copy them, for
/// its birth would share this one's locks.
private struct DirectoryContent: Equatable {
  struct Entry: Equatable {
    var mode: mode_t
    /// nil for a directory.
    var bytes: Data?
  }

  private var entries: [String: Entry] = [:]

  init(of root: URL, _ names: [String]) throws {
    for name in names { try add(name, below: root) }
  }

  private mutating func add(_ path: String, below root: URL) throws {
    let full = root.appendingPathComponent(path)
    var status = stat()
    guard lstat(full.path, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      entries[path] = Entry(mode: status.st_mode & 0o7777)
      for name in try FileManager.default.contentsOfDirectory(atPath: full.path) {
        try add(path + "/" + name, below: root)
      }
    case S_IFREG:
      entries[path] = Entry(mode: status.st_mode & 0o7777, bytes: try Data(contentsOf: full))
    default:
      throw CocoaError(.fileReadUnknown)
    }
  }

  /// Makes what is there this again, touching only what differs.
  func restore(to root: URL, _ names: [String]) throws {
    let now = try DirectoryContent(of: root, names)
    for path in now.entries.keys.sorted().reversed()
    where entries[path] != now.entries[path] && !(isDirectory(path) && now.isDirectory(path)) {
      try FileManager.default.removeItem(at: root.appendingPathComponent(path))
    }
    for (path, entry) in entries.sorted(by: { $0.key < $1.key }) where now.entries[path] != entry {
      let full = root.appendingPathComponent(path)
      if let bytes = entry.bytes {
        try bytes.write(to: full)
      } else if !now.isDirectory(path) {
        try FileManager.default.createDirectory(at: full, withIntermediateDirectories: false)
      }
      guard chmod(full.path, entry.mode) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
  }

  private func isDirectory(_ path: String) -> Bool {
    entries[path].map { $0.bytes == nil } ?? false
  }
}
