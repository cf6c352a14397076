/// Messages that are sent together. Their content is held, so a batch is small.
struct UploadBatch {
  struct Message {
    var identity: MessageIdentity
    /// In ``content``, with CRLF line ends.
    var range: Range<Int>
    /// Bytes in the local store.
    var localSize: Int
    var flags: [[UInt8]]
    /// Seconds since 1970.
    var date: Int64?
    var isBinary: Bool
    var place: String
  }

  /// A batch is sent once it holds so much; a larger message is never held.
  static let mostBytes = 1 << 20
  static let mostMessages = 100
  static let largestHeld = 256 << 10

  var messages: [Message] = []
  var content: [UInt8] = []
  /// What the messages are.
  private(set) var digests: Set<[UInt8]> = []
  /// UIDs on the server that some of them may be.
  var candidates: Set<UInt32> = []

  var isFull: Bool { messages.count >= Self.mostMessages || content.count >= Self.mostBytes }

  mutating func add(_ message: Message) {
    messages.append(message)
    digests.insert(message.identity.digest)
  }

  mutating func removeAll() {
    messages.removeAll(keepingCapacity: true)
    content.removeAll(keepingCapacity: true)
    digests.removeAll(keepingCapacity: true)
    candidates.removeAll(keepingCapacity: true)
  }
}
