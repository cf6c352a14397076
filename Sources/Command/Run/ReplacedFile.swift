import Glibc
import ProfileRewriter

/// A file that this command writes for its caller piece by piece: under another name at first, and in
/// place of what was there only when it is whole. Readable by its owner only. What was there is a file, or
/// nothing.
final class ReplacedFile {
  private let path: [UInt8]
  private let name: [UInt8]
  private let temporary: [UInt8]
  private let directory: Int32
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var failure: Int32?
  private var isFinished = false
  private static let bufferSize = 1 << 18

  /// - Throws: ``Fatal``; `not-regular` where something other than a file stands there; for root also
  ///   where the directory is somebody else's: its owner could lead the writing elsewhere, and would read
  ///   of everybody.
  init(_ path: [UInt8]) throws(Fatal) {
    self.path = path
    let slash = path.lastIndex(of: UInt8(ascii: "/")) ?? 0
    name = Array(path[(slash + 1)...])
    guard !name.isEmpty else { throw Fatal(code: "usage", "name a file to write", status: .usage) }
    temporary = Array(".".utf8) + name.prefix(200) + Array(".\(getpid()).new".utf8)
    directory = Self.withName(slash == 0 ? [UInt8(ascii: "/")] : Array(path[..<slash])) {
      open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    guard directory >= 0 else { throw Self.failed(path, errno) }
    do throws(Fatal) {
      try Self.requireOwn(directory, path)
      try Self.requireFileOrNothing(name, in: directory, path)
    } catch {
      close(directory)
      throw error
    }
    descriptor = Self.withName(temporary) { [directory] in
      openat(directory, $0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }
    guard descriptor >= 0 else {
      let reason = errno
      close(directory)
      throw Self.failed(path, reason)
    }
  }

  deinit {
    close(descriptor)
    if !isFinished { _ = Self.withName(temporary) { unlinkat(directory, $0, 0) } }
    close(directory)
  }

  func write(_ bytes: [UInt8]) {
    buffer += bytes
    if buffer.count >= Self.bufferSize { flush() }
  }

  /// Puts it in its place.
  func finish() throws(Fatal) {
    flush()
    if failure == nil, fchmod(descriptor, 0o600) != 0 || fsync(descriptor) != 0 { failure = errno }
    if failure == nil {
      // It was a while ago that this was asked.
      try Self.requireFileOrNothing(name, in: directory, path)
      let renamed = Self.withName(temporary) { from in
        Self.withName(name) { renameat(directory, from, directory, $0) }
      }
      if renamed != 0 { failure = errno } else { isFinished = true }
    }
    if failure == nil, fsync(directory) != 0 { failure = errno }
    if let failure { throw Self.failed(path, failure) }
  }

  private func flush() {
    defer { buffer.removeAll(keepingCapacity: true) }
    var rest = buffer[...]
    while !rest.isEmpty, failure == nil {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        failure = errno
      }
    }
  }

  private static func requireOwn(_ directory: Int32, _ path: [UInt8]) throws(Fatal) {
    var status = stat()
    guard fstat(directory, &status) == 0 else { throw failed(path, errno) }
    guard geteuid() == 0, status.st_uid != 0 else { return }
    throw Fatal(
      code: "not-owner",
      "\(Talk.printable(path)) lies in a directory of user \(status.st_uid), who could put a link there "
        + "and would read of everybody; as root, name a file in a directory of your own",
      status: .refused)
  }

  /// Renaming would put the new file in the place of a device or a pipe, too, and whatever uses that would
  /// be without it. A link goes and what it leads to stays; but who names one to such a thing, or one into
  /// /proc as /dev/stdout is, means what it leads to.
  private static func requireFileOrNothing(
    _ name: [UInt8], in directory: Int32, _ path: [UInt8]
  ) throws(Fatal) {
    guard var found = try status(name, in: directory, AT_SYMLINK_NOFOLLOW, path) else { return }
    if found.st_mode & S_IFMT == S_IFLNK {
      if !leadsIntoProc(name, in: directory) {
        guard let target = try status(name, in: directory, 0, path) else { return }
        found = target
      }
    }
    guard found.st_mode & S_IFMT == S_IFREG else {
      throw Fatal(
        code: "not-regular",
        "\(Talk.printable(path)) is not a file, nor a link to one, and a file would take its place; "
          + "name a file, or have it printed: --csv - or --json, into a pipe",
        status: .refused)
    }
  }

  /// - Returns: nil where nothing is.
  private static func status(
    _ name: [UInt8], in directory: Int32, _ flags: Int32, _ path: [UInt8]
  ) throws(Fatal) -> stat? {
    var found = stat()
    if withName(name, { fstatat(directory, $0, &found, flags) }) == 0 { return found }
    guard errno == ENOENT else { throw failed(path, errno) }
    return nil
  }

  private static func leadsIntoProc(_ name: [UInt8], in directory: Int32) -> Bool {
    var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = target.withUnsafeMutableBytes { raw in
      raw.withMemoryRebound(to: CChar.self) { text in
        withName(name) { name in
          text.baseAddress.map { Int32(readlinkat(directory, name, $0, text.count)) } ?? -1
        }
      }
    }
    return length > 0 && target.starts(with: Array("/proc/".utf8))
  }

  private static func failed(_ path: [UInt8], _ reason: Int32) -> Fatal {
    Fatal(
      code: "io", "cannot write \(Talk.printable(path)): \(String(cString: strerror(reason)))")
  }

  private static func withName(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
    (name + [0]).withUnsafeBytes { raw in
      raw.withMemoryRebound(to: CChar.self) { text in text.baseAddress.map(body) ?? -1 }
    }
  }
}
