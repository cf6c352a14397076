#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// The order in which Thunderbird writes its lines, and finding a key by it.

extension PrefsStatement {
  /// Whether the client would write this statement in front of `other`: it sorts its lines, so by
  /// the key with the closing quote behind it.
  func sortsBefore(
    _ other: PrefsStatement, in buffer: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    if !keyNeedsDecoding, !other.keyNeedsDecoding {
      // With the closing quotes, which stand there.
      let mine = UnsafeBufferPointer(rebasing: buffer[Int(keyStart)...Int(keyEnd)])
      let theirs = UnsafeBufferPointer(rebasing: buffer[Int(other.keyStart)...Int(other.keyEnd)])
      return bytesPrecede(mine, theirs)
    }
    return PrefSpelling.quoted(key(in: buffer)).lexicographicallyPrecedes(
      PrefSpelling.quoted(other.key(in: buffer)))
  }

  /// The same for a key in canonical spelling, quotes included.
  func sortsAfter(
    _ quotedKey: UnsafeBufferPointer<UInt8>, in buffer: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    if !keyNeedsDecoding {
      let mine = UnsafeBufferPointer(rebasing: buffer[Int(keyStart)...Int(keyEnd)])
      return bytesPrecede(UnsafeBufferPointer(rebasing: quotedKey.dropFirst()), mine)
    }
    return quotedKey.lexicographicallyPrecedes(PrefSpelling.quoted(key(in: buffer)))
  }

  private func bytesPrecede(
    _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    // Neither is empty: each holds a closing quote.
    guard let leftBase = left.baseAddress, let rightBase = right.baseAddress else { return false }
    let order = memcmp(leftBase, rightBase, min(left.count, right.count))
    return order != 0 ? order < 0 : left.count < right.count
  }
}

extension PrefsStatement {
  /// How `key`, unquoted, compares with this statement's key, which needs no decoding: negative where
  /// the client would write it in front.
  /// - Parameter isWhole: else it is the beginning of a key, in front of all that begin so.
  fileprivate func order(
    of key: UnsafeBufferPointer<UInt8>, isWhole: Bool, in buffer: UnsafeBufferPointer<UInt8>
  ) -> Int {
    let own = UnsafeBufferPointer(rebasing: buffer[keyRange])
    let common = min(key.count, own.count)
    if let left = key.baseAddress, let right = own.baseAddress {
      let order = memcmp(left, right, common)
      if order != 0 { return Int(order) }
    }
    // Where one ends and the other goes on, that is compared with the closing quote.
    if own.count < key.count { return Int(key[common]) - Int(UInt8.quote) }
    if !isWhole { return -1 }
    return own.count == key.count ? 0 : Int(UInt8.quote) - Int(own[common])
  }
}

extension PrefsDocument {
  /// Whether statements stand in the order of their keys, as the client writes them. One whose key is
  /// spelled unusually counts as out of order: what is compared is what stands there.
  static func areSorted(
    _ statements: ContiguousArray<PrefsStatement>, in bytes: [UInt8]
  ) -> Bool {
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return true }
      // Written out: this is done for each line of each file.
      var last = (key: base, count: 0)
      for statement in statements {
        if statement.keyNeedsDecoding { return false }
        // With the closing quote, which stands there.
        let count = Int(statement.keyEnd - statement.keyStart) + 1
        let key = base + Int(statement.keyStart)
        let order = memcmp(key, last.key, min(count, last.count))
        if order < 0 || (order == 0 && count < last.count) { return false }
        last = (key, count)
      }
      return true
    }
  }

  /// The last statement of a sorted document that names `key`.
  func lastSortedIndex(
    ofKey key: UnsafeBufferPointer<UInt8>, in buffer: UnsafeBufferPointer<UInt8>
  ) -> Int? {
    let end = sortedIndex { $0.order(of: key, isWhole: true, in: buffer) < 0 }
    guard end > 0, statements[end - 1].isNamed(key, in: buffer) else { return nil }
    return end - 1
  }

  /// Where the keys of a sorted document begin that begin with `prefix`.
  func sortedStart(
    ofPrefix prefix: UnsafeBufferPointer<UInt8>, in buffer: UnsafeBufferPointer<UInt8>
  ) -> Int {
    sortedIndex { $0.order(of: prefix, isWhole: false, in: buffer) < 0 }
  }

  /// The first statement that lies behind some place; all after it do, too.
  private func sortedIndex(_ isBehind: (PrefsStatement) -> Bool) -> Int {
    statements.withUnsafeBufferPointer { statements in
      var low = 0
      var high = statements.count
      while low < high {
        let middle = (low + high) / 2
        if isBehind(statements[middle]) { high = middle } else { low = middle + 1 }
      }
      return low
    }
  }
}

/// The statements of a document that is not sorted, or has defaults, by key: else each look-up is a walk over all of
/// them, and one large file of somebody's would hold up a run over many.
struct PrefsKeyIndex: Sendable {
  /// In the bytewise order of their keys, escapes resolved; those of one key in file order.
  private let indices: ContiguousArray<Int32>

  /// Walking over fewer costs less than an index does.
  static let fewest = 2000

  init(_ statements: ContiguousArray<PrefsStatement>, in bytes: [UInt8]) {
    var indices = ContiguousArray(statements.indices.lazy.map(Int32.init))
    bytes.withUnsafeBufferPointer { buffer in
      indices.sort { left, right in
        let order = statements[Int(left)].compareKey(to: statements[Int(right)], in: buffer)
        return order != 0 ? order < 0 : left < right
      }
    }
    self.indices = indices
  }

  /// The statements that name `key`, in file order.
  func statements(
    named key: UnsafeBufferPointer<UInt8>, of statements: ContiguousArray<PrefsStatement>,
    in buffer: UnsafeBufferPointer<UInt8>
  ) -> ArraySlice<Int32> {
    range(
      from: { statements[$0].compareKey(to: key, in: buffer) >= 0 },
      upTo: { statements[$0].compareKey(to: key, in: buffer) > 0 })
  }

  /// The statements whose keys begin with `prefix`, those of one key beside each other.
  func statements(
    withPrefix prefix: UnsafeBufferPointer<UInt8>, of statements: ContiguousArray<PrefsStatement>,
    in buffer: UnsafeBufferPointer<UInt8>
  ) -> ArraySlice<Int32> {
    range(
      from: { statements[$0].compareKey(to: prefix, in: buffer) >= 0 },
      upTo: {
        statements[$0].compareKey(to: prefix, isPrefix: true, in: buffer) > 0
      })
  }

  private func range(from isIn: (Int) -> Bool, upTo isBehind: (Int) -> Bool) -> ArraySlice<Int32> {
    let start = first(isIn)
    return ArraySlice(indices[start..<max(start, first(isBehind))])
  }

  private func first(_ holds: (Int) -> Bool) -> Int {
    var low = 0
    var high = indices.count
    while low < high {
      let middle = (low + high) / 2
      if holds(Int(indices[middle])) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension PrefsStatement {
  /// Bytewise, escapes resolved: negative where this one's key comes first.
  fileprivate func compareKey(
    to other: PrefsStatement, in buffer: UnsafeBufferPointer<UInt8>
  ) -> Int {
    if other.keyNeedsDecoding {
      return other.key(in: buffer).withUnsafeBufferPointer { compareKey(to: $0, in: buffer) }
    }
    return compareKey(to: UnsafeBufferPointer(rebasing: buffer[other.keyRange]), in: buffer)
  }

  /// - Parameter isPrefix: a key that begins with `other` is taken for equal.
  fileprivate func compareKey(
    to other: UnsafeBufferPointer<UInt8>, isPrefix: Bool = false,
    in buffer: UnsafeBufferPointer<UInt8>
  ) -> Int {
    if keyNeedsDecoding {
      return key(in: buffer).withUnsafeBufferPointer {
        Self.compare($0, other, isPrefix: isPrefix)
      }
    }
    return Self.compare(
      UnsafeBufferPointer(rebasing: buffer[keyRange]), other, isPrefix: isPrefix)
  }

  private static func compare(
    _ own: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>, isPrefix: Bool
  ) -> Int {
    if let left = own.baseAddress, let right = other.baseAddress {
      let order = memcmp(left, right, min(own.count, other.count))
      if order != 0 { return Int(order) }
    }
    return isPrefix && own.count > other.count ? 0 : own.count - other.count
  }
}
