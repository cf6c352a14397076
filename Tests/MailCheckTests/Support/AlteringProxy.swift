import Foundation
import Glibc

/// Stands between a client and a real server on this machine, and changes single lines: faults that a real server
/// would have to be broken for.
final class AlteringProxy: Sendable {
  private let server: LocalServer

  var port: Int { server.port }

  /// - Parameters:
  ///   - port: the real server's, without TLS.
  ///   - answers: what becomes of a line of the server, with its line end; nil drops it.
  ///   - refuses: the name of a command that is answered with NO, and never gets there.
  init(
    to port: Int, refuses: String? = nil,
    answers: @escaping @Sendable ([UInt8]) -> [UInt8]? = { $0 }
  ) throws {
    server = try LocalServer { client in
      guard let upstream = Self.connect(port) else { return }
      let server = LocalServer.Peer(upstream)
      let done = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        Self.forEachLine(of: server) { line in
          if let line = answers(line) { client.say(line) }
        }
        client.sayNoMore()
        done.signal()
      }
      Self.forEachLine(of: client) { line in
        let words = line.split(separator: 32, maxSplits: 2)
        if let refuses, words.count > 1, words[1].elementsEqual(refuses.utf8) {
          client.say(words[0] + Array(" NO [CANNOT] not here\r\n".utf8))
        } else {
          server.say(line)
        }
      }
      server.sayNoMore()
      done.wait()
      close(upstream)
    }
  }

  private static func forEachLine(of peer: LocalServer.Peer, _ body: ([UInt8]) -> Void) {
    var line: [UInt8] = []
    while case let piece = peer.hear(), !piece.isEmpty {
      for byte in piece {
        line.append(byte)
        guard byte == 10 else { continue }
        body(line)
        line = []
      }
    }
    // What somebody who closes has said last.
    if !line.isEmpty { body(line) }
  }

  private static func connect(_ port: Int) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result == 0 { return descriptor }
    close(descriptor)
    return nil
  }
}
