/// `.claws_tags`: which of the user's tags each message of a folder has.
///
/// Numbers of 32 bits: the version, 1, then for each message its own, those of its tags, and -1
/// (`msgcache_write_tags` of Claws Mail). What they are called stands in the profile's `tagsrc`.
public struct ClawsTags: Sendable, Hashable {
  /// Tags by the message's number, each once.
  public private(set) var tags: [UInt32: [UInt32]]

  private static let version: UInt32 = 1

  /// - Returns: nil for another version, which the client discards.
  public init?(_ bytes: [UInt8]) {
    var reading = WordReading(bytes)
    guard reading.begin(version: Self.version) else { return nil }
    tags = [:]
    while let number = reading.next() {
      var found: [UInt32] = []
      var seen: Set<UInt32> = []
      while let tag = reading.next(), Int32(bitPattern: tag) > 0 {
        if seen.insert(tag).inserted { found.append(tag) }
      }
      tags[number] = found.isEmpty ? nil : found
    }
  }
}
