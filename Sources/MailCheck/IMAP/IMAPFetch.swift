/// One message of an answer to FETCH.
public struct IMAPFetched: Sendable {
  public var uid: UInt32
  public var flags: [[UInt8]]
  /// What was fetched of the content; empty where it was streamed.
  public var content: [UInt8]
}

extension IMAPClient {
  /// The header fields of messages, given one by one as they come. Marks nothing as read.
  /// - Parameters:
  ///   - uids: a set ("1:4,7:*").
  ///   - fields: names.
  public func fetchHeaders(_ uids: String, fields: [String], _ take: (IMAPFetched) -> Void)
    throws(IMAPFailure)
  {
    let wanted = "BODY.PEEK[HEADER.FIELDS (\(fields.joined(separator: " ")))]"
    try fetch(uids, wanted, content: nil, take)
  }

  /// Whole messages, however large, in pieces.
  /// - Parameters:
  ///   - content: gets a message's pieces.
  ///   - take: is told afterwards which message they were of.
  public func fetchMessages(
    _ uids: String, content: @escaping (UnsafeRawBufferPointer) -> Void,
    _ take: (IMAPFetched) -> Void
  ) throws(IMAPFailure) {
    try fetch(uids, "BODY.PEEK[]", content: content, take)
  }

  private func fetch(
    _ uids: String, _ items: String, content: ((UnsafeRawBufferPointer) -> Void)?,
    _ take: (IMAPFetched) -> Void
  ) throws(IMAPFailure) {
    let tag = nextTag()
    try write(Array("\(tag) UID FETCH \(uids) (UID FLAGS \(items))\r\n".utf8))
    while true {
      switch try nextResponse(content: content) {
      case .fetch(_, let items):
        // Other clients' changes are told in between, without content.
        if let message = IMAPFetched(items) { take(message) }
      case .status(let answered?, let status):
        guard answered == Array(tag.utf8) else {
          throw .connection(.protocolViolation("the tag of the command"))
        }
        guard status.kind == .ok else {
          throw .commandRefused(
            command: "FETCH", text: String(decoding: status.text, as: UTF8.self))
        }
        return
      case .continuation:
        throw .connection(.protocolViolation("a continuation nobody asked for"))
      default: break
      }
    }
  }
}

extension IMAPFetched {
  /// nil for what is not about a message's content.
  fileprivate init?(_ items: [IMAPValue]) {
    var uid: UInt32?
    var content: [UInt8]?
    flags = []
    for index in stride(from: 0, to: items.count - 1, by: 2) {
      guard let name = items[index].name else { return nil }
      switch (name, items[index + 1]) {
      case ("UID", let value): uid = value.number.flatMap(UInt32.init(exactly:))
      case ("FLAGS", .list(let values)):
        flags = values.compactMap { if case .atom(let flag) = $0 { flag } else { nil } }
      case (_, .string(let bytes)) where name.hasPrefix("BODY["): content = bytes
      // A part that is not there.
      case (_, .atom) where name.hasPrefix("BODY["): content = []
      default: break
      }
    }
    guard let uid, let content else { return nil }
    self.uid = uid
    self.content = content
  }
}
