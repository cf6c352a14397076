/// The lines that Thunderbird writes before a message it keeps, in mbox and maildir stores alike:
/// X-Account-Key, X-UIDL, X-Mozilla-Status, X-Mozilla-Status2, X-Mozilla-Keys (seen with 153).
public struct MozillaHeaders: Sendable, Hashable {
  /// Bytes of the block, which is no part of the message as it was received.
  public var length = 0
  public var flags: MessageFlags = []
  public var keywords: [[UInt8]] = []
  /// The server's name for the message (POP3 UIDL); nil where the store does not say.
  public var uidl: [UInt8]?
  /// The key of the account that fetched it.
  public var account: [UInt8]?

  /// Bits of X-Mozilla-Status (nsMsgMessageFlags; each seen set by the client's own commands).
  private static let bits: [(UInt32, MessageFlags)] = [
    (0x0001, .seen), (0x0002, .answered), (0x0004, .flagged), (0x0008, .deleted),
    (0x1000, .forwarded),
  ]

  /// - Parameter head: a message from its first byte on, all of its headers or a good part.
  public init(_ head: UnsafeRawBufferPointer) {
    let block = HeaderBlock(head)
    var seen: Set<Int> = []
    var isLeading = true
    var status: UInt32?
    var keys: [[UInt8]]?
    block.forEachField { name, body in
      let known = Self.names.firstIndex { block.isName(name, $0) }
      if isLeading, let known, seen.insert(known).inserted {
        length = body.upperBound
        if known == 0 { account = block.unfolded(body) }
        if known == 1 { uidl = block.unfolded(body) }
      } else {
        isLeading = false
      }
      // A message that was put into a folder with such lines among its own keeps them, and the
      // client heeds them there (seen).
      if known == 2, status == nil { status = UInt32(block.text(body), radix: 16) }
      if known == 4, keys == nil { keys = Self.words(block.unfolded(body)) }
      return true
    }
    for (bit, flag) in Self.bits where (status ?? 0) & bit != 0 { flags.insert(flag) }
    keywords = keys ?? []
  }

  private static let names: [StaticString] = [
    "X-Account-Key", "X-UIDL", "X-Mozilla-Status", "X-Mozilla-Status2", "X-Mozilla-Keys",
  ]

  private static func words(_ text: [UInt8]) -> [[UInt8]] {
    var seen: Set<[UInt8]> = []
    return text.split(separator: UInt8(ascii: " ")).map(Array.init).filter {
      seen.insert($0).inserted
    }
  }

  /// The lines that the client needs to show these marks, with room for more tags as it leaves it:
  /// it changes them in place.
  public static func lines(for marks: MessageMarks) -> [UInt8] {
    var status: UInt32 = 0
    for (bit, flag) in bits where marks.flags.contains(flag) { status |= bit }
    let digits = String(status, radix: 16)
    let padded = String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    var keys = Array(marks.keywords.joined(separator: [UInt8(ascii: " ")]))
    keys += Array(repeating: UInt8(ascii: " "), count: max(0, 80 - keys.count))
    return Array("X-Mozilla-Status: \(padded)\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: ".utf8)
      + keys + [ByteSearch.newline]
  }
}

extension HeaderBlock {
  func text(_ body: Range<Int>) -> String { String(decoding: unfolded(body), as: UTF8.self) }
}
