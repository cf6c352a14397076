/// What a server says of a mailbox that was opened for reading (EXAMINE).
public struct IMAPMailbox: Sendable, Hashable {
  /// UIDs of another number are of another mailbox. nil where the server keeps none.
  public var validity: UInt32?
  /// The UID that the next message will have, or a lower one; nil where the server does not say.
  public var nextUID: UInt32?
  /// Messages in it.
  public var messages: UInt32
}

extension IMAPClient {
  /// Opens a mailbox for reading. Nothing in it changes, not even what is recent.
  /// - Parameter name: as the protocol has it (modified UTF-7, or UTF-8 where that is enabled).
  public func examine(_ name: String) throws(IMAPFailure) -> IMAPMailbox {
    let answers = try run([.text("EXAMINE ")] + IMAPString.pieces(of: Secret(copying: name.utf8)))
    var mailbox = IMAPMailbox(messages: 0)
    for answer in answers {
      switch answer {
      case .number(let count, "EXISTS"): mailbox.messages = count
      case .status(nil, let status):
        let number = status.arguments.first?.number.flatMap(UInt32.init(exactly:))
        if status.code == "UIDVALIDITY" { mailbox.validity = number }
        if status.code == "UIDNEXT" { mailbox.nextUID = number }
      default: break
      }
    }
    return mailbox
  }

  /// The UIDs of all messages of the mailbox that is open, in the server's order.
  public func allUIDs() throws(IMAPFailure) -> [UInt32] {
    var found: [UInt32]?
    for case .search(let uids) in try run("UID SEARCH ALL") { found = (found ?? []) + uids }
    // Without an answer nothing is known: an empty mailbox gives an empty one (RFC 9051, 6.4.4).
    guard let found else { throw .connection(.protocolViolation("an answer to UID SEARCH")) }
    return found
  }

  /// What a server says of a mailbox that is not opened: "MESSAGES", "UIDNEXT", "UIDVALIDITY".
  public func status(of name: String) throws(IMAPFailure) -> [String: UInt64] {
    let answers = try run(
      [.text("STATUS ")] + IMAPString.pieces(of: Secret(copying: name.utf8))
        + [.text(" (MESSAGES UIDNEXT UIDVALIDITY)")])
    for case .mailboxStatus(_, let status) in answers { return status }
    throw .connection(.protocolViolation("an answer to STATUS"))
  }

  /// Bytes of the largest message that a mailbox takes (RFC 7889, 3.1); nil where there is no limit, or the server does
  /// not say.
  /// - Parameter name: as the protocol has it (modified UTF-7).
  public func appendLimit(of name: [UInt8]) throws(IMAPFailure) -> Int? {
    let answers = try run(
      [.text("STATUS ")] + IMAPString.pieces(of: Secret(copying: name)) + [.text(" (APPENDLIMIT)")])
    for case .mailboxStatus(_, let status) in answers {
      return status["APPENDLIMIT"].map { Int(clamping: $0) }
    }
    return nil
  }

  /// Says goodbye, as far as anybody listens.
  public func logout() { _ = try? run("LOGOUT") }
}
