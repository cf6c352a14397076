import ConfigFormats
import ProfileRewriter

/// One message to the account itself: handed to its outgoing server, seen in its inbox. It stays there.
struct SendTest {
  let test: ServiceTest
  /// Signed in.
  let client: SMTPClient
  let address: String

  func run() {
    guard test.item.owns(address), Self.isPlain(address) else {
      return test.add(
        .send,
        Finding(
          .skipped, .notOwnAddress,
          "\(address.printable) is not known to be this account's: nothing is sent to others"),
        milliseconds: 0)
    }
    let message = TestMessage(token: TestMessage.token(), address: address)
    let bytes =
      client.capabilities.contains("8BITMIME") ? message.bytes : message.bytes.map { $0 & 0x7f }
    let before = test.rows.count
    test.measure(.send) { () throws(IMAPFailure) in
      try client.send(bytes, fromAndTo: address)
      return Finding("the server takes a message to \(address.printable)")
    }
    guard test.rows.count > before, test.rows[before].status != .failed,
      let inbox = test.item.services.first(where: { $0.kind == .imap })
    else { return }
    test.measure(.arrive) { () throws(IMAPFailure) in try arrival(of: message, inbox) }
  }

  /// No way to put another command into the line.
  private static func isPlain(_ address: String) -> Bool {
    address.utf8.allSatisfy {
      (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
    }
  }

  private func arrival(of message: TestMessage, _ inbox: TestService) throws(IMAPFailure) -> Finding
  {
    guard case .password(let password) = test.item.credential else { throw .alreadyTried }
    let patience = Deadline.after(test.settings.arrival)
    let look = ServiceTest(
      inbox, of: test.item, test.settings.lasting(test.settings.arrival), test.ticket)
    let client = try look.connectAgain(IMAPClient.init(on:watch:))
    defer { client.logout() }
    try test.ticket.use { () throws(IMAPFailure) in
      try client.login(
        inbox.settings.username, password, allowsCleartext: inbox.settings.security == .none)
    }
    _ = try client.examine("INBOX")
    while true {
      if try !client.uids(withMessageID: message.id).isEmpty {
        return Finding("it is in the inbox", [TestFact("message_id", .text(message.id))])
      }
      guard !patience.hasPassed, !test.settings.shouldStop() else { break }
      Pause.take(0.5)
      try client.run("NOOP")
    }
    return Finding(
      .failed, .notArrived,
      "it did not get to the inbox within \(Int(test.settings.arrival)) seconds: it may be delayed or filed "
        + "as junk, or the outgoing server delivers elsewhere",
      [TestFact("message_id", .text(message.id))])
  }
}
