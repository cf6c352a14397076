/// What a client or server knows of a message beside its bytes: IMAP's flags (RFC 9051, 2.3.2).
public struct MessageFlags: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let seen = MessageFlags(rawValue: 1 << 0)
  public static let answered = MessageFlags(rawValue: 1 << 1)
  public static let flagged = MessageFlags(rawValue: 1 << 2)
  public static let deleted = MessageFlags(rawValue: 1 << 3)
  public static let draft = MessageFlags(rawValue: 1 << 4)
  /// The keyword `$Forwarded` (RFC 5788).
  public static let forwarded = MessageFlags(rawValue: 1 << 5)
}

/// Flags, keywords and the date of a message that is kept locally.
public struct MessageMarks: Sendable, Hashable {
  public var flags: MessageFlags
  /// Tags as IMAP names them ("$label1"), each once, in the order of the source.
  public var keywords: [[UInt8]]
  /// When it came in: seconds since 1970, UTC. nil where the source does not say.
  public var received: Int64?

  public init(flags: MessageFlags = [], keywords: [[UInt8]] = [], received: Int64? = nil) {
    self.flags = flags
    self.keywords = keywords
    self.received = received
  }
}
