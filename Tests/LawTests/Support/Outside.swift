import Foundation

@testable import ProfileRewriter

/// What lies outside a hostile user's home and must stay as it is: root's files, with a secret in
/// them, and a whole profile of root's that a path turned elsewhere would lead into.
final class Outside {
  static let secret = "root-alone-knows-this"

  let directory: URL
  private let before: [String: Entry]

  /// - Parameter profile: what root's own profile is a copy of.
  init(in parent: URL, profile: URL) throws {
    directory = parent.appendingPathComponent("outside")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: profile, to: directory.appendingPathComponent("profile"))
    for name in ["shadow", "other"] {
      let file = directory.appendingPathComponent(name).path
      try Data("\(Self.secret)\n".utf8).write(to: URL(fileURLWithPath: file))
      chmod(file, 0o600)
    }
    // Theirs to read, and still not to be read for them.
    let open = directory.appendingPathComponent("open")
    try Data("\(Self.secret)\n".utf8).write(to: open)
    chmod(open.path, 0o644)
    try FileManager.default.createDirectory(
      at: directory.appendingPathComponent("empty"), withIntermediateDirectories: true)
    chmod(directory.appendingPathComponent("empty").path, 0o777)
    // The user may pass, and read root's profile: that they may is no reason to do it for them.
    chmod(directory.path, 0o755)
    for name in try FileManager.default.subpathsOfDirectory(atPath: directory.path)
    where name.hasPrefix("profile") {
      let copy = directory.appendingPathComponent(name).path
      var status = stat()
      lstat(copy, &status)
      chmod(copy, status.st_mode & S_IFMT == S_IFDIR ? 0o755 : 0o644)
    }
    before = try Self.look(directory)
    Self.forgetReadings(directory)
  }

  func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

  /// What was changed, created, taken away or given away since, or read; links made to it by the test
  /// itself change no more than the count and time of a file, so those are not looked at.
  func differences() throws -> [String] {
    let read = Self.files(directory).filter { Self.isRead($0) }.map {
      "\($0.lastPathComponent) was read"
    }
    let now = try Self.look(directory)
    Self.forgetReadings(directory)
    let changed = Set(before.keys).union(now.keys).filter { before[$0] != now[$0] }.sorted()
    return read.sorted()
      + changed.map { name in
        guard let old = before[name] else { return "\(name) was made" }
        guard let new = now[name] else { return "\(name) is gone" }
        return "\(name) was \(old.owner == new.owner ? "changed" : "given away")"
      }
  }

  private struct Entry: Equatable {
    var owner: String
    var text: String
  }

  // MARK: - Readings

  private static func files(_ root: URL) -> [URL] {
    ((try? FileManager.default.subpathsOfDirectory(atPath: root.path)) ?? [])
      .map { root.appendingPathComponent($0) }
      .filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true }
  }

  /// A file's time of access as none is by itself, and older than that of its content: the next
  /// reading moves it, also where the file system is mounted with relatime.
  private static func forgetReadings(_ root: URL) {
    for file in files(root) {
      var status = stat()
      guard lstat(file.path, &status) == 0 else { continue }
      let times = [timespec(tv_sec: 1, tv_nsec: 0), status.st_mtim]
      utimensat(AT_FDCWD, file.path, times, AT_SYMLINK_NOFOLLOW)
    }
  }

  private static func isRead(_ file: URL) -> Bool {
    var status = stat()
    return lstat(file.path, &status) == 0 && status.st_atim.tv_sec != 1
  }

  private static func look(_ root: URL) throws -> [String: Entry] {
    var found: [String: Entry] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: root.path) + ["."] {
      let path = root.appendingPathComponent(name).path
      var status = stat()
      lstat(path, &status)
      var text = "\(status.st_mode) \(status.st_ino)"
      if status.st_mode & S_IFMT == S_IFREG {
        let content = try Data(contentsOf: URL(fileURLWithPath: path))
        text += " \(SHA256.hash([UInt8](content)).hexadecimal)"
        text += " \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
      } else if status.st_mode & S_IFMT == S_IFDIR {
        text += " \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
      }
      found[name] = Entry(owner: "\(status.st_uid):\(status.st_gid)", text: text)
    }
    return found
  }
}
