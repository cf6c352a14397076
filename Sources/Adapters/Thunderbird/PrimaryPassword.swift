import ProfileRewriter

/// Whether the profile's passwords are behind a primary password.
enum PrimaryPassword {
  static func isSet(_ profile: LoadedProfile) throws(Refusal) -> Bool {
    let path = RelativePath(known: "key4.db")
    return try profile.primaryPassword(path) { () throws(Refusal) in
      guard let bytes = try profile.directory.read(path) else { return false }
      return (KeyDatabase.iterationCounts(in: bytes).max() ?? 1) > 1
    }
  }
}

/// What can be read of NSS's key4.db (SQLite) without any key.
enum KeyDatabase {
  /// 1.2.840.113549.1.5.13, PBES2, and 1.2.840.113549.1.5.12, PBKDF2, as DER.
  private static let pbes2: [UInt8] = [
    0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D,
  ]
  private static let pbkdf2: [UInt8] = Array(pbes2.dropLast()) + [0x0C]
  private static let name = Array("password".utf8)

  /// The PBKDF2 iteration counts with which the entry `password` of the table `metaData` is
  /// protected; one, unless the file is of another kind.
  ///
  /// Thunderbird 153 writes 1 without a primary password, 10000 with one, and 1 again when it is
  /// removed (seen). The row is found by its bytes: its name, a salt of 20 or 48 bytes, and a PBES2
  /// value, in a live cell of its page, for changing the password leaves rows behind.
  static func iterationCounts(in bytes: [UInt8]) -> [Int] {
    var counts: [Int] = []
    var place = 0
    // A page is looked through once, however often the name stands in it.
    var cells: LiveCells?
    while let start = find(name, in: bytes, from: place, below: bytes.count) {
      place = start + name.count
      if cells?.has(start) != true { cells = LiveCells(around: start, bytes) }
      guard let cells, cells.beginShortly(before: start),
        let scheme = find(pbes2, in: bytes, from: place, below: place + 96),
        let function = find(pbkdf2, in: bytes, from: scheme, below: scheme + 48)
      else { continue }
      if let count = iterationCount(in: bytes, at: function + pbkdf2.count) { counts.append(count) }
    }
    return counts
  }

  /// SEQUENCE { OCTET STRING salt, INTEGER count, … }
  private static func iterationCount(in bytes: [UInt8], at start: Int) -> Int? {
    guard start + 4 < bytes.count, bytes[start] == 0x30, bytes[start + 2] == 0x04 else {
      return nil
    }
    let number = start + 4 + Int(bytes[start + 3])
    guard number + 1 < bytes.count, bytes[number] == 0x02 else { return nil }
    let digits = bytes[(number + 2)...].prefix(Int(bytes[number + 1]))
    guard (1...4).contains(digits.count) else { return nil }
    return digits.reduce(0) { $0 << 8 | Int($1) }
  }

  /// Where the cells of one page begin. Rows that were deleted stay in the file; no pointer leads to them.
  private struct LiveCells {
    private let page: Range<Int>
    /// Which of the page's bytes begin a cell.
    private var begins: [Bool]

    /// - Parameter offset: somewhere in the page.
    init?(around offset: Int, _ bytes: [UInt8]) {
      guard bytes.count >= 100 else { return nil }
      let stored = Int(bytes[16]) << 8 | Int(bytes[17])
      let size = stored == 1 ? 65536 : stored
      guard size >= 512 else { return nil }
      let start = offset / size * size
      page = start..<start + size
      begins = [Bool](repeating: false, count: size)
      let header = start == 0 ? 100 : start
      guard header + 8 <= bytes.count, bytes[header] == 0x0D else { return }
      let cells = Int(bytes[header + 3]) << 8 | Int(bytes[header + 4])
      for index in 0..<cells {
        let pointer = header + 8 + 2 * index
        guard pointer + 1 < bytes.count else { return }
        let cell = Int(bytes[pointer]) << 8 | Int(bytes[pointer + 1])
        if cell < size { begins[cell] = true }
      }
    }

    func has(_ offset: Int) -> Bool { page.contains(offset) }

    /// Whether one begins shortly before an offset of the page: in front of the name stand the lengths of row
    /// and header, the row's number, the types.
    func beginShortly(before offset: Int) -> Bool {
      let place = offset - page.lowerBound
      return begins[max(0, place - 20)..<place].contains(true)
    }
  }

  private static func find(
    _ needle: [UInt8], in bytes: [UInt8], from start: Int, below end: Int
  ) -> Int? {
    let end = min(end, bytes.count) - needle.count
    var place = start
    while place <= end, let next = bytes[place...end].firstIndex(of: needle[0]) {
      if bytes[next..<next + needle.count].elementsEqual(needle) { return next }
      place = next + 1
    }
    return nil
  }
}
