import Foundation
import Glibc

/// A server on 127.0.0.1 that misbehaves as its script says, each connection in a thread.
final class LocalServer: Sendable {
  let port: Int
  private let listener: Int32
  private let accepts: Bool

  init(
    backlog: Int32 = 16, accepts: Bool = true, _ script: @escaping @Sendable (Peer) -> Void
  ) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, backlog) == 0
          && getsockname(listener, $0, &size) == 0
      }
    }
    guard isBound else { throw POSIXError(.EADDRINUSE) }
    port = Int(UInt16(bigEndian: address.sin_port))
    self.listener = listener
    self.accepts = accepts
    guard accepts else { return }
    Thread.detachNewThread {
      while true {
        let connection = accept(listener, nil, nil)
        // Children of other tests end all the time, and each end interrupts.
        if connection < 0, errno == EINTR || errno == ECONNABORTED { continue }
        if connection < 0 { break }
        Thread.detachNewThread {
          script(Peer(connection))
          close(connection)
        }
      }
      // Not by whoever shuts it down: the number would be another server's before this thread has seen it.
      close(listener)
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    if !accepts { close(listener) }
  }

  /// The one who connected.
  struct Peer {
    private let connection: Int32

    init(_ connection: Int32) { self.connection = connection }

    func say(_ text: String) { say(Array(text.utf8)) }

    @discardableResult
    func say(_ bytes: [UInt8]) -> Bool {
      var rest = bytes[...]
      while !rest.isEmpty {
        let sent = rest.withUnsafeBytes {
          send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if sent < 0, errno != EINTR { return false }
        rest = rest.dropFirst(max(sent, 0))
      }
      return true
    }

    /// Closes this direction; the other end may go on.
    func sayNoMore() { shutdown(connection, Int32(SHUT_WR)) }

    /// What comes next, in one piece; empty where the other end has closed.
    @discardableResult
    func hear() -> [UInt8] {
      var room = [UInt8](repeating: 0, count: 4096)
      var count = recv(connection, &room, room.count, 0)
      while count < 0, errno == EINTR { count = recv(connection, &room, room.count, 0) }
      return Array(room.prefix(max(count, 0)))
    }

    /// One line of a client.
    func hearLine() -> String {
      var line: [UInt8] = []
      while !line.hasSuffix("\r\n") {
        let piece = hear()
        if piece.isEmpty { break }
        line += piece
      }
      return String(decoding: line, as: UTF8.self)
    }

    /// Until the other end goes.
    func stayQuiet() { while !hear().isEmpty {} }
  }
}

extension [UInt8] {
  fileprivate func hasSuffix(_ text: String) -> Bool {
    suffix(text.utf8.count).elementsEqual(text.utf8)
  }
}
