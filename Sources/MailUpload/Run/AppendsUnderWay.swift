import MailCheck
import ProfileRewriter

/// A batch that is on its way to the server.
final class AppendsUnderWay {
  struct Results {
    var settled: [RecordedMailbox.Entry] = []
    /// Digests of what the server did not take.
    var forgotten: [[UInt8]] = []
    var problems: [(place: String, refusal: Refusal)] = []
    var bytes = 0
    /// Why nothing more can be sent.
    var stop: Refusal?
  }

  private let session: UploadSession
  private let mailbox: [UInt8]
  private let batch: UploadBatch
  /// In the order they were sent, each with the messages in it.
  private var sent: [(append: IMAPAppend, messages: [UploadBatch.Message])] = []
  private var results = Results()
  private var validity: UInt32?

  init(_ session: UploadSession, to mailbox: [UInt8], _ batch: UploadBatch) {
    self.session = session
    self.mailbox = mailbox
    self.batch = batch
  }

  func holds(_ digest: [UInt8]) -> Bool { batch.digests.contains(digest) }

  /// - Parameter large: the content of the one message of the batch, where it is not held, and how
  ///   many bytes that is as sent.
  func send(large: (message: any LocalMessage, size: Int)? = nil) throws(Refusal) {
    if let large {
      try send(large.message, size: large.size)
    } else if session.takesSeveral {
      try send(batch.messages)
    } else {
      try sendSingly()
    }
  }

  private func sendSingly() throws(Refusal) {
    for message in batch.messages {
      let isUnasked = session.sendsUnasked(message.range.count)
      // Where the server is to ask for it, its words must not be mixed with other answers.
      if !isUnasked { try collect() }
      try send([message])
      if !isUnasked { try collect() }
      if results.stop != nil { return }
    }
  }

  private func send(_ messages: [UploadBatch.Message]) throws(Refusal) {
    try session.ask { client throws(IMAPFailure) in
      let append = try client.append(to: mailbox)
      sent.append((append, messages))
      for message in messages {
        guard
          try append.beginMessage(
            flags: message.flags, date: message.date, size: message.range.count,
            isBinary: message.isBinary)
        else { return }
        try batch.content.withContent(message.range) { bytes throws(IMAPFailure) in
          try append.write(bytes)
        }
      }
      try append.end()
    }
  }

  private func send(_ message: any LocalMessage, size: Int) throws(Refusal) {
    guard let known = batch.messages.first else { return }
    let append = try session.ask { client throws(IMAPFailure) in
      try client.append(to: mailbox)
    }
    sent.append((append, [known]))
    let isWanted = try session.ask { _ throws(IMAPFailure) in
      try append.beginMessage(
        flags: known.flags, date: known.date, size: size, isBinary: known.isBinary)
    }
    guard isWanted else { return }
    do throws(Refusal) {
      try LargeContent(session, append, size: size).send(message)
    } catch {
      // What was begun cannot be ended.
      session.isUsable = false
      throw error
    }
    try session.ask { _ throws(IMAPFailure) in try append.end() }
  }

  /// Waits for the answers. A batch that the server takes all or none of and has not taken is sent
  /// again message by message, so that only what it really does not take is left out.
  func results(validity: UInt32?) throws(Refusal) -> Results {
    self.validity = validity
    try collect()
    return results
  }

  private func collect() throws(Refusal) {
    let waiting = sent
    sent = []
    for (append, messages) in waiting {
      let status = try session.ask { _ throws(IMAPFailure) in try append.awaitAnswer() }
      if status.kind == .ok {
        note(taken: messages, status)
      } else if results.stop != nil || status.isFinal {
        results.stop = results.stop ?? status.stop
        results.forgotten += messages.map(\.identity.digest)
      } else if messages.count > 1 {
        try sendAgain(messages)
      } else {
        note(refused: messages, status)
      }
    }
  }

  private func sendAgain(_ messages: [UploadBatch.Message]) throws(Refusal) {
    for message in messages {
      guard results.stop == nil else {
        results.forgotten.append(message.identity.digest)
        continue
      }
      try send([message])
      try collect()
    }
  }

  private func note(taken messages: [UploadBatch.Message], _ status: IMAPStatus) {
    let appended = status.appended.flatMap { appended in
      // Another UIDVALIDITY than the mailbox had: the next run will look anew.
      appended.validity == validity ?? appended.validity && appended.uids.count == messages.count
        ? appended.uids : nil
    }
    for (place, message) in messages.enumerated() {
      results.settled.append(
        RecordedMailbox.Entry(
          digest: message.identity.digest, state: .uploaded, uid: appended?[place],
          size: message.localSize))
      results.bytes += message.range.isEmpty ? message.localSize : message.range.count
    }
  }

  private func note(refused messages: [UploadBatch.Message], _ status: IMAPStatus) {
    for message in messages {
      results.forgotten.append(message.identity.digest)
      let refusal: Refusal
      if status.isFull {
        refusal = status.fullRefusal
        results.stop = refusal
        return
      }
      refusal = Refusal(
        .serverRefused,
        "the server does not take it (\(String(decoding: status.text, as: UTF8.self).printable))")
      results.problems.append((message.place, refusal))
    }
  }
}

extension IMAPStatus {
  /// There is no room for this message; there may be for a smaller one (RFC 9208).
  fileprivate var isFull: Bool { code == "OVERQUOTA" }

  fileprivate var fullRefusal: Refusal {
    Refusal(
      .overQuota,
      "the account is full (\(String(decoding: text, as: UTF8.self).printable)); what has been "
        + "uploaded stays, and a later run goes on from there")
  }

  /// Nothing can be put into this mailbox.
  fileprivate var isFinal: Bool { code == "TRYCREATE" || code == "NOPERM" }

  fileprivate var stop: Refusal {
    Refusal(
      .serverRefused,
      "the server takes nothing in this folder (\(String(decoding: text, as: UTF8.self).printable))"
    )
  }
}

/// Sends a message as it is read.
private final class LargeContent {
  private let session: UploadSession
  private let append: IMAPAppend
  private var left: Int
  private var lineEnds = LineEnds()
  private var buffer: [UInt8] = []
  private var failure: Refusal?

  init(_ session: UploadSession, _ append: IMAPAppend, size: Int) {
    self.session = session
    self.append = append
    left = size
  }

  /// - Throws: `stale` where it is not what was read before.
  func send(_ message: any LocalMessage) throws(Refusal) {
    try message.read { piece in send(piece) }
    if let failure { throw failure }
    guard left == 0 else { throw Self.changed(message) }
  }

  private func send(_ piece: UnsafeRawBufferPointer) -> Bool {
    buffer.removeAll(keepingCapacity: true)
    lineEnds.append(piece, to: &buffer)
    left -= buffer.count
    guard left >= 0 else { return false }
    do throws(Refusal) {
      try session.ask { _ throws(IMAPFailure) in
        try buffer.withContent(0..<buffer.count) { bytes throws(IMAPFailure) in
          try append.write(bytes)
        }
      }
      return true
    } catch {
      failure = error
      return false
    }
  }

  private static func changed(_ message: any LocalMessage) -> Refusal {
    Refusal(.stale, "\(message.place.printable) changed while it was read; run again")
  }
}

extension [UInt8] {
  /// A part of the bytes, keeping the type of what is thrown.
  fileprivate func withContent(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(IMAPFailure) -> Void
  ) throws(IMAPFailure) {
    let result = withUnsafeBytes { bytes in
      Result { () throws(IMAPFailure) in try body(UnsafeRawBufferPointer(rebasing: bytes[range])) }
    }
    try result.get()
  }
}
