/// Names of files and directories that are being made: known again after a crash by their form
/// alone, and by nothing else.
enum TemporaryName {
  private static let prefix = Array(".profile-rewriter-".utf8)
  private static let suffix = Array(".tmp".utf8)
  private static let randomCount = 8

  static func make() -> [UInt8] {
    prefix + RandomText.letters(randomCount) + suffix
  }

  static func matches(_ name: [UInt8]) -> Bool {
    name.count == prefix.count + randomCount + suffix.count && name.starts(with: prefix)
      && name.suffix(suffix.count).elementsEqual(suffix)
      && name.dropFirst(prefix.count).prefix(randomCount).allSatisfy(RandomText.alphabet.contains)
  }
}

/// Random letters for names that people may have to read out: Crockford's base 32 without i, l, o
/// and u.
enum RandomText {
  static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

  static func letters(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    // Every number asked for is a system call, and has bits for twelve letters.
    var (bits, left): (UInt64, Int) = (0, 0)
    return (0..<count).map { _ in
      if left == 0 { (bits, left) = (generator.next(), 12) }
      defer { (bits, left) = (bits >> 5, left - 1) }
      return alphabet[Int(bits & 31)]
    }
  }
}
