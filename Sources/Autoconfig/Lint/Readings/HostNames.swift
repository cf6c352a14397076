/// Host names as Thunderbird (hostnameUtils.sys.mjs) and Thunderbird for Android judge them.
enum HostNames {
  /// A host name of RFC 1123, with or without a dot at the end, or an IP address.
  static func isLegal(_ text: String) -> Bool { isName(text) || isIPv6Address(text) }

  static func isName(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 255 else { return false }
    let (dot, hyphen) = (UInt8(ascii: "."), UInt8(ascii: "-"))
    let name = text.utf8.last == dot ? text.utf8.dropLast() : text.utf8[...]
    return name.split(separator: dot, omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
        && label.allSatisfy { isLetterOrDigit($0) || $0 == hyphen }
    }
  }

  /// What Thunderbird takes for a name with placeholders: any %CAPITALS% among the characters of
  /// host names.
  static func isPattern(_ text: String) -> Bool {
    guard Placeholder.mayStand(in: text) else { return false }
    let parts = text.split(separator: "%", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts.count % 2 == 1 else { return false }
    return parts.enumerated().allSatisfy { index, part in
      index % 2 == 0
        ? part.utf8.allSatisfy {
          isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        : !part.isEmpty
          && part.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
    }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  private static func isIPv6Address(_ text: String) -> Bool {
    guard text.utf8.contains(UInt8(ascii: ":")) else { return false }
    let halves = text.components(separatedBy: "::")
    guard halves.count <= 2 else { return false }
    let groups = halves.flatMap {
      $0.isEmpty ? [] : $0.split(separator: ":", omittingEmptySubsequences: false)
    }
    let count = groups.count
    guard halves.count == 2 ? count < 8 : count == 8 else { return false }
    let isZero = groups.allSatisfy { $0.allSatisfy { $0 == "0" } }
    return !isZero
      && groups.allSatisfy {
        (1...4).contains($0.count) && $0.allSatisfy { $0.isASCII && $0.isHexDigit }
      }
  }
}

extension String {
  fileprivate func components(separatedBy mark: String) -> [Substring] {
    split(separator: mark, omittingEmptySubsequences: false)
  }
}
