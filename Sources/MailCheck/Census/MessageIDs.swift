import MailFormats

extension IMAPClient {
  /// Messages asked about at a time: an answer stays small, and is there in time.
  private static let chunk = 500

  /// Message-IDs, without angle brackets, of all messages of the mailbox that is open, and how many
  /// messages there are, with one or without. Nothing is marked as read.
  func messageIDs() throws(IMAPFailure) -> (ids: Set<[UInt8]>, messages: Int) {
    let uids = try allUIDs().sorted()
    var ids: Set<[UInt8]> = []
    for start in stride(from: 0, to: uids.count, by: Self.chunk) {
      let last = uids[min(start + Self.chunk, uids.count) - 1]
      let answers = try run(
        "UID FETCH \(uids[start]):\(last) (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
      for case .fetch(_, let values) in answers {
        for case .string(let fields) in values {
          if let id = fields.withUnsafeBytes({ HeaderBlock($0).messageID }) { ids.insert(id) }
        }
      }
    }
    return (ids, uids.count)
  }
}
