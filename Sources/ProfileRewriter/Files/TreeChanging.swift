import ConfigFormats

// Entries that are moved and removed with all that is in them, and what tells them apart.

extension OpenRoot {
  /// Moves an entry to another directory of the same file system, where nothing stands under its new
  /// name, and makes both directories durable.
  /// - Throws: `stale` where something stands there, `not-found`, `io`.
  func move(_ source: RelativePath, to target: RelativePath) throws(Refusal) {
    let (from, to) = (try openParent(for: source), try openParent(for: target))
    let shown = absolute(target)
    do {
      do {
        try calls.move(from.number, source.name, to: to.number, target.name, replacing: false)
      } catch .invalid {
        try moveWithoutFlag(from, source.name, to, target.name)
      } catch .noSystemCall {
        try moveWithoutFlag(from, source.name, to, target.name)
      }
    } catch .exists {
      throw .stale(shown, "has come to exist meanwhile")
    } catch .notEmpty {
      throw .stale(shown, "has come to exist meanwhile")
    } catch {
      throw .cannotWrite(shown, error, unchanged: false)
    }
    try syncDirectory(to, shown)
    try syncDirectory(from, absolute(source))
  }

  /// For file systems that have no RENAME_NOREPLACE (NFS).
  private func moveWithoutFlag(
    _ from: Descriptor, _ name: [UInt8], _ to: Descriptor, _ newName: [UInt8]
  ) throws(Errno) {
    do {
      _ = try calls.status(to.number, newName)
    } catch .noEntry {
      return try calls.move(from.number, name, to: to.number, newName, replacing: true)
    }
    throw .exists
  }

  /// Removes a staging directory with everything in it. Links are removed and not followed.
  /// - Returns: whether there was one.
  @discardableResult
  func removeStaging(_ path: RelativePath) throws(Refusal) -> Bool {
    precondition(StagingDirectory.isName(path), "only what is ours by its name goes unlooked at")
    guard let parent = try openParent(of: path), try status(path) != nil else { return false }
    try removeContent(of: path, depth: 0)
    do { try calls.removeDirectory(parent.number, path.name) } catch {
      throw .cannotWrite(absolute(path), error, unchanged: false)
    }
    try syncDirectory(parent, absolute(path))
    return true
  }

  private func removeContent(of path: RelativePath, depth: Int) throws(Refusal) {
    guard depth < 200, let directory = try open(path, .directory) else {
      throw Refusal(.io, "\(absolute(path).printable) cannot be removed")
    }
    let shown = absolute(path)
    let names: [[UInt8]]
    do { names = try calls.entries(directory.number).map(\.name) } catch {
      throw .cannotRead(shown, error)
    }
    for name in names {
      let kind: EntryKind
      do { kind = try calls.status(directory.number, name).kind } catch {
        throw .cannotRead(shown, error)
      }
      if kind == .directory, let leaf = RelativePath(name) {
        try removeContent(of: path.appending(leaf), depth: depth + 1)
      }
      do {
        if kind == .directory {
          try calls.removeDirectory(directory.number, name)
        } else {
          try calls.unlink(directory.number, name)
        }
      } catch {
        throw .cannotWrite(shown, error, unchanged: false)
      }
    }
  }

  // MARK: What tells whether it is as it was

  /// Size and SHA-256 of a file of any size; nil where there is none.
  func digest(of path: RelativePath) throws(Refusal) -> (size: Int, sha256: [UInt8])? {
    guard let file = try watchedFile(path) else { return nil }
    let hash = SHA256Stream()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var place = 0
    while true {
      let got = try file.read(at: place, into: buffer)
      hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
      place += got
      guard got == buffer.count else { return (place, hash.finish()) }
    }
  }

  /// Size and digest of all files below a directory (``TreeDigest``); nil where there is none.
  func treeDigest(of path: RelativePath) throws(Refusal) -> (size: Int, sha256: [UInt8])? {
    guard try kind(path) == .directory else { return nil }
    var tree = TreeDigest()
    try add(path, to: &tree, below: nil, depth: 0)
    return (tree.size, tree.sha256)
  }

  private func add(
    _ path: RelativePath, to tree: inout TreeDigest, below: RelativePath?, depth: Int
  ) throws(Refusal) {
    guard depth < 64 else { throw Refusal(.tooLarge, "\(absolute(path).printable) is too deep") }
    for name in try list(path) ?? [] {
      guard let leaf = RelativePath(name) else { continue }
      let inside = below?.appending(leaf) ?? leaf
      if try kind(path.appending(leaf)) == .directory {
        try add(path.appending(leaf), to: &tree, below: inside, depth: depth + 1)
      } else if let digest = try digest(of: path.appending(leaf)) {
        tree.add(inside, size: digest.size, sha256: digest.sha256)
      }
    }
  }
}

/// One hash for all files below a directory: SHA-256 of the lines that `sha256sum` prints for them, by
/// their paths below it in the order of bytes.
struct TreeDigest {
  private var lines: [(path: RelativePath, sha256: [UInt8])] = []
  private(set) var size = 0

  mutating func add(_ path: RelativePath, size: Int, sha256: [UInt8]) {
    lines.append((path, sha256))
    self.size.add(saturating: size)
  }

  var sha256: [UInt8] {
    let hash = SHA256Stream()
    for line in lines.sorted(by: { $0.path < $1.path }) {
      let text = Array(line.sha256.hexadecimal.utf8) + [0x20, 0x20] + line.path.bytes + [0x0A]
      text.withUnsafeBytes { hash.update($0) }
    }
    return hash.finish()
  }
}
