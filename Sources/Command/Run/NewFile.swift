import Glibc

/// Files that this command writes for its caller (plans, patches).
enum NewFile {
  /// Makes a file that was not there, readable by its owner only; follows no link.
  static func create(_ path: [UInt8], _ content: [UInt8]) throws(Fatal) {
    let name = path + [0]
    let descriptor = name.withUnsafeBytes { raw in
      raw.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map {
          open($0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        } ?? -1
      }
    }
    guard descriptor >= 0 else {
      let reason = errno == EEXIST ? "it exists already" : String(cString: strerror(errno))
      throw Fatal(code: "io", "cannot make \(shown(path)): \(reason)")
    }
    defer { close(descriptor) }
    do {
      try write(content, to: descriptor, path)
    } catch {
      _ = name.withUnsafeBytes { raw in
        raw.withMemoryRebound(to: CChar.self) { text in text.baseAddress.map { unlink($0) } }
      }
      throw error
    }
  }

  private static func write(
    _ content: [UInt8], to descriptor: Int32, _ path: [UInt8]
  ) throws(Fatal) {
    var rest = content[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        throw failed(path)
      }
      rest = rest.dropFirst(written)
    }
    guard fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0 else { throw failed(path) }
  }

  private static func failed(_ path: [UInt8]) -> Fatal {
    Fatal(code: "io", "cannot write \(shown(path)): \(String(cString: strerror(errno)))")
  }

  private static func shown(_ path: [UInt8]) -> String { Talk.printable(path) }
}
