import Foundation

@testable import ProfileRewriter

/// What lies outside a hostile user's home and must stay as it is: root's files, with a secret in
/// them, and a whole profile of root's that a path turned elsewhere would lead into.
final class Outside {
  static let secret = "root-alone-knows-this"

  let directory: URL
  private let before: [String: String]

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
    try FileManager.default.createDirectory(
      at: directory.appendingPathComponent("empty"), withIntermediateDirectories: true)
    chmod(directory.appendingPathComponent("empty").path, 0o777)
    // The user may pass, and read nothing of root's profile.
    chmod(directory.path, 0o755)
    before = try Self.look(directory)
  }

  func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

  /// What was changed, created, taken away or given away since; links made to it by the test itself
  /// change no more than the count and time of a file, so those are not looked at.
  func differences() throws -> [String] {
    let now = try Self.look(directory)
    return Set(before.keys).union(now.keys).filter { before[$0] != now[$0] }.sorted()
  }

  private static func look(_ root: URL) throws -> [String: String] {
    var found: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: root.path) + ["."] {
      let path = root.appendingPathComponent(name).path
      var status = stat()
      lstat(path, &status)
      var text = "\(status.st_mode) \(status.st_uid):\(status.st_gid) \(status.st_ino)"
      if status.st_mode & S_IFMT == S_IFREG {
        let content = try Data(contentsOf: URL(fileURLWithPath: path))
        text += " \(SHA256.hash([UInt8](content)).hexadecimal)"
        text += " \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
      } else if status.st_mode & S_IFMT == S_IFDIR {
        text += " \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
      }
      found[name] = text
    }
    return found
  }
}
