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
      ServerScript.pieces(of: sent, largest: 16 << 10), limit: limit)
    let pieces = ServerScript.cuts(of: sent, &choices)
    require(
      IMAPConversation.answers(pieces, limit: limit) == whole, "pieces make no difference")
    for answer in whole.answers {
      require(IMAPSpelling.size(of: answer) <= limit, "an answer is no larger than permitted")
      IMAPSpelling.check(answer)
    }
    IMAPSpelling.checkWords(Array(sent.prefix(1000)))
    // Whatever the reader would have kept from it.
    if let answer = try? IMAPParser.response(sent) { IMAPSpelling.check(answer) }
    IMAPConversation.checkSession(sent, limit: limit)
  }
}

private enum IMAPConversation {
  struct Outcome: Equatable {
    var answers: [IMAPResponse] = []
    var failure: ConnectionFailure?
  }

  /// Every answer that can be taken off `packets`, which come one by one.
  static func answers(_ packets: [ArraySlice<UInt8>], limit: Int) -> Outcome {
    var outcome = Outcome()
    ServerScript.run(packets, .packets, limit: limit) { connection, _ in
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
    ServerScript.run([sent[...]], .stream, limit: limit) { connection, peer in
      guard let client = try? IMAPClient(over: connection) else { return }
      let secret = Secret(copying: ServerScript.password.utf8)
      _ = try? client.login("dora@example.org", secret, allowsCleartext: true)
      require(
        (try? client.login("dora@example.org", secret, allowsCleartext: true)) == nil,
        "a password is tried once")
      _ = try? client.examine("INBOX")
      if let uids = try? client.allUIDs() { _ = IMAPSet.texts(uids) }
      try? client.fetchHeaders("1:*", fields: ["MESSAGE-ID"]) { _ in }
      try? client.fetchMessages("1:*", content: { _ in }) { _ in }
      _ = try? client.status(of: "INBOX")
      _ = try? client.folders()
      _ = try? client.personalNamespaces()
      _ = try? client.quotas()
      client.logout()
      ServerScript.checkSaid(peer)
    }
  }
}

/// An answer written out again, for reading it a second time.
private enum IMAPSpelling {
  static func check(_ answer: IMAPResponse) {
    guard let bytes = bytes(of: answer) else { return }
    let again = try? IMAPParser.response(bytes)
    require(again == answer, "an answer that is written out reads the same")
  }

  /// Names of mailboxes, and sets of numbers.
  static func checkWords(_ bytes: [UInt8]) {
    if let name = ModifiedUTF7.decode(bytes) {
      require(ModifiedUTF7.decode(ModifiedUTF7.encode(name)) == name, "a name reads as written")
    }
    let text = String(decoding: bytes, as: UTF8.self)
    require(ModifiedUTF7.decode(ModifiedUTF7.encode(text)) == text, "a name reads as written")
    guard let numbers = IMAPSet.numbers(bytes), numbers.count <= 10_000 else { return }
    let written = IMAPSet.texts(numbers).flatMap { IMAPSet.numbers(Array($0.utf8)) ?? [] }
    require(written == numbers.sorted(), "a set reads as written")
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
    case .fetch(let number, let items): return ascii("* \(number) FETCH ") + spelled([.list(items)])
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
    case .fetch(_, let items): size(items)
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
