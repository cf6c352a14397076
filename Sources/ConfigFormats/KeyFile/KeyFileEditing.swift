/// One wish for a batch of changes: `value` (bytes as they stand in the file) under `key`
/// (`Group/Key`), or the key gone.
public struct KeyFileChange: Sendable, Equatable {
  public var key: String
  public var value: [UInt8]?

  public init(_ key: String, _ value: [UInt8]?) {
    self.key = key
    self.value = value
  }

  public init(_ key: String, _ string: String) {
    self.init(key, KeyFileSpelling.value(ofString: string))
  }
}

/// What a batch does to one key: none where the key already is as wished, one edit for a set or an
/// added line, one per line for a deletion.
public struct KeyFileKeyEdits: Sendable, Equatable {
  public var key: String
  public var edits: [SourceEdit]

  public init(key: String, edits: [SourceEdit]) {
    self.key = key
    self.edits = edits
  }
}

extension KeyFileDocument {
  /// The edits that fulfil all `changes` at once, by key, against this document's bytes.
  ///
  /// - A key with a value: only the value's bytes in the last line with that key change, over all
  ///   groups of the name, and nothing if they are that already.
  /// - A new key gets a line behind the last key of its group, in front of the comments and blank
  ///   lines that follow (where `g_key_file_set_value` puts it, too), or behind the group's name.
  /// - A new group comes after everything, one blank line before it, and its keys in the order of
  ///   `changes`.
  /// - A deleted key loses all its lines with their line ends. Its group stays, even if empty.
  ///
  /// New lines end as most of the file's do; a file without a final line end gets none. The first
  /// added key of a new group carries the group's line, and what is added at one place are
  /// insertions at one offset: apply all edits, in the order given here (``SourceText/applying(_:)``
  /// keeps it). Keys that are there come first, those of new groups last. If a key is named twice, its last change counts.
  /// - Throws: `noSuchPlace` for a key that is no `Group/Key`; `notExpressible` for names that GLib
  ///   does not take, a value with LF or NUL in it, a blank in front or a CR at its end (use
  ///   ``KeyFileSpelling`` for text), and for an `Encoding` but UTF-8 in the first group.
  public func edits(
    applying changes: [KeyFileChange]
  ) throws(KeyedDocumentError) -> [KeyFileKeyEdits] {
    try KeyFileEditor(self).edits(applying: changes)
  }

  /// The edits of a batch of one. Where several keys change, ``edits(applying:)`` finds one group's
  /// line for all; made key by key, each key added to one new group brings that line along, which
  /// GLib merges.
  public func edits(
    setting key: String, to value: [UInt8]?
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    try edits(applying: [KeyFileChange(key, value)]).flatMap(\.edits)
  }

  /// As ``edits(applying:)`` makes them: what is added to the last group stands in front of a new one.
  public func edits(
    setting values: [(key: String, value: [UInt8]?)]
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    try edits(applying: values.map { KeyFileChange($0.key, $0.value) }).flatMap(\.edits)
  }

  /// As for any format; a prefix that is a whole group (`Group/`) takes the group's name along, with
  /// the blank line in front of it. Comments stay.
  public func edits(removingBranch prefix: String) throws(KeyedDocumentError) -> [SourceEdit] {
    // A key's name may hold slashes, too: only the first one ends a group's.
    guard let address = KeyFileAddress(spelling: prefix + "x"), address.key.count == 1,
      let group = groups.firstIndex(of: address.group)
    else {
      return try edits(setting: keys(withPrefix: prefix).map { ($0, nil) })
    }
    var doomed: [Int] = []
    for (index, line) in lines.enumerated() {
      switch line.kind {
      case .entry(_, _, group): doomed.append(index)
      case .header(_, group):
        if index > 0, lines[index - 1].kind == .blank { doomed.append(index - 1) }
        doomed.append(index)
      case .entry, .header, .blank, .comment: break
      }
    }
    let edits = doomed.map { SourceEdit(range: lines[$0].whole, replacement: []) }
    // The next group becomes the first, in which an encoding counts.
    guard group > 0 || isReadable(after: edits) else { throw .notExpressible(key: prefix) }
    return edits
  }

  private func isReadable(after edits: [SourceEdit]) -> Bool {
    guard let bytes = try? source.applying(edits) else { return false }
    return (try? KeyFileReader(bytes)) != nil
  }

  /// The edits that take `elements` (text, escapes resolved) out of the list under `key`, each with
  /// its separator. What stays keeps its bytes.
  /// - Throws: `notAList` if GLib cannot read the value as one; `notExpressible` if what stays would
  ///   begin with blanks, or is a file's encoding. A key without a value holds no
  ///   elements, so there is nothing to do.
  public func edits(
    removing elements: [[UInt8]], fromListAt key: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    guard let address = KeyFileAddress(spelling: key) else { throw .noSuchPlace(key: key) }
    guard let entry = lastEntry(at: address) else { return [] }
    let raw = Array(source.bytes[entry.value])
    guard UTF8Scalars.firstInvalid(in: raw, 0..<raw.count) == nil,
      let present = KeyFileList(raw)?.elements
    else { throw .notAList(key: key) }
    let start = entry.value.lowerBound
    let removed = present.map { elements.contains($0.bytes) }
    // Blanks in front of what becomes the first element would be dropped with those before the value.
    let firstKept = zip(present, removed).first { !$0.1 }?.0
    if removed.first == true, let firstKept, !firstKept.range.isEmpty,
      KeyFileGrammar.isSpace(raw[firstKept.range.lowerBound])
    {
      throw .notExpressible(key: key)
    }
    let edits = ListSplice.deletions(
      of: removed, from: present.map(\.range), interior: 0..<raw.count
    ).map {
      SourceEdit(range: start + $0.lowerBound..<start + $0.upperBound, replacement: [])
    }
    if KeyFileEncoding.isKey(address.key), !isReadable(after: edits) {
      throw .notExpressible(key: key)
    }
    return edits
  }
}

/// Finds the places for a batch of changes.
private struct KeyFileEditor {
  let document: KeyFileDocument
  let bytes: [UInt8]
  let lines: [KeyFileLine]
  let lineEnd: [UInt8]

  init(_ document: KeyFileDocument) {
    self.document = document
    self.bytes = document.source.bytes
    self.lines = document.lines
    self.lineEnd = Self.lineEnd(of: document)
  }

  private struct Wish {
    var change: KeyFileChange
    var address: KeyFileAddress
  }

  func edits(applying changes: [KeyFileChange]) throws(KeyedDocumentError) -> [KeyFileKeyEdits] {
    let wishes = try ordered(changes)
    var result: [KeyFileKeyEdits] = []
    var additions: [(place: Int, wish: Wish, value: [UInt8])] = []
    var doomed = Set<Int>()
    for wish in wishes {
      var edits: [SourceEdit] = []
      if let value = wish.change.value {
        if let entry = document.lastEntry(at: wish.address) {
          edits = try replacement(of: entry.value, by: value, wish)
        } else {
          try checkAddition(
            of: value, wish,
            startGroup: document.groups.first
              ?? wishes.first {
                $0.change.value != nil
              }?.address.group)
          additions.append((result.count, wish, value))
        }
      } else {
        for index in lines(at: wish.address) {
          doomed.insert(index)
          edits.append(SourceEdit(range: lines[index].whole, replacement: []))
        }
      }
      result.append(KeyFileKeyEdits(key: wish.change.key, edits: edits))
    }
    var end = FileEnd(self, doomed: doomed)
    var lastGroup: [UInt8]?
    for (place, wish, value) in additions {
      let line = wish.address.key + [KeyFileGrammar.equals] + value
      if let offset = endOfGroup(wish.address.group, doomed: doomed) {
        result[place].edits = [end.insertion(of: [line], at: offset)]
      } else {
        let isFirst = lastGroup != wish.address.group
        lastGroup = wish.address.group
        let header = utf8Header(wish.address.group)
        result[place].edits = [
          isFirst
            ? end.insertion(ofGroup: [header, line]) : end.insertion(of: [line], at: bytes.count)
        ]
      }
    }
    return result
  }

  private func utf8Header(_ group: [UInt8]) -> [UInt8] {
    [KeyFileGrammar.openingBracket] + group + [KeyFileGrammar.closingBracket]
  }

  // MARK: Wishes

  /// The last change for each key: first those of lines that are there, which may end where others
  /// begin; those that need a new group last and together.
  private func ordered(_ changes: [KeyFileChange]) throws(KeyedDocumentError) -> [Wish] {
    var wishes: [Wish] = []
    var places: [KeyFileAddress: Int] = [:]
    for change in changes {
      guard let address = KeyFileAddress(spelling: change.key) else {
        throw .noSuchPlace(key: change.key)
      }
      if let place = places[address] {
        wishes[place].change = change
      } else {
        places[address] = wishes.count
        wishes.append(Wish(change: change, address: address))
      }
    }
    let known = Set(document.groups)
    func needsGroup(_ wish: Wish) -> Bool {
      wish.change.value != nil && !known.contains(wish.address.group)
    }
    var newGroups: [[UInt8]] = []
    for wish in wishes where needsGroup(wish) && !newGroups.contains(wish.address.group) {
      newGroups.append(wish.address.group)
    }
    let (present, others) = (
      wishes.filter { document.lastEntry(at: $0.address) != nil },
      wishes.filter { !needsGroup($0) && document.lastEntry(at: $0.address) == nil }
    )
    return present + others
      + newGroups.flatMap { group in
        wishes.filter { needsGroup($0) && $0.address.group == group }
      }
  }

  private func checkAddition(
    of value: [UInt8], _ wish: Wish, startGroup: [UInt8]?
  ) throws(KeyedDocumentError) {
    let (group, key) = (wish.address.group, wish.address.key)
    guard KeyFileGrammar.endOfGroupName(0..<group.count, in: group) == group.count,
      let first = key.first, let last = key.last, first != KeyFileGrammar.hash,
      !KeyFileGrammar.isSpace(first), !KeyFileGrammar.isSpace(last),
      !key.contains(where: { $0 == .lineFeed || $0 == 0 || $0 == KeyFileGrammar.equals }),
      KeyFileGrammar.faultOfKeyName(0..<key.count, in: key) == nil,
      value.last != .carriageReturn
    else { throw .notExpressible(key: wish.change.key) }
    try check(value, wish, startGroup: startGroup)
  }

  private func check(
    _ value: [UInt8], _ wish: Wish, startGroup: [UInt8]?
  ) throws(KeyedDocumentError) {
    let isForeign =
      wish.address.group == startGroup && KeyFileEncoding.isKey(wish.address.key)
      && !KeyFileEncoding.isSupported(value)
    guard !value.contains(.lineFeed), !value.contains(0), !isForeign,
      !(value.first.map(KeyFileGrammar.isSpace) ?? false)
    else { throw .notExpressible(key: wish.change.key) }
  }

  // MARK: Places

  private func replacement(
    of token: Range<Int>, by value: [UInt8], _ wish: Wish
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    guard !bytes[token].elementsEqual(value) else { return [] }
    try check(value, wish, startGroup: document.groups.first)
    if value.last == .carriageReturn {
      // The line feed would take it, and so would one that is added later.
      guard token.upperBound < bytes.count, bytes[token.upperBound] != .lineFeed else {
        throw .notExpressible(key: wish.change.key)
      }
    }
    return [SourceEdit(range: token, replacement: value)]
  }

  private func lines(at address: KeyFileAddress) -> [Int] {
    guard let wanted = document.groups.firstIndex(of: address.group) else { return [] }
    return lines.indices.filter {
      guard case .entry(let key, _, wanted) = lines[$0].kind else { return false }
      return bytes[key].elementsEqual(address.key)
    }
  }

  /// Where a new key of an existing group goes: behind the last key that stays.
  private func endOfGroup(_ name: [UInt8], doomed: Set<Int>) -> Int? {
    guard let wanted = document.groups.firstIndex(of: name) else { return nil }
    let last = lines.indices.last {
      guard case .entry(_, _, wanted) = lines[$0].kind else { return false }
      return !doomed.contains($0)
    }
    let place =
      last
      ?? lines.firstIndex {
        if case .header(_, wanted) = $0.kind { true } else { false }
      }
    return place.map { lines[$0].whole.upperBound }
  }

  /// LF or CR LF, whichever ends more lines; the first met where they are equal. A lone CR ends no
  /// line of a keyfile.
  private static func lineEnd(of document: KeyFileDocument) -> [UInt8] {
    let bytes = document.source.bytes
    var lead = 0
    var first: LineEnding?
    for line in document.lines where bytes[line.whole.upperBound - 1] == .lineFeed {
      let isPair =
        line.whole.count > 1 && bytes[line.whole.upperBound - 2] == .carriageReturn
      first = first ?? (isPair ? .crlf : .lf)
      lead += isPair ? 1 : -1
    }
    return (lead == 0 ? first ?? .lf : lead > 0 ? .crlf : .lf).bytes
  }

  /// What stands at the end of the file, as the lines of a batch come to it one after the other.
  private struct FileEnd {
    let count: Int
    let lineEnd: [UInt8]
    /// Whether the present file ends within a line, so that new ones bring their line end in front.
    let isOpen: Bool
    /// What must come between the last line that stays and the next; the first time it may be
    /// nothing, or more than one would think.
    var nextBreak: [UInt8]
    /// Whether the last line is blank, or there is none.
    var isBlank: Bool

    init(_ editor: KeyFileEditor, doomed: Set<Int>) {
      let (bytes, lines) = (editor.bytes, editor.lines)
      count = bytes.count
      lineEnd = editor.lineEnd
      isOpen = bytes.last.map { $0 != .lineFeed } ?? false
      nextBreak = editor.lineEnd
      let lastKept = lines.indices.last { !doomed.contains($0) }
      isBlank = lastKept.map { lines[$0].kind == .blank } ?? true
      if isOpen, let last = lines.indices.last {
        if doomed.contains(last) {
          nextBreak = []
        } else if bytes.last == .carriageReturn {
          // A line feed alone would take it away from the value.
          nextBreak = LineEnding.crlf.bytes
        }
      }
    }

    mutating func insertion(of lines: [[UInt8]], at offset: Int) -> SourceEdit {
      var text: [UInt8] = []
      if offset == count, isOpen {
        for line in lines {
          text += nextBreak + line
          nextBreak = lineEnd
        }
      } else {
        text = lines.flatMap { $0 + lineEnd }
      }
      if offset == count { isBlank = false }
      return SourceEdit(range: offset..<offset, replacement: text)
    }

    mutating func insertion(ofGroup lines: [[UInt8]]) -> SourceEdit {
      insertion(of: isBlank ? lines : [[]] + lines, at: count)
    }
  }
}
