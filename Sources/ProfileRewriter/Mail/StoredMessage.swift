import MailFormats

/// A message of a client's store.
struct StoredMessage: LocalMessage {
  var place: String
  var marks: MessageMarks
  var uidl: [UInt8]?
  var isGone: Bool
  var size: Int
  var damage: MessageDamage?
  /// The message's first bytes, as stored but without what the store put before them.
  var head: UnsafeRawBufferPointer
  var content: MessageContent

  var messageID: [UInt8]? { HeaderBlock(head).messageID }

  func read(_ take: (UnsafeRawBufferPointer) -> Bool) throws(Refusal) { try content.read(take) }
}
