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
}
