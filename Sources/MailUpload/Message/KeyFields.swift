import ProfileRewriter

/// The header fields by which a message is looked for: Message-ID, and where there is none, three
/// others.
struct KeyFields {
  enum Name: String, CaseIterable {
    case messageID = "message-id"
    case date
    case from
    case subject
  }

  /// As IMAP's FETCH is asked for them.
  static let names = Name.allCases.map { $0.rawValue.uppercased() }

  /// What stores and clients write into messages for themselves.
  private static let bookKeeping: Set<String> = [
    "status", "x-status", "x-keywords", "x-uid", "x-uidl", "x-imap", "x-imapbase",
    "x-account-key", "x-evolution", "x-evolution-source", "content-length", "lines",
  ]

  private var values: [Name: [UInt8]] = [:]
  /// The field whose lines are read; nil for any other, and for a second one of its name.
  private var current: Name?

  subscript(_ name: Name) -> [UInt8]? { values[name] }

  /// Takes a field's first line.
  /// - Returns: whether the field is some program's book-keeping.
  mutating func begin(_ line: [UInt8]) -> Bool {
    current = nil
    guard let colon = line.prefix(80).firstIndex(of: UInt8(ascii: ":")) else { return false }
    let name = Self.name(line[..<colon])
    if let wanted = Name(rawValue: name), values[wanted] == nil {
      current = wanted
      values[wanted] = Array(line[(colon + 1)...])
    }
    return Self.bookKeeping.contains(name) || name.hasPrefix("x-mozilla-")
  }

  mutating func `continue`(_ line: [UInt8]) {
    guard let current, let count = values[current]?.count, count < 1 << 16 else { return }
    values[current]?.append(contentsOf: line)
  }

  private static func name(_ bytes: ArraySlice<UInt8>) -> String {
    var name = bytes
    while let last = name.last, last == 32 || last == 9 { name = name.dropLast() }
    return String(decoding: name.map { (65...90).contains($0) ? $0 | 32 : $0 }, as: UTF8.self)
  }

  /// A function of these fields alone, so that messages with different keys have different digests.
  var key: UInt64 {
    let id = values[.messageID].map(Self.squeezed) ?? []
    let text: [UInt8]
    if id.isEmpty {
      text = [.date, .from, .subject].flatMap { Self.squeezed(values[$0] ?? []) + [0] }
    } else {
      text = id + [1]
    }
    return SHA256.hash(text).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Without line ends and blanks.
  private static func squeezed(_ bytes: [UInt8]) -> [UInt8] { bytes.filter { $0 > 32 } }
}
