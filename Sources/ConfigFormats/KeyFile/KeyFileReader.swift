/// Reads a keyfile line by line, as `g_key_file_load_from_data` does with comments and translations
/// kept (gkeyfile.c of GLib 2.74; every rule below is in the conformance table, recorded from GLib).
///
/// Lines end at LF alone, of which one CR in front is dropped; a CR at the end of an unterminated
/// last line is part of it. GLib handles a line as a C string: a NUL hides the rest of its line.
struct KeyFileReader {
  struct Fault: Error, Equatable {
    var offset: Int
    var problem: Problem
  }

  enum Problem: Equatable, CaseIterable {
    case byteOrderMark, unknownLine, keyBeforeGroup, emptyKey, badKey, badGroup, emptyGroup
    case textAfterGroup, foreignEncoding, tooLarge
  }

  private let bytes: [UInt8]
  private(set) var lines: [KeyFileLine] = []
  /// The groups' names, each once, by first appearance.
  private(set) var groups: [[UInt8]] = []
  /// The lines behind each header, up to the next one; a group has several where its header stands more than once.
  private(set) var blocks: [KeyFileBlock] = []
  private var numbers: [[UInt8]: Int] = [:]
  private var current: Int?

  /// In bytes, many times what a client writes. Of each line there is kept more than it is long.
  static let sizeLimit = 2 << 20

  init(_ bytes: [UInt8]) throws(Fault) {
    self.bytes = bytes
    guard bytes.count <= Self.sizeLimit else { throw Fault(offset: 0, problem: .tooLarge) }
    // GLib knows no mark, and no line that begins with one is a group, a comment or blank.
    if bytes.starts(with: byteOrderMark) { throw Fault(offset: 0, problem: .byteOrderMark) }
    var start = 0
    while start < bytes.count {
      let feed = bytes[start...].firstIndex(of: .lineFeed)
      let next = feed.map { $0 + 1 } ?? bytes.count
      var end = feed ?? bytes.count
      if feed != nil, end > start, bytes[end - 1] == .carriageReturn { end -= 1 }
      let kind = try kind(of: start..<end)
      if case .header(_, let group) = kind {
        blocks.append(KeyFileBlock(group: group, start: lines.count + 1))
      }
      lines.append(KeyFileLine(kind: kind, whole: start..<next))
      start = next
    }
  }

  private mutating func kind(of line: Range<Int>) throws(Fault) -> KeyFileLine.Kind {
    // What GLib sees of the line.
    let end = bytes[line].firstIndex(of: 0) ?? line.upperBound
    var start = line.lowerBound
    while start < end, KeyFileGrammar.isSpace(bytes[start]) { start += 1 }
    guard start < end else { return end < line.upperBound ? .comment : .blank }
    if bytes[start] == KeyFileGrammar.hash { return .comment }
    if bytes[start] == KeyFileGrammar.openingBracket,
      let close = closingBracket(of: start..<end)
    {
      return try header(start + 1..<close, line: line, end: end)
    }
    return try entry(start..<end, lineEnd: line.upperBound)
  }

  // MARK: Groups

  /// The bracket that ends a group's line, nil if something but blanks comes after the first one.
  private func closingBracket(of line: Range<Int>) -> Int? {
    guard let close = bytes[line].firstIndex(of: KeyFileGrammar.closingBracket) else { return nil }
    var place = KeyFileGrammar.next(after: close, in: bytes, end: line.upperBound)
    while place < line.upperBound, bytes[place] == .space || bytes[place] == .tab {
      place = KeyFileGrammar.next(after: place, in: bytes, end: line.upperBound)
    }
    return place < line.upperBound ? nil : close
  }

  private mutating func header(
    _ name: Range<Int>, line: Range<Int>, end: Int
  ) throws(Fault) -> KeyFileLine.Kind {
    let stop = KeyFileGrammar.endOfGroupName(name, in: bytes)
    guard stop == name.upperBound else { throw Fault(offset: stop, problem: .badGroup) }
    // GLib looks for the bracket from the line's end, beyond a NUL.
    if let hidden = bytes[end..<line.upperBound].lastIndex(of: KeyFileGrammar.closingBracket) {
      throw Fault(offset: hidden, problem: .badGroup)
    }
    guard !name.isEmpty else { throw Fault(offset: name.lowerBound, problem: .emptyGroup) }
    let bytesOfName = Array(bytes[name])
    let number = numbers[bytesOfName] ?? groups.count
    if number == groups.count {
      numbers[bytesOfName] = number
      groups.append(bytesOfName)
    }
    current = number
    return .header(name: name, group: number)
  }

  // MARK: Entries

  private func entry(_ line: Range<Int>, lineEnd: Int) throws(Fault) -> KeyFileLine.Kind {
    let equals = bytes[line].firstIndex(of: KeyFileGrammar.equals)
    guard let equals else {
      let text = placeOfText(afterGroupIn: line)
      throw Fault(
        offset: text ?? line.lowerBound, problem: text == nil ? .unknownLine : .textAfterGroup)
    }
    guard equals > line.lowerBound else { throw Fault(offset: equals, problem: .emptyKey) }
    guard let group = current else {
      throw Fault(offset: line.lowerBound, problem: .keyBeforeGroup)
    }
    var keyEnd = equals
    while KeyFileGrammar.isSpace(bytes[keyEnd - 1]) { keyEnd -= 1 }
    let key = line.lowerBound..<keyEnd
    if let place = KeyFileGrammar.faultOfKeyName(key, in: bytes) {
      throw Fault(offset: place, problem: .badKey)
    }
    var valueStart = equals + 1
    while valueStart < line.upperBound, KeyFileGrammar.isSpace(bytes[valueStart]) {
      valueStart += 1
    }
    let value = valueStart..<line.upperBound
    // Only in the first group, and in whatever merges with it; and here GLib looks beyond a NUL.
    if group == 0, KeyFileEncoding.isKey(bytes[key]),
      !KeyFileEncoding.isSupported(bytes[valueStart..<lineEnd])
    {
      throw Fault(offset: value.lowerBound, problem: .foreignEncoding)
    }
    return .entry(key: key, value: value, group: group)
  }

  /// Where a line that begins like a group's goes on after its bracket, for the message only.
  private func placeOfText(afterGroupIn line: Range<Int>) -> Int? {
    guard bytes[line.lowerBound] == KeyFileGrammar.openingBracket,
      let close = bytes[line].firstIndex(of: KeyFileGrammar.closingBracket)
    else { return nil }
    return bytes[(close + 1)..<line.upperBound].firstIndex { $0 != .space && $0 != .tab }
  }
}

/// The one key that GLib itself understands: `Encoding` in the first group of a file.
enum KeyFileEncoding {
  static func isKey(_ key: some Collection<UInt8>) -> Bool { key.elementsEqual("Encoding".utf8) }

  /// Whether GLib reads a file that says so: UTF-8 in any case, and no blank behind it.
  static func isSupported(_ value: some Collection<UInt8>) -> Bool {
    value.elementsEqual("utf-8".utf8) { byte, wanted in
      byte == wanted || (0x41...0x5A).contains(byte) && byte | 0x20 == wanted
    }
  }
}
