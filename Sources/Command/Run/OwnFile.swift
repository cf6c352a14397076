import ConfigFormats
import Glibc
import ProfileRewriter

/// Files that only their owner may have written, and that are believed for it.
enum OwnFile {
  private static let largest = 1 << 30

  /// - Parameter kind: for people, such as "a plan".
  /// - Throws: `not-owner` for a file of somebody else or one that others may write; `symlink`,
  ///   `not-regular`, `too-large`, `io`.
  static func read(_ path: [UInt8], kind: String) throws(Fatal) -> [UInt8] {
    let shown = Talk.printable(path)
    let descriptor = (path + [0]).withUnsafeBytes { raw in
      raw.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map { open($0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) } ?? -1
      }
    }
    guard descriptor >= 0 else {
      if errno == ELOOP {
        throw Fatal(code: "symlink", "\(shown) is a link; name what it leads to")
      }
      throw Fatal(code: "io", "cannot read \(shown): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Fatal(code: "not-regular", "\(shown) is not a file")
    }
    guard status.st_uid == geteuid() else {
      throw notOwn("\(shown) belongs to user \(status.st_uid), not to you, and \(kind) is believed")
    }
    guard status.st_mode & 0o022 == 0 else {
      throw notOwn("\(shown) can be written by others than its owner, and \(kind) is believed")
    }
    return try InputFile.content(of: descriptor, path, largest, kind)
  }

  private static func notOwn(_ what: String) -> Fatal {
    Fatal(
      code: "not-owner",
      "\(what): it could be forged; look at it, then make it yours alone: chown and chmod 600")
  }
}
