/// Many strings of bytes, such as paths, one after another in one piece of memory. As arrays of their own
/// they would be as many blocks of the heap, most of each its head and what it is rounded up to. At most 4 GB.
public struct ByteStrings: Sendable, Hashable {
  private var bytes: [UInt8] = []
  /// Where each ends.
  private var ends: [UInt32] = []

  public init() {}

  public init(_ strings: some Sequence<[UInt8]>) {
    for string in strings { append(string) }
  }

  /// Makes room for so many bytes in all.
  public mutating func reserve(bytes count: Int) { bytes.reserveCapacity(count) }

  public mutating func append(_ string: some Collection<UInt8>) {
    bytes += string
    ends.append(UInt32(bytes.count))
  }

  /// Whether `string` is one of them.
  public func contains(_ string: [UInt8]) -> Bool {
    indices.contains { slice($0).elementsEqual(string) }
  }

  /// Each once, where it stood first.
  public func withoutRepetitions() -> ByteStrings {
    // Lists mostly are sorted, and then nothing more is to be found out.
    if zip(indices, indices.dropFirst()).allSatisfy({
      slice($0).lexicographicallyPrecedes(slice($1))
    }) {
      return self
    }
    let order = sortedPlaces()
    var isRepeated = [Bool](repeating: false, count: count)
    for (place, next) in zip(order, order.dropFirst()) {
      isRepeated[next] = slice(place) == slice(next)
    }
    var kept = ByteStrings()
    kept.reserve(bytes: bytes.count)
    for place in indices where !isRepeated[place] { kept.append(slice(place)) }
    return kept
  }

  /// The places of all of them, sorted by their bytes; of equal ones the first stands first.
  func sortedPlaces() -> [Int] {
    indices.sorted { left, right in
      slice(left).lexicographicallyPrecedes(slice(right))
        || left < right && slice(left) == slice(right)
    }
  }

  /// Where `string` stands.
  /// - Parameter order: ``sortedPlaces()``.
  func places(of string: [UInt8], in order: [Int]) -> ArraySlice<Int> {
    let first = Self.partition(order.indices) {
      !slice(order[$0]).lexicographicallyPrecedes(string[...])
    }
    let rest = order[first...]
    return rest.prefix { slice($0) == string[...] }
  }

  /// The first of `range` for which `isBehind` holds, which then holds for all after it; else its end.
  private static func partition(_ range: Range<Int>, _ isBehind: (Int) -> Bool) -> Int {
    var range = range
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      range = isBehind(middle) ? range.lowerBound..<middle : middle + 1..<range.upperBound
    }
    return range.lowerBound
  }

  private func slice(_ place: Int) -> ArraySlice<UInt8> {
    bytes[(place == 0 ? 0 : Int(ends[place - 1]))..<Int(ends[place])]
  }
}

extension ByteStrings: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { ends.count }
  public subscript(place: Int) -> [UInt8] { Array(slice(place)) }
}

extension ByteStrings: ExpressibleByArrayLiteral {
  public init(arrayLiteral strings: [UInt8]...) { self.init(strings) }
}
