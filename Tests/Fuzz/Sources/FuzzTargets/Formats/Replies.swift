import ProfileRewriter

@testable import MailCheck

extension Target {
  /// What an SMTP and a POP3 server say, whatever they are asked.
  static let replies = Target(name: "replies") { input in
    var choices = input.choices
    var sent = input.document
    if sent.count > 100_000 { sent.removeLast(sent.count - 100_000) }
    let whole = smtp(ServerScript.pieces(of: sent, largest: 16 << 10))
    require(smtp(ServerScript.cuts(of: sent, &choices)) == whole, "pieces make no difference")
    for reply in whole {
      require((200..<600).contains(reply.code), "a reply has a number that SMTP knows")
      require(!reply.lines.isEmpty && reply.lines.count <= 200, "a reply has some lines")
    }
    ServerScript.run([sent[...]], .stream, limit: 64 << 10) { connection, peer in
      popSession(connection)
      ServerScript.checkSaid(peer)
    }
  }

  private struct Reply: Equatable {
    var code: Int
    var lines: [String]
  }

  private static func smtp(_ packets: [ArraySlice<UInt8>]) -> [Reply] {
    var replies: [Reply] = []
    ServerScript.run(packets, .packets, limit: 64 << 10) { connection, _ in
      while let reply = try? SMTPReply(on: connection, .answer) {
        replies.append(Reply(code: reply.code, lines: reply.lines))
      }
    }
    return replies
  }

  private static func popSession(_ connection: LineConnection) {
    guard let client = try? POP3Client(on: connection) else { return }
    let secret = Secret(copying: ServerScript.password.utf8)
    _ = try? client.login("dora@example.org", secret, allowsCleartext: true)
    require(
      (try? client.login("dora@example.org", secret, allowsCleartext: true)) == nil,
      "a password is tried once")
    _ = try? client.uniqueIDs()
    client.quit()
  }
}
