import Foundation

extension ThunderbirdHome {
  /// Every entry of the home, the client's lock file excepted: kind, mode, owner, inode, link
  /// target and a hash of the bytes, so that any write shows.
  func fingerprint() throws -> [String: String] {
    var result: [String: String] = [:]
    let names = FileManager.default.enumerator(atPath: home.path)
    while let name = names?.nextObject() as? String {
      if name.hasSuffix(".parentlock") { continue }
      let file = home.appendingPathComponent(name)
      var status = stat()
      guard lstat(file.path, &status) == 0 else { continue }
      var text = "\(status.st_mode) \(status.st_uid):\(status.st_gid) \(status.st_ino)"
      switch status.st_mode & S_IFMT {
      case S_IFREG where status.st_size < 1 << 20:
        text += " \(try Data(contentsOf: file).hashValue)"
      case S_IFREG:
        text += " \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
      case S_IFLNK:
        text += (try? FileManager.default.destinationOfSymbolicLink(atPath: file.path)) ?? ""
      default: break
      }
      result[name] = text
    }
    return result
  }

  /// What a run that ended badly might leave: temporary names, anywhere in the home.
  func litter() throws -> [String] {
    try fingerprint().keys.filter { $0.contains(".profile-rewriter-") }
  }

  /// Whether the program has made itself a state directory.
  var hasState: Bool { FileManager.default.fileExists(atPath: state.path) }
}
