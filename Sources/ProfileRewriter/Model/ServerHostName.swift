/// What may stand as a server's name in a client's files: one rule for what a user types and for what is
/// planned.
public enum ServerHostName {
  /// Most bytes of a name (RFC 1035, 2.3.4).
  private static let longest = 253

  /// Whether `text` is a name of letters, digits, "-" and "_" in lower case, with full stops between its
  /// parts and none at its end; an IPv4 address is written so, too. Whether there is such a host is not asked.
  public static func isValid(_ text: String) -> Bool {
    guard text.utf8.count <= longest else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      !label.isEmpty
        && label.utf8.allSatisfy {
          switch $0 {
          case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
          default: false
          }
        }
    }
  }
}
