import Glibc
import ProfileRewriter

@testable import MailCheck

/// A server whose words are an input.
enum ServerScript {
  static let password = "s3cret-Pa55"

  static func pieces(of bytes: [UInt8], largest: Int) -> [ArraySlice<UInt8>] {
    stride(from: 0, to: bytes.count, by: largest).map {
      bytes[$0..<min($0 + largest, bytes.count)]
    }
  }

  /// Seven cuts at most: no more packets than a socket takes before somebody reads.
  static func cuts(of bytes: [UInt8], _ choices: inout Choices) -> [ArraySlice<UInt8>] {
    guard bytes.count > 1 else { return pieces(of: bytes, largest: 1) }
    var places = Set<Int>()
    for _ in 0..<7 { places.insert(choices.below(bytes.count)) }
    // Between a line's CR and its LF, if there is one.
    if let end = bytes.firstIndex(of: 13) { places.insert(end + 1) }
    var start = 0
    var result: [ArraySlice<UInt8>] = []
    for place in places.sorted() + [bytes.count] where place > start {
      result.append(bytes[start..<place])
      start = place
    }
    // A packet that is larger than what is read at once would be cut short.
    return result.allSatisfy { $0.count <= 16 << 10 }
      ? result : pieces(of: bytes, largest: 16 << 10)
  }

  /// What the client has said: lines, and the password no more than once.
  static func checkSaid(_ peer: Int32) {
    var room = [UInt8](repeating: 0, count: 256 << 10)
    let count = recv(peer, &room, room.count, Int32(MSG_DONTWAIT))
    let said = String(decoding: room.prefix(max(0, count)), as: UTF8.self)
    require(said.split(separator: password).count <= 2, "a password is said once")
    require(said.isEmpty || said.hasSuffix("\r\n"), "what is said are lines")
  }

  enum Kind {
    /// Each piece is what one call receives.
    case packets
    case stream
  }

  /// A connection to a server that says all this whatever it is asked, and its other end.
  static func run(
    _ packets: [ArraySlice<UInt8>], _ kind: Kind, limit: Int,
    _ body: (LineConnection, Int32) -> Void
  ) {
    let type = Int32((kind == .packets ? SOCK_SEQPACKET : SOCK_STREAM).rawValue)
    var pair: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, type, 0, &pair) == 0 else {
      broken("no pair of sockets: \(errno)")
    }
    defer { close(pair[1]) }
    var room: Int32 = 1 << 20
    setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
    for packet in packets {
      let count = packet.withUnsafeBytes {
        send(pair[1], $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      require(count == packet.count, "the pair of sockets takes no more: \(errno)")
    }
    shutdown(pair[1], Int32(SHUT_WR))
    var limits = ConnectionLimits()
    limits.line = limit
    limits.response = limit
    let settings = ConnectionSettings(limits: limits)
    let endpoint = Endpoint(host: "imap.example.org", port: 143, security: .none)
    let connection = LineConnection(
      over: SocketStream(over: pair[0], address: "192.0.2.1"), to: endpoint, settings,
      by: .after(limits.total))
    body(connection, pair[1])
  }
}
