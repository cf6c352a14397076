/// A message's file name in a Maildir: what is unique, and the flags behind ":2," (Maildir of qmail).
public struct MaildirName: Sendable, Hashable {
  /// Up to the colon.
  public var unique: [UInt8]
  public var flags: MessageFlags
  /// Letters that are no flag of qmail's: a to z stand for keywords of the folder.
  public var others: [UInt8]

  private static let letters: [(UInt8, MessageFlags)] = [
    (UInt8(ascii: "D"), .draft), (UInt8(ascii: "F"), .flagged), (UInt8(ascii: "P"), .forwarded),
    (UInt8(ascii: "R"), .answered), (UInt8(ascii: "S"), .seen), (UInt8(ascii: "T"), .deleted),
  ]

  public init(unique: [UInt8], flags: MessageFlags = []) {
    self.unique = unique
    self.flags = flags
    others = []
  }

  public init(_ name: [UInt8]) {
    flags = []
    others = []
    guard let colon = name.lastIndex(of: UInt8(ascii: ":")),
      name[colon...].starts(with: [UInt8(ascii: ":"), UInt8(ascii: "2"), UInt8(ascii: ",")])
    else {
      unique = name
      return
    }
    unique = Array(name[..<colon])
    for letter in name[(colon + 3)...] {
      if let known = Self.letters.first(where: { $0.0 == letter }) {
        flags.insert(known.1)
      } else {
        others.append(letter)
      }
    }
  }

  /// The name as it stands in `cur`, letters in the order of the alphabet.
  public var bytes: [UInt8] {
    unique + Array(":2,".utf8) + Self.letters.filter { flags.contains($0.1) }.map(\.0) + others
  }

  /// When the file was delivered, which is what its name begins with: seconds since 1970.
  public var delivered: Int64? {
    let digits = unique.prefix { (0x30...0x39).contains($0) }
    guard digits.count < unique.count, unique[digits.count] == UInt8(ascii: ".") else { return nil }
    return Int64(String(decoding: digits, as: UTF8.self))
  }
}
