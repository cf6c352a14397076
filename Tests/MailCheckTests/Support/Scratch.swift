import Foundation

/// A directory that other users may enter, gone with the test.
final class Scratch {
  let root: String

  init() throws {
    root = "/tmp/mailcheck-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: root, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func path(_ name: String) -> String { root + "/" + name }
}
