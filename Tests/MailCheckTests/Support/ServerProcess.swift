import Foundation
import Glibc
import Testing

/// A server program in the foreground, ended with this object, and with the tests however they end:
/// it lives no longer than a pipe to them.
final class ServerProcess {
  /// Ends the program, and removes its directories, when nobody holds the other end of standard
  /// input any more.
  private static let keeper =
    #"directories=$1; shift; "$@" & child=$!; while read -r line; do :; done; "#
    + #"kill $child; wait $child; rm -rf $directories"#

  private let program: LongLivedProgram
  private let input = Pipe()
  private let log: String

  /// - Parameters:
  ///   - program: by its name alone; one that is missing fails the test.
  ///   - scratches: go with it; the first one gets its log
  ///   - port: once it takes TCP connections the server is up.
  init(
    _ program: String, _ arguments: [String], in scratches: [Scratch], isUpAt address: String,
    _ port: Int
  ) throws {
    let path = try #require(
      ["/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/", "/usr/lib/postfix/sbin/"]
        .map { $0 + program }
        .first { FileManager.default.isExecutableFile(atPath: $0) }, "no \(program) is installed")
    log = scratches[0].path("log")
    try Data().write(to: URL(fileURLWithPath: log))
    let output = try #require(FileHandle(forWritingAtPath: log))
    // No other program that tests start may keep it alive.
    _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    self.program = try LongLivedProgram(
      [
        "/bin/sh", "-c", Self.keeper, "keeper", scratches.map(\.root).joined(separator: " "), path,
      ] + arguments, input: input.fileHandleForReading.fileDescriptor,
      output: output.fileDescriptor)
    try input.fileHandleForReading.close()
    try wait { Ports.accepts(address, port) }
  }

  deinit {
    try? input.fileHandleForWriting.close()
    program.wait()
  }

  /// Until the program has said something.
  func wait(for words: String) throws { try wait { said.contains(words) } }

  private var said: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

  private func wait(until isSo: () -> Bool) throws {
    let end = Date() + 30
    while Date() < end, program.isRunning {
      if isSo() { return }
      usleep(20_000)
    }
    throw ServerDidNotStart(said: said)
  }
}

struct ServerDidNotStart: Error, CustomStringConvertible {
  var said: String
  var description: String { "a server did not start; it said: \(said)" }
}

enum Ports {
  /// One that is free on the loopback address for TCP and UDP, at this moment.
  static func free() throws -> Int {
    for _ in 0..<50 {
      let port = try bound(SOCK_STREAM, 0)
      if let same = try? bound(SOCK_DGRAM, port) { return same }
    }
    throw POSIXError(.EADDRINUSE)
  }

  private static func bound(_ kind: __socket_type, _ port: Int) throws -> Int {
    let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
    defer { close(descriptor) }
    var address = loopback("127.0.0.1", port)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard isBound else { throw POSIXError(.EADDRINUSE) }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  static func accepts(_ address: String, _ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var target = loopback(address, port)
    return withUnsafePointer(to: &target) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  private static func loopback(_ text: String, _ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    inet_pton(AF_INET, text, &address.sin_addr)
    return address
  }
}
