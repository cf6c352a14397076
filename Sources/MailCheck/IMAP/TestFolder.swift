/// What `test` does with a folder of its own, and with no other.
extension IMAPClient {
  func create(_ folder: String) throws(IMAPFailure) { try run("CREATE", folder) }

  func delete(_ folder: String) throws(IMAPFailure) { try run("DELETE", folder) }

  /// Leaves the mailbox that is open; nothing is removed from it, as it is open for reading.
  func close() throws(IMAPFailure) { try run("CLOSE") }

  /// Puts one message into a folder.
  func append(_ message: [UInt8], toTestFolder folder: String) throws(IMAPFailure) {
    try run(
      [.text("APPEND ")] + IMAPString.pieces(of: Secret(copying: folder.utf8))
        + [.text(" {\(message.count)}"), .awaitContinuation, .secret(Secret(copying: message))])
  }

  /// The bytes of a message of the mailbox that is open, by its number; nil where there is none.
  func message(_ number: Int) throws(IMAPFailure) -> [UInt8]? {
    for case .fetch(_, let pairs) in try run("FETCH \(number) (BODY.PEEK[])") {
      for (name, value) in zip(pairs, pairs.dropFirst()) where name.name == "BODY[]" {
        if case .string(let bytes) = value { return bytes }
      }
    }
    return nil
  }

  /// Messages of the mailbox that is open with this Message-ID, by their UIDs.
  func uids(withMessageID id: String) throws(IMAPFailure) -> [UInt32] {
    var found: [UInt32] = []
    for case .search(let uids) in try run("UID SEARCH HEADER Message-ID \"\(id)\"") {
      found += uids
    }
    return found
  }

  /// Lets the server say by itself that there is new mail (IDLE, RFC 2177).
  /// - Parameter bring: brings it, on another connection; whether it could.
  func awaitNewMail(_ bring: @escaping () -> Bool) throws(IMAPFailure) {
    var isBrought = false
    try run(
      [
        .text("IDLE"), .awaitContinuation, .pause { isBrought = bring() },
        .awaitNumber("EXISTS", if: { isBrought }), .text("DONE"),
      ])
  }

  private func run(_ command: String, _ folder: String) throws(IMAPFailure) {
    try run([.text(command + " ")] + IMAPString.pieces(of: Secret(copying: folder.utf8)))
  }
}
