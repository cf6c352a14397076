/// `.claws_mark` and `.sylpheed_mark`: what the client knows of each message of a folder.
///
/// Numbers of 32 bits: the version, 2, then for each message its own and its bits (`procmsg.h` of both
/// clients). They are little-endian; files of old versions on other machines are not, and Claws Mail
/// still reads those. Sylpheed appends, so the last that is said of a message holds.
public struct MHMarks: Sendable, Hashable {
  /// The bits by the message's number.
  public private(set) var bits: [UInt32: UInt32]

  private static let version: UInt32 = 2

  /// The file's name in a folder.
  public static func fileName(ofClaws isOfClaws: Bool) -> String {
    isOfClaws ? ".claws_mark" : ".sylpheed_mark"
  }

  /// - Returns: nil for another version, which the clients discard.
  public init?(_ bytes: [UInt8]) {
    var reading = WordReading(bytes)
    guard reading.begin(version: Self.version) else { return nil }
    bits = [:]
    bits.reserveCapacity(bytes.count / 8)
    while let number = reading.next(), let value = reading.next() { bits[number] = value }
  }

  /// - Returns: nil for a message of which nothing is said.
  public func flags(of number: UInt32) -> MessageFlags? {
    guard let bits = bits[number] else { return nil }
    var flags: MessageFlags = bits & Self.unread == 0 ? .seen : []
    for (bit, flag) in Self.flags where bits & bit != 0 { flags.insert(flag) }
    return flags
  }

  /// The colour label of a message, 1 to 7 (Sylpheed) or 15 (Claws Mail); nil where it has none.
  public func label(of number: UInt32, upTo most: UInt32) -> UInt32? {
    let label = (bits[number] ?? 0) >> 7 & most
    return label == 0 ? nil : label
  }

  private static let unread: UInt32 = 1 << 1
  private static let flags: [(UInt32, MessageFlags)] = [
    (1 << 2, .flagged), (1 << 3, .deleted), (1 << 4, .answered), (1 << 5, .forwarded),
  ]
}

/// Goes over a file of numbers of 32 bits that begins with its version.
struct WordReading {
  private let bytes: [UInt8]
  private var place = 0
  private var isSwapped = false

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether the file is of that version, in either order of bytes.
  mutating func begin(version: UInt32) -> Bool {
    guard let found = next() else { return false }
    isSwapped = found == version.byteSwapped
    return isSwapped || found == version
  }

  /// nil at the end; what is left there is no number.
  mutating func next() -> UInt32? {
    guard bytes.count - place >= 4 else { return nil }
    defer { place += 4 }
    let word = bytes[place..<place + 4].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    return isSwapped ? word.byteSwapped : word
  }
}
