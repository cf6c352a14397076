/// Taking elements out of a list that is written with separators.
enum ListSplice {
  /// The ranges to delete so that the elements whose place in `removed` is true go, each with one
  /// separator, and what stays keeps its bytes. One range per run of neighbours; they do not touch
  /// one another.
  ///
  /// A run goes with the separator behind it, the last run with the one before it, and if all go,
  /// so does everything in `interior`.
  static func deletions(
    of removed: [Bool], from elements: [Range<Int>], interior: Range<Int>
  ) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var index = 0
    while index < elements.count {
      guard removed[index] else {
        index += 1
        continue
      }
      var next = index
      while next < elements.count, removed[next] { next += 1 }
      if next < elements.count {
        result.append(elements[index].lowerBound..<elements[next].lowerBound)
      } else if index > 0 {
        result.append(elements[index - 1].upperBound..<elements[next - 1].upperBound)
      } else {
        result.append(interior)
      }
      index = next
    }
    return result
  }

  /// The ranges between separators in `range` of `bytes`; none for an empty range.
  static func elements(
    of bytes: [UInt8], in range: Range<Int>, separator: UInt8
  ) -> [Range<Int>] {
    guard !range.isEmpty else { return [] }
    var result: [Range<Int>] = []
    var start = range.lowerBound
    for place in range where bytes[place] == separator {
      result.append(start..<place)
      start = place + 1
    }
    result.append(start..<range.upperBound)
    return result
  }

  /// `range` without blanks at its ends.
  static func trimmed(_ range: Range<Int>, of bytes: [UInt8]) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, bytes[start] == .space || bytes[start] == .tab { start += 1 }
    while end > start, bytes[end - 1] == .space || bytes[end - 1] == .tab { end -= 1 }
    return start..<end
  }
}
