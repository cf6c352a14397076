/// Sets of message numbers (RFC 9051, sequence-set).
public enum IMAPSet {
  /// The most numbers that a set from a server may stand for.
  private static let most = 1 << 20

  /// "304,306:308" as numbers, in its order; nil for what is no set of numbers.
  static func numbers(_ text: [UInt8]) -> [UInt32]? {
    var numbers: [UInt32] = []
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let ends = part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        .map { UInt32(String(decoding: $0, as: UTF8.self)) }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1]
      else { return nil }
      // A range stands for the same numbers whichever end comes first.
      let range = min(first, last)...max(first, last)
      guard range.count <= most - numbers.count else { return nil }
      numbers += Array(range)
    }
    return numbers
  }

  /// Numbers as sets of at most `count` numbers, ranges drawn together; none is longer than a line
  /// of a command may be.
  public static func texts(_ numbers: [UInt32], count: Int = 1000) -> [String] {
    var texts: [String] = []
    var rest = numbers.sorted()[...]
    while !rest.isEmpty {
      texts.append(text(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return texts
  }

  private static func text(_ numbers: ArraySlice<UInt32>) -> String {
    var parts: [String] = []
    var first: UInt32?
    var last: UInt32 = 0
    for number in numbers {
      // A server may name the highest of all, and twice.
      if let begun = first, number != last &+ 1 {
        parts.append(begun == last ? "\(begun)" : "\(begun):\(last)")
        first = nil
      }
      if first == nil { first = number }
      last = number
    }
    if let begun = first { parts.append(begun == last ? "\(begun)" : "\(begun):\(last)") }
    return parts.joined(separator: ",")
  }
}
