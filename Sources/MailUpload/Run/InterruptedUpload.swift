import Glibc
import MailCheck
import ProfileRewriter

/// Finds out what became of messages that were on their way when a run ended.
struct InterruptedUpload {
  let session: UploadSession
  let mailbox: [UInt8]
  let record: RecordedMailbox
  /// Seconds without a change after which nothing more is expected of the old connection.
  let quiet: Double

  /// Messages that had not come in, and a UID from which on they would be.
  struct Lost {
    var digests: Set<[UInt8]> = []
    var from: UInt32 = 0
    /// How many others had.
    var arrived = 0
  }

  /// Longer than this no change is waited out: other mail may come in all the time.
  private static let patience = 60.0

  /// Compares what has come in since with what was sent, and records it. The mailbox must be open; it
  /// is opened anew.
  func settle(_ selected: inout IMAPSelected) throws(Refusal) -> Lost {
    let sending = try record.sending()
    guard !sending.isEmpty else { return Lost() }
    selected = try awaitQuiet(selected)
    let from = sending.reduce(UInt32.max) { min($0, $1.nextUID ?? 0) }
    let arrived = try messages(from: from)
    var settled: [RecordedMailbox.Entry] = []
    var lost = Lost(from: from)
    for message in sending {
      guard let uid = arrived[message.digest] else {
        lost.digests.insert(message.digest)
        continue
      }
      settled.append(
        RecordedMailbox.Entry(
          digest: message.digest, state: .uploaded, uid: uid, size: message.size))
    }
    try record.commit(settled: settled, forgotten: Array(lost.digests))
    lost.arrived = settled.count
    return lost
  }

  /// What the server still does of the connection that broke is not seen but by what it has done: it
  /// had at most one batch in its buffers.
  private func awaitQuiet(_ before: IMAPSelected) throws(Refusal) -> IMAPSelected {
    var last = before
    var (still, waited) = (0.0, 0.0)
    let step = min(0.25, max(quiet, 0.01))
    while still < quiet, waited < Self.patience {
      usleep(UInt32(step * 1e6))
      let now = try session.ask { client throws(IMAPFailure) in try client.select(mailbox) }
      still = now.mailbox == last.mailbox ? still + step : 0
      waited += step
      last = now
    }
    return last
  }

  private func messages(from first: UInt32) throws(Refusal) -> [[UInt8]: UInt32] {
    let index = ServerIndex(session)
    try index.load(from: first, except: record.uids())
    return try index.identifyAll()
  }

  /// Messages that had not come in when they were looked for, were sent again, and have come in
  /// twice now.
  func doubled(_ lost: Lost) throws(Refusal) -> Int {
    guard !lost.digests.isEmpty else { return 0 }
    _ = try session.ask { client throws(IMAPFailure) in try client.select(mailbox) }
    let others = try messages(from: lost.from)
    // Without UIDs from the server (UIDPLUS) the second copy is found with the first.
    return session.client.offers("UIDPLUS")
      ? others.keys.count { lost.digests.contains($0) } : 0
  }
}
