import MailCheck
import ProfileRewriter

/// The messages of one mailbox of the server that the record does not know, by what can be told of
/// them without fetching them.
final class ServerIndex {
  private let session: UploadSession
  private var uids: [UInt64: [UInt32]] = [:]
  private var identities: [UInt32: MessageIdentity] = [:]

  init(_ session: UploadSession) { self.session = session }

  /// Takes in the messages of the mailbox that is open, from a UID on, but for those that are
  /// recorded.
  func load(from first: UInt32 = 0, except recorded: Set<UInt32>) throws(Refusal) {
    let wanted = try session.ask { client throws(IMAPFailure) in try client.allUIDs() }
      .filter { !recorded.contains($0) && $0 >= first }
    for set in IMAPSet.texts(wanted) {
      try session.ask { client throws(IMAPFailure) in
        try client.fetchHeaders(set, fields: KeyFields.names) { message in
          uids[Self.key(ofHeader: message.content), default: []].append(message.uid)
        }
      }
    }
  }

  /// What all messages that were taken in are.
  func identifyAll() throws(Refusal) -> [[UInt8]: UInt32] {
    try identify(Set(uids.values.joined()))
    var found: [[UInt8]: UInt32] = [:]
    // Of two copies the first is the one.
    for (uid, identity) in identities.sorted(by: { $0.key > $1.key }) {
      found[identity.digest] = uid
    }
    return found
  }

  private static func key(ofHeader header: [UInt8]) -> UInt64 {
    var digest = MessageDigest()
    header.withUnsafeBytes { digest.add($0) }
    return digest.finish().key
  }

  /// UIDs of messages that may be this one.
  func candidates(for identity: MessageIdentity) -> [UInt32] { uids[identity.key] ?? [] }

  /// Fetches what of `wanted` has not been fetched yet, and nothing of it is kept but what it is.
  func identify(_ wanted: Set<UInt32>) throws(Refusal) {
    for set in IMAPSet.texts(wanted.filter { identities[$0] == nil }, count: 100) {
      let reading = DigestOfContent()
      try session.ask { client throws(IMAPFailure) in
        try client.fetchMessages(set, content: { reading.add($0) }) { message in
          identities[message.uid] = reading.take()
        }
      }
    }
  }

  /// The UID of an identified message that is the same; nil where none is.
  func uid(of identity: MessageIdentity) -> UInt32? {
    candidates(for: identity).first { identities[$0]?.digest == identity.digest }
  }
}

/// Tells what messages are whose pieces come one after the other.
final class DigestOfContent {
  private var lineEnds = LineEnds()
  private var digest = MessageDigest()
  private var buffer: [UInt8] = []

  func add(_ piece: UnsafeRawBufferPointer) {
    // A server that keeps bare line feeds gives them back.
    buffer.removeAll(keepingCapacity: true)
    lineEnds.append(piece, to: &buffer)
    buffer.withUnsafeBytes { digest.add($0) }
  }

  /// Ends one message and begins the next.
  func take() -> MessageIdentity {
    defer {
      digest = MessageDigest()
      lineEnds = LineEnds()
    }
    return digest.finish()
  }
}
