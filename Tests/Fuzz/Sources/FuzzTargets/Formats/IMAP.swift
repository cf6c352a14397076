import Glibc
import ProfileRewriter

@testable import MailCheck

extension Target {
  /// What a server sends, in whatever pieces it comes.
  static let imap = Target(name: "imap") { input in
    var choices = input.choices
    let limit = choices.isLikely(50) ? 200 : 64 << 10
    var sent = input.document
    if sent.count > 100_000 { sent.removeLast(sent.count - 100_000) }
    let whole = IMAPConversation.answers(
      IMAPConversation.pieces(of: sent, largest: 16 << 10), limit: limit)
    let pieces = IMAPConversation.cuts(of: sent, &choices)
    require(
      IMAPConversation.answers(pieces, limit: limit) == whole, "pieces make no difference")
    for answer in whole.answers {
      require(IMAPSpelling.size(of: answer) <= limit, "an answer is no larger than permitted")
      IMAPSpelling.check(answer)
    }
    IMAPConversation.checkSession(sent, limit: limit)
  }
}

private enum IMAPConversation {
  struct Outcome: Equatable {
    var answers: [IMAPResponse] = []
    var failure: ConnectionFailure?
  }

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

  /// Every answer that can be taken off `packets`, which come one by one.
  static func answers(_ packets: [ArraySlice<UInt8>], limit: Int) -> Outcome {
    var outcome = Outcome()
    withConnection(packets, SOCK_SEQPACKET, limit: limit) { connection, _ in
      do throws(ConnectionFailure) {
        while true { outcome.answers.append(try IMAPReader.response(on: connection, .answer)) }
      } catch {
        outcome.failure = error
      }
    }
    return outcome
  }

  /// A whole session with a server that says all this whatever it is asked.
  static func checkSession(_ sent: [UInt8], limit: Int) {
    let password = "s3cret-Pa55"
    withConnection([sent[...]], SOCK_STREAM, limit: limit) { connection, peer in
      guard let client = try? IMAPClient(over: connection) else { return }
      let secret = Secret(copying: password.utf8)
      _ = try? client.login("dora@example.org", secret, allowsCleartext: true)
      require(
        (try? client.login("dora@example.org", secret, allowsCleartext: true)) == nil,
        "a password is tried once")
      if let mailbox = try? client.examine("INBOX"), let uids = try? client.allUIDs() {
        _ = (mailbox, uids)
      }
      _ = try? client.status(of: "INBOX")
      client.logout()
      checkSaid(peer, password)
    }
  }

  /// What the client has said: lines, and the password no more than once.
  private static func checkSaid(_ peer: Int32, _ password: String) {
    var room = [UInt8](repeating: 0, count: 256 << 10)
    let count = recv(peer, &room, room.count, Int32(MSG_DONTWAIT))
    let said = String(decoding: room.prefix(max(0, count)), as: UTF8.self)
    require(said.split(separator: password).count <= 2, "a password is said once")
    require(said.isEmpty || said.hasSuffix("\r\n"), "what is said are lines")
  }

  private static func withConnection(
    _ packets: [ArraySlice<UInt8>], _ type: __socket_type, limit: Int,
    _ body: (LineConnection, Int32) -> Void
  ) {
    var pair: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(type.rawValue), 0, &pair) == 0 else {
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

/// An answer written out again, for reading it a second time.
private enum IMAPSpelling {
  static func check(_ answer: IMAPResponse) {
    guard let bytes = bytes(of: answer) else { return }
    let again = try? IMAPParser.response(bytes)
    require(again == answer, "an answer that is written out reads the same")
  }

  private static func bytes(of answer: IMAPResponse) -> [UInt8]? {
    switch answer {
    case .continuation(let text): return ascii("+ ") + text
    case .status(let tag, let status):
      var bytes = (tag ?? ascii("*")) + ascii(" " + status.kind.rawValue + " ")
      if let code = status.code {
        // A name in upper case need not be of ASCII, nor read as it did.
        guard code.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        bytes += ascii("[" + code)
        if !status.arguments.isEmpty { bytes += [32] + spelled(status.arguments) }
        bytes += ascii("] ")
      } else if status.text.first == UInt8(ascii: "[") {
        return nil
      }
      return bytes + status.text
    case .capability: return nil
    case .search(let numbers): return ascii("* SEARCH" + numbers.map { " \($0)" }.joined())
    case .number(let number, let name):
      return name.utf8.allSatisfy { $0 < 0x80 } ? ascii("* \(number) \(name)") : nil
    case .mailboxStatus(let mailbox, let status):
      guard status.keys.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) else { return nil }
      let items = status.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      return ascii("* STATUS ") + spelled([.string(mailbox)])
        + ascii(" (" + items.joined(separator: " ") + ")")
    case .other(let name, let values):
      guard name.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
      return ascii("* " + name) + (values.isEmpty ? [] : [32] + spelled(values))
    }
  }

  private static func spelled(_ values: [IMAPValue]) -> [UInt8] {
    Array(
      values.map { value -> [UInt8] in
        switch value {
        case .atom(let bytes): bytes
        case .string(let bytes): ascii("{\(bytes.count)}\r\n") + bytes
        case .list(let values): ascii("(") + spelled(values) + ascii(")")
        }
      }.joined(separator: [32]))
  }

  private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// The bytes that an answer holds.
  static func size(of answer: IMAPResponse) -> Int {
    switch answer {
    case .continuation(let text): text.count
    case .status(let tag, let status):
      (tag?.count ?? 1) + size(status.arguments) + status.text.count
    case .capability(let names): names.count
    case .search(let numbers): numbers.count
    case .number: 1
    case .mailboxStatus(let mailbox, let status): mailbox.count + status.count
    case .other(_, let values): size(values)
    }
  }

  private static func size(_ values: [IMAPValue]) -> Int {
    values.reduce(0) { sum, value in
      switch value {
      case .atom(let bytes), .string(let bytes): sum + bytes.count
      case .list(let values): sum + 2 + size(values)
      }
    }
  }
}
