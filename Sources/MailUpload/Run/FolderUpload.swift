import MailCheck
import MailFormats
import ProfileRewriter

/// Brings one local folder to one mailbox.
///
/// Messages are taken in batches. What each of a batch is, is known before anything of it is sent;
/// that it is about to be sent is recorded before, and what became of it after. While the server works
/// on a batch the next one is read.
final class FolderUpload {
  /// What is done with messages that are not on the server.
  enum Mode {
    case send
    /// Only counted: ``missingBytes``.
    case count
  }

  private let session: UploadSession
  private let mode: Mode
  private let mailbox: [UInt8]
  private let selected: IMAPSelected
  /// Bytes of the largest message that the mailbox takes; nil where the server does not say.
  private let sizeLimit: Int?
  let record: RecordedMailbox
  private let report: (MessageProblem) -> Void

  private(set) var row: UploadedFolder
  /// Bytes of messages that the server lacks, where they are only counted.
  private(set) var missingBytes = 0
  private(set) var missing = 0

  private var counted: Set<[UInt8]> = []
  /// A UID below which nothing of the next batch can come to lie; nil where the server does not say.
  private var nextUID: UInt32?

  private var index: ServerIndex?
  private var batch = UploadBatch()
  private var underWay: AppendsUnderWay?
  private let keywords: KeywordChoice

  init(
    _ session: UploadSession, _ row: UploadedFolder, _ selected: IMAPSelected,
    _ record: RecordedMailbox, sizeLimit: Int?, mode: Mode = .send,
    report: @escaping (MessageProblem) -> Void
  ) {
    self.sizeLimit = sizeLimit
    self.session = session
    self.row = row
    self.selected = selected
    self.record = record
    self.mode = mode
    self.report = report
    mailbox = row.folder.mailbox
    nextUID = selected.mailbox.nextUID
    keywords = KeywordChoice(selected)
  }

  // MARK: One message

  /// Takes the next message of the folder.
  func add(_ message: any LocalMessage) throws(Refusal) {
    row.messages += 1
    if let damage = message.damage {
      row.damaged += 1
      return problem(message.place, Refusal(.damagedMessage, damage.text))
    }
    if message.isGone || message.marks.flags.contains(.deleted) {
      row.deleted += 1
      return
    }
    if message.size > UploadBatch.largestHeld {
      try addLarge(message)
    } else {
      try addSmall(message)
    }
  }

  private func addSmall(_ message: any LocalMessage) throws(Refusal) {
    let start = batch.content.count
    var lineEnds = LineEnds()
    try message.read { piece in
      lineEnds.append(piece, to: &batch.content)
      return true
    }
    var digest = MessageDigest()
    batch.content.withUnsafeBytes {
      digest.add(UnsafeRawBufferPointer(rebasing: $0[start...]))
    }
    let isWanted = try decide(message, &digest, range: start..<batch.content.count)
    if !isWanted { batch.content.removeSubrange(start...) }
    if batch.isFull { try submit() }
  }

  /// Read twice, and held nowhere.
  private func addLarge(_ message: any LocalMessage) throws(Refusal) {
    try submit()
    let reading = DigestOfLargeMessage()
    try message.read { piece in
      reading.add(piece)
      return true
    }
    guard try decide(message, &reading.digest, range: 0..<0) else { return }
    try submit(large: (message, reading.digest.size))
  }

  /// Whether the message is to be sent, as far as that can be told without asking the server.
  private func decide(
    _ message: any LocalMessage, _ digest: inout MessageDigest, range: Range<Int>
  ) throws(Refusal) -> Bool {
    let identity = digest.finish()
    if batch.digests.contains(identity.digest) || underWay?.holds(identity.digest) == true {
      row.present += 1
      return false
    }
    if let state = try record.state(of: identity.digest), state != .sending {
      row.present += 1
      return false
    }
    if let refusal = obstacle(to: digest) {
      row.refusedMessages += 1
      problem(message.place, refusal)
      return false
    }
    let (flags, areAll) = keywords.flags(of: message.marks)
    if !areAll { row.withoutKeywords += 1 }
    let date = message.marks.received ?? digest.date.flatMap(HeaderDate.seconds)
    batch.add(
      UploadBatch.Message(
        identity: identity, range: range, localSize: message.size, flags: flags, date: date,
        isBinary: digest.hasZeroBytes, place: message.place))
    batch.candidates.formUnion(try serverIndex().candidates(for: identity))
    return true
  }

  private func obstacle(to digest: MessageDigest) -> Refusal? {
    if digest.size == 0 { return Refusal(.damagedMessage, "it is empty") }
    if digest.hasZeroBytes, !session.client.offers("BINARY") {
      return Refusal(.unsupported, "it has zero bytes, which this server cannot take")
    }
    if let limit = sizeLimit, digest.size > limit {
      return Refusal(
        .tooLarge, "it has \(digest.size) bytes, and the server takes \(limit) at most")
    }
    return nil
  }

  /// Made when the first message comes that is not recorded: most later runs need none.
  private func serverIndex() throws(Refusal) -> ServerIndex {
    if let index { return index }
    try settle()
    let made = ServerIndex(session)
    if selected.mailbox.messages > 0 { try made.load(except: record.uids()) }
    index = made
    return made
  }

  private func problem(_ place: String, _ refusal: Refusal) {
    report(MessageProblem(folder: row.folder, place: place, refusal: refusal))
  }

  // MARK: Batches

  /// Sends what has been gathered.
  /// - Parameter large: the one message of the batch, which is not held.
  private func submit(large: (message: any LocalMessage, size: Int)? = nil) throws(Refusal) {
    guard !batch.messages.isEmpty else { return }
    let found = try foundOnServer()
    var sending = batch
    sending.messages.removeAll { found[$0.identity.digest] != nil }
    row.present += found.count
    if mode == .count {
      count(sending.messages)
      try record.commit(settled: entries(found))
      batch.removeAll()
      return
    }
    let results = try settled()
    let isEnd = results.stop != nil
    try record.commit(
      settled: results.settled + entries(found), forgotten: results.forgotten,
      sending: isEnd ? [] : sending.messages.map { ($0.identity.digest, $0.localSize) },
      nextUID: nextUID)
    if let stop = results.stop { throw stop }
    batch.removeAll()
    guard !sending.messages.isEmpty else { return }
    let appends = AppendsUnderWay(session, to: mailbox, sending)
    underWay = appends
    try appends.send(large: large)
    if large != nil { try settle() }
  }

  private func count(_ messages: [UploadBatch.Message]) {
    for message in messages where counted.insert(message.identity.digest).inserted {
      missing += 1
      missingBytes += message.localSize
    }
  }

  private func entries(_ found: [[UInt8]: (uid: UInt32, size: Int)]) -> [RecordedMailbox.Entry] {
    found.map { RecordedMailbox.Entry(digest: $0, state: .found, uid: $1.uid, size: $1.size) }
  }

  /// Messages of the batch that are on the server, by digest.
  private func foundOnServer() throws(Refusal) -> [[UInt8]: (uid: UInt32, size: Int)] {
    guard !batch.candidates.isEmpty, let index else { return [:] }
    // The answer to what is under way comes first.
    try settle()
    try index.identify(batch.candidates)
    var found: [[UInt8]: (uid: UInt32, size: Int)] = [:]
    for message in batch.messages {
      guard let uid = index.uid(of: message.identity) else { continue }
      found[message.identity.digest] = (uid, message.localSize)
    }
    return found
  }

  /// Waits for what is under way.
  private func settled() throws(Refusal) -> AppendsUnderWay.Results {
    guard let appends = underWay else { return AppendsUnderWay.Results() }
    let results = try appends.results(validity: selected.mailbox.validity)
    underWay = nil
    row.uploaded += results.settled.count
    if let last = results.settled.compactMap(\.uid).max(), last < .max, nextUID != nil {
      nextUID = max(nextUID ?? 0, last + 1)
    }
    row.bytes += results.bytes
    row.refusedMessages += results.problems.count
    for (place, refusal) in results.problems { problem(place, refusal) }
    return results
  }

  /// Waits for what is under way, and records it.
  func settle() throws(Refusal) {
    guard underWay != nil else { return }
    let results = try settled()
    try record.commit(settled: results.settled, forgotten: results.forgotten)
    if let stop = results.stop { throw stop }
  }

  /// Sends the rest, once, after the last message.
  func finish() throws(Refusal) {
    try submit()
    try settle()
  }

  /// Lets go of what has not been sent, and waits for what has.
  func stop() throws(Refusal) {
    batch.removeAll()
    try settle()
  }
}

/// Reads a message that is too large to be held.
private final class DigestOfLargeMessage {
  private var lineEnds = LineEnds()
  var digest = MessageDigest()
  private var buffer: [UInt8] = []

  func add(_ piece: UnsafeRawBufferPointer) {
    buffer.removeAll(keepingCapacity: true)
    lineEnds.append(piece, to: &buffer)
    buffer.withUnsafeBytes { digest.add($0) }
  }
}

extension MessageDamage {
  fileprivate var text: String {
    switch self {
    case .truncated: "it ends in the middle of its header"
    case .notAMessage: "what lies there is no message"
    }
  }
}
