/// One input: a document, and what is to be done to it.
///
/// What is to be done stands behind ``mark``, so that a file as a client wrote it is an input, too;
/// there the document's own bytes decide.
struct Input {
  static let mark = Array("\n%%edits%%\n".utf8)

  var document: [UInt8]
  var choices: Choices

  init(_ bytes: [UInt8]) {
    if let place = Self.lastMark(in: bytes) {
      document = Array(bytes[..<place])
      choices = Choices(bytes[(place + Self.mark.count)...])
    } else {
      document = bytes
      choices = Choices(drawnFrom: bytes)
    }
  }

  private static func lastMark(in bytes: [UInt8]) -> Int? {
    guard bytes.count >= mark.count else { return nil }
    var place = bytes.count - mark.count
    while place >= 0 {
      if bytes[place] == mark[0], bytes[place..<place + mark.count].elementsEqual(mark) {
        return place
      }
      place -= 1
    }
    return nil
  }
}

/// Decisions taken from an input's bytes; zeros where they are used up.
struct Choices {
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// The same for the same document, and otherwise any (FNV-1a, SplitMix64).
  init(drawnFrom document: [UInt8]) {
    var state = document.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    bytes = []
    for _ in 0..<96 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
      bytes.append(UInt8(truncatingIfNeeded: mixed ^ (mixed >> 31)))
    }
  }

  var isUsedUp: Bool { bytes.isEmpty }

  mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

  /// From 0, below `count`, which is at least 1.
  mutating func below(_ count: Int) -> Int {
    count <= 256 ? Int(byte()) % count : (Int(byte()) << 8 | Int(byte())) % count
  }

  mutating func pick<Element>(_ list: [Element]) -> Element? {
    list.isEmpty ? nil : list[below(list.count)]
  }

  mutating func isLikely(_ percent: Int) -> Bool { Int(byte()) * 100 / 256 < percent }

  /// Up to 15 of the input's own bytes, or now and then many.
  mutating func someBytes() -> [UInt8] {
    let head = byte()
    let own = (0..<Int(head & 15)).map { _ in byte() }
    guard head >= 0xFE else { return own }
    return Array(repeatElement(own, count: 4096 / max(1, own.count)).joined())
  }

  mutating func someText() -> String { String(decoding: someBytes(), as: UTF8.self) }
}
