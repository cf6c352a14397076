internal import CNetwork
import ConfigFormats
import ProfileRewriter

/// A folder of its own: made, seen from elsewhere, written to, read, and removed whatever happens.
final class DeepTest {
  private let test: ServiceTest
  /// Logged in.
  private let first: IMAPClient
  private var second: IMAPClient?
  private let folder: String
  private let message: TestMessage
  /// Whether ``first`` can still be spoken to.
  private var firstIsUp = true

  init(test: ServiceTest, first: IMAPClient, prefix: String) {
    self.test = test
    self.first = first
    let token = TestMessage.token()
    folder = prefix + "profile-rewriter-test-" + token
    let address = test.item.addresses.first ?? "test@profile-rewriter.invalid"
    message = TestMessage(token: token, address: address)
  }

  func run() {
    guard !test.settings.shouldStop() else { return }
    var isMade = false
    firstIsUp = test.measure(.create) { () throws(IMAPFailure) in
      // From here on it may be there, whatever the answer.
      isMade = true
      do throws(IMAPFailure) {
        try first.create(folder)
      } catch {
        if case .commandRefused = error { isMade = false }
        throw error
      }
      return Finding("made \(folder.printable)", [TestFact("folder", .text(folder))])
    }
    guard isMade else { return }
    if firstIsUp, seesFolder(), let second { exchange(second) }
    remove()
    second?.logout()
  }

  private func seesFolder() -> Bool {
    test.measure(.secondConnection) { () throws(IMAPFailure) in
      let client = try logInAgain()
      second = client
      guard try client.folders(folder).contains(where: { $0.name == folder }) else {
        return Finding(
          .failed, .notSeen,
          "another connection does not see the folder: the server may show subscribed folders only, or "
            + "its machines may not agree; ask the provider")
      }
      return Finding("another connection sees the folder")
    }
  }

  private func logInAgain() throws(IMAPFailure) -> IMAPClient {
    guard case .password(let password) = test.item.credential else { throw .alreadyTried }
    let account = test.service.settings
    let client = try test.connectAgain(IMAPClient.init(on:watch:))
    try test.ticket.use { () throws(IMAPFailure) in
      try client.login(account.username, password, allowsCleartext: account.security == .none)
    }
    return client
  }

  // MARK: A message

  private func exchange(_ second: IMAPClient) {
    var failure: IMAPFailure?
    var isAppended = false
    do throws(IMAPFailure) { _ = try first.examine(folder) } catch { failure = error }
    let start = cnetwork_now()
    func append() -> Bool {
      isAppended = test.measure(.append) { () throws(IMAPFailure) in
        try second.append(message.bytes, toTestFolder: folder)
        return Finding("put a message of \(message.bytes.count) bytes there")
      }
      isAppended = isAppended && test.rows.last?.status != .failed
      return isAppended
    }
    let idles = first.offers("IDLE") && failure == nil
    do throws(IMAPFailure) {
      if idles { try first.awaitNewMail(append) } else if append() { try poll() }
    } catch {
      failure = error
      if case .connection = error { firstIsUp = false }
    }
    guard isAppended else { return }
    let time = Int(cnetwork_now() - start)
    test.add(.newMail, newMail(failure, idles), milliseconds: time)
    readBack(second)
  }

  private func newMail(_ failure: IMAPFailure?, _ idles: Bool) -> Finding {
    let way = TestFact("method", .text(idles ? "IDLE" : "NOOP"))
    guard let failure else {
      return Finding(idles ? "the server tells of it by itself" : "asking shows it", [way])
    }
    let reason = Diagnosis(failure, of: test.service).text
    return Finding(
      .failed, .noNewMail,
      "the first connection is not told of the message: clients would show new mail late (\(reason))",
      [way])
  }

  /// For servers without IDLE: clients ask.
  private func poll() throws(IMAPFailure) {
    let deadline = Deadline.after(test.settings.connection.limits.answer)
    while !test.settings.shouldStop() {
      for case .number(let count, "EXISTS") in try first.run("NOOP") where count > 0 { return }
      guard !deadline.hasPassed else { throw .connection(.timedOut(.answer)) }
      Pause.take(0.25)
    }
  }

  private func readBack(_ second: IMAPClient) {
    test.measure(.readBack) { () throws(IMAPFailure) in
      _ = try second.examine(folder)
      guard let bytes = try second.message(1) else {
        return Finding(.failed, .readBackDiffers, "the message is not there")
      }
      guard bytes == message.bytes else {
        return Finding(
          .failed, .readBackDiffers,
          "the server gives the message back changed (\(bytes.count) bytes for \(message.bytes.count)): "
            + "signed mail would break; ask the provider")
      }
      return Finding("byte for byte as it was put there")
    }
  }

  // MARK: Removing

  /// By whatever connection still works, else by a new one. Also after a signal.
  private func remove() {
    let start = cnetwork_now()
    var failure: IMAPFailure?
    for way in Way.allCases {
      do throws(IMAPFailure) {
        guard let client = try client(way) else { continue }
        try remove(by: client)
        return test.add(
          .delete, Finding("removed it; nothing is left"), milliseconds: Int(cnetwork_now() - start)
        )
      } catch {
        failure = error
      }
    }
    let reason = failure.map { Diagnosis($0, of: test.service).text } ?? "it is still listed"
    test.add(
      .delete,
      Finding(
        .failed, .notRemoved,
        "the folder \(folder.printable) could not be removed (\(reason)): remove it in a client",
        [TestFact("folder", .text(folder))]), milliseconds: Int(cnetwork_now() - start))
  }

  private enum Way: CaseIterable {
    case second, first, fresh
  }

  private func client(_ way: Way) throws(IMAPFailure) -> IMAPClient? {
    switch way {
    case .second: return second
    case .first: return firstIsUp ? first : nil
    case .fresh: return try logInAgain()
    }
  }

  private func remove(by client: IMAPClient) throws(IMAPFailure) {
    // A server may refuse to delete what is open.
    do throws(IMAPFailure) { try client.close() } catch {
      guard case .commandRefused = error else { throw error }
    }
    do throws(IMAPFailure) { try client.delete(folder) } catch {
      guard case .commandRefused = error, try !isThere(client) else { throw error }
    }
    guard try !isThere(client) else {
      throw .commandRefused(command: "DELETE", text: "still listed")
    }
  }

  private func isThere(_ client: IMAPClient) throws(IMAPFailure) -> Bool {
    try client.folders(folder).contains {
      $0.name == folder && !$0.attributes.contains("\\nonexistent")
    }
  }
}
