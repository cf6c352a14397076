import Glibc

extension [UInt8] {
  /// Whether these are the same bytes as `other`, told by memcmp(3): `==` looks at one element after
  /// the other, and a settings file is compared several times on its way.
  func isSame(as other: [UInt8]) -> Bool {
    guard count == other.count else { return false }
    return withUnsafeBytes { left in
      other.withUnsafeBytes { right in
        guard let left = left.baseAddress, let right = right.baseAddress else { return true }
        return left == right || memcmp(left, right, count) == 0
      }
    }
  }

  /// Whether these come before `other` in bytewise order, told the same way.
  func precedes(_ other: [UInt8]) -> Bool {
    let order = withUnsafeBytes { left in
      other.withUnsafeBytes { right in
        guard let left = left.baseAddress, let right = right.baseAddress else { return Int32(0) }
        return memcmp(left, right, Swift.min(count, other.count))
      }
    }
    return order < 0 || (order == 0 && count < other.count)
  }
}

extension ArraySlice<UInt8> {
  /// The same of a part.
  func isSame(as other: ArraySlice<UInt8>) -> Bool {
    guard count == other.count else { return false }
    return withUnsafeBytes { left in
      other.withUnsafeBytes { right in
        guard let left = left.baseAddress, let right = right.baseAddress else { return true }
        return memcmp(left, right, count) == 0
      }
    }
  }
}
