import ProfileRewriter

/// The name of a folder's file, which Thunderbird also shows where it has no other.
///
/// What a name cannot hold is "_" here. The client itself cuts such a name off and puts a hash behind
/// it, and keeps the name in its own index alone (seen with 153: "2024: plan/x" is "20248d3b21ed"):
/// that would be shown. Names that are too long are cut off as the client does it, or it would look for
/// their files elsewhere.
enum FolderFileName {
  /// In UTF-16 (NS_MsgHashIfNecessary, MAX_LEN).
  private static let longest = 55
  private static let hashLength = 8
  private static let illegal = Set("/\\:*?\"<>|;#".unicodeScalars)
  private static let illegalAtEnd = Set(".~ ".unicodeScalars)

  static func spelled(_ name: String) -> String {
    var scalars = Array(name.unicodeScalars).map { scalar -> Unicode.Scalar in
      illegal.contains(scalar) || scalar.value < 0x20 || scalar.value == 0x7F ? "_" : scalar
    }
    if scalars.first == "." { scalars[0] = "_" }
    if let last = scalars.last, illegalAtEnd.contains(last) { scalars[scalars.count - 1] = "_" }
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    // The client would take it for its own book-keeping.
    if text.isEmpty || FolderTree.isBookKeeping(text) { text += "_" }
    return text.utf16.count > longest ? hashed(text) : text
  }

  private static func hashed(_ name: String) -> String {
    let digits = String(hash(name), radix: 16)
    let padded = String(repeating: "0", count: hashLength - digits.count) + digits
    var kept = Array(name.utf16.prefix(longest - hashLength))
    // Never half a character.
    if let last = kept.last, UTF16.isLeadSurrogate(last) { kept.removeLast() }
    return String(decoding: kept, as: UTF16.self) + padded
  }

  /// The client's StringHash, over the bytes of the name in UTF-16.
  static func hash(_ name: String) -> UInt32 {
    var hash: UInt32 = 1
    for unit in name.utf16 {
      for byte in [UInt8(unit & 0xFF), UInt8(unit >> 8)] {
        hash = 0x63c6_3cd9 &* hash &+ 0x9c39_c33d &+ UInt32(byte)
      }
    }
    return hash
  }
}
