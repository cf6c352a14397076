#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One wish for a batch of changes: `value` under `key`, or the key gone.
public struct PrefsChange: Sendable, Equatable {
  public var key: String
  public var value: PrefValue?

  public init(_ key: String, _ value: PrefValue?) {
    self.key = key
    self.value = value
  }
}

/// What a batch does to one key: none where the key already is as wished, one edit for a set or an
/// added line, one per statement for a deletion.
public struct PrefsKeyEdits: Sendable, Equatable {
  public var key: String
  public var edits: [SourceEdit]

  public init(key: String, edits: [SourceEdit]) {
    self.key = key
    self.edits = edits
  }
}

extension PrefsDocument {
  /// The edits that fulfil all `changes` at once, by key, against this document's bytes.
  ///
  /// - A key with a user value: only the value's token in the last statement that names it changes,
  ///   and nothing if the value is already that (however it is spelled).
  /// - A new key gets a line of its own, in the file's own line ends, behind the line of the key
  ///   that comes before it in the order in which Thunderbird writes the file; in a file that is
  ///   not sorted, too, so that keys of one branch stay together. If no key comes before it, the
  ///   line goes in front of the line of the key that comes after it; in a file without statements,
  ///   to the end. A file without a final line end gets none.
  /// - A deleted key loses all its `user_pref` statements: with the whole line and its line end
  ///   where nothing but blanks stands beside the statement, else only the statement's own bytes.
  ///
  /// The result is sorted as Thunderbird sorts, and no two edits touch. Several lines added at one
  /// place are insertions at the same offset: apply the edits in the order given here
  /// (``SourceText/applying(_:)`` keeps it). If a key is named twice, its last change counts.
  /// - Throws: `notExpressible` for an empty key, a NUL in a key or string, or a value of another
  ///   type than the default that a `pref` statement gives the key; `noSuchPlace` if the document is
  ///   not sound (``isSound``).
  public func edits(applying changes: [PrefsChange]) throws(KeyedDocumentError) -> [PrefsKeyEdits] {
    try PrefsEditor(self).edits(applying: changes)
  }

  public func edits(
    setting key: String, to value: [UInt8]?
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    var wished: PrefValue?
    if let value {
      guard let parsed = PrefValue(spelling: value) else { throw .notExpressible(key: key) }
      wished = parsed
    }
    return try edits(applying: [PrefsChange(key, wished)]).flatMap(\.edits)
  }

  /// The edits that take `elements` out of the comma-separated list under `key`. Blanks around an
  /// element do not count; what stays keeps its bytes and its order. An emptied list is `""`.
  /// - Throws: `notAList` if the user value is not a string; `noSuchPlace` if the document is not
  ///   sound. A key without a value holds no elements, so there is nothing to do.
  public func edits(
    removing elements: [[UInt8]], fromListAt key: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    guard isSound else { throw .noSuchPlace(key: key) }
    let editor = PrefsEditor(self)
    guard let index = editor.lastIndex(of: Array(key.utf8)) else { return [] }
    let statement = statements[index]
    guard statement.valueKind == .string else { throw .notAList(key: key) }
    guard !statement.valueNeedsDecoding else {
      // A comma may be hidden in an escape: the list is read decoded and spelled anew.
      return try edits(removing: elements, fromEscapedListAt: key)
    }
    let content = statement.valueRange.lowerBound + 1..<statement.valueRange.upperBound - 1
    return ListSplice.edits(removing: elements, from: source.bytes, content, separator: .comma)
  }

  private func edits(
    removing elements: [[UInt8]], fromEscapedListAt key: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    guard var list = self[key]?.stringBytes else { throw .notAList(key: key) }
    let cuts = ListSplice.edits(
      removing: elements, from: list, 0..<list.count, separator: .comma)
    for cut in cuts.reversed() { list.removeSubrange(cut.range) }
    return try edits(applying: [PrefsChange(key, .string(list))]).flatMap(\.edits)
  }
}

extension ListSplice {
  /// - Parameter countingBlanks: whether blanks around an element are part of it.
  static func edits(
    removing elements: [[UInt8]], from bytes: [UInt8], _ content: Range<Int>, separator: UInt8,
    countingBlanks: Bool = false
  ) -> [SourceEdit] {
    let present = ListSplice.elements(of: bytes, in: content, separator: separator)
    let removed = present.map { range in
      let element = bytes[countingBlanks ? range : ListSplice.trimmed(range, of: bytes)]
      return elements.contains { $0.elementsEqual(element) }
    }
    return deletions(of: removed, from: present, interior: content).map {
      SourceEdit(range: $0, replacement: [])
    }
  }
}

/// Finds the places for a batch of changes.
private struct PrefsEditor {
  let document: PrefsDocument
  let bytes: [UInt8]
  let statements: ContiguousArray<PrefsStatement>

  init(_ document: PrefsDocument) {
    self.document = document
    self.bytes = document.source.bytes
    self.statements = document.statements
  }

  func edits(applying changes: [PrefsChange]) throws(KeyedDocumentError) -> [PrefsKeyEdits] {
    let wishes = try ordered(changes)
    var result: [PrefsKeyEdits] = []
    var additions: [(place: Int, line: [UInt8])] = []
    var doomed = [Bool](repeating: false, count: statements.count)
    for wish in wishes {
      var edits: [SourceEdit] = []
      if let value = wish.change.value {
        if let index = lastIndex(of: wish.key) {
          edits = replacement(of: index, by: value)
        } else {
          additions.append((result.count, Self.line(wish.order, value)))
        }
      } else {
        for index in userStatements(named: wish.key) {
          doomed[index] = true
          edits.append(SourceEdit(range: deletionRange(of: index), replacement: []))
        }
      }
      result.append(PrefsKeyEdits(key: wish.change.key, edits: edits))
    }
    guard !additions.isEmpty else { return result }
    let places = PrefsPlaces(document: document, doomed: doomed)
    for addition in additions {
      result[addition.place].edits = [
        places.insertion(of: addition.line, sortKey: wishes[addition.place].order)
      ]
    }
    return result
  }

  private static func line(_ quotedKey: [UInt8], _ value: PrefValue) -> [UInt8] {
    let value = value.canonicalBytes
    var line: [UInt8] = []
    // With what stands around them, and the line end that is to come.
    line.reserveCapacity(quotedKey.count + value.count + 16)
    line += "user_pref(".utf8
    line += quotedKey
    line += ", ".utf8
    line += value
    line += ");".utf8
    return line
  }

  private struct Wish {
    var change: PrefsChange
    var key: [UInt8]
    /// The key as it is written, quotes included: what Thunderbird sorts its lines by.
    var order: [UInt8]
  }

  /// The changes in file order, the last one for each key.
  private func ordered(_ changes: [PrefsChange]) throws(KeyedDocumentError) -> [Wish] {
    var wishes: [Wish] = []
    wishes.reserveCapacity(changes.count)
    for change in changes {
      let key = Array(change.key.utf8)
      guard document.isSound else { throw .noSuchPlace(key: change.key) }
      guard !key.isEmpty, !key.contains(0), change.value?.isExpressible ?? true else {
        throw .notExpressible(key: change.key)
      }
      // The client would pass over a user value of another type than the default.
      if document.hasDefaults, let value = change.value,
        let standard = document.defaultValue(forKey: change.key), !standard.isSameType(as: value)
      {
        throw .notExpressible(key: change.key)
      }
      wishes.append(Wish(change: change, key: key, order: PrefSpelling.quoted(key)))
    }
    // Changes of one key come to lie beside each other, in the order given.
    let sorted = wishes.indices.sorted { left, right in
      let order = Self.compare(wishes[left].order, wishes[right].order)
      return order != 0 ? order < 0 : left < right
    }
    var result: [Wish] = []
    result.reserveCapacity(wishes.count)
    for place in sorted {
      if result.last?.key == wishes[place].key { result.removeLast() }
      result.append(wishes[place])
    }
    return result
  }

  /// As bytes: negative where `left` comes first, 0 where they are equal.
  private static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
    left.withUnsafeBytes { left in
      right.withUnsafeBytes { right in
        guard let mine = left.baseAddress, let theirs = right.baseAddress else {
          return left.count - right.count
        }
        let order = memcmp(mine, theirs, min(left.count, right.count))
        return order != 0 ? Int(order) : left.count - right.count
      }
    }
  }

  /// Those that give `key` a user value, in file order.
  private func userStatements(named key: [UInt8]) -> [Int] {
    guard document.isSorted, !document.hasDefaults else {
      return bytes.withUnsafeBufferPointer { buffer in
        key.withUnsafeBufferPointer { document.indices(ofKey: $0, in: buffer) }
      }.filter { statements[$0].kind == .user }
    }
    // They stand beside each other.
    guard let last = lastIndex(of: key) else { return [] }
    var first = last
    while first > 0, isUserStatement(first - 1, named: key) { first -= 1 }
    return Array(first...last)
  }

  func lastIndex(of key: [UInt8]) -> Int? {
    bytes.withUnsafeBufferPointer { buffer in
      key.withUnsafeBufferPointer { document.lastIndex(ofKey: $0, kinds: .user, in: buffer) }
    }
  }

  private func isUserStatement(_ index: Int, named key: [UInt8]) -> Bool {
    let statement = statements[index]
    return statement.kind == .user
      && bytes.withUnsafeBufferPointer { statement.hasKey(key, in: $0) }
  }

  private func replacement(of index: Int, by value: PrefValue) -> [SourceEdit] {
    let statement = statements[index]
    let present = bytes.withUnsafeBufferPointer { statement.value(in: $0) }
    guard present != value else { return [] }
    return [SourceEdit(range: statement.valueRange, replacement: value.canonicalBytes)]
  }

  /// The statement, and its whole line if only blanks stand beside it.
  private func deletionRange(of index: Int) -> Range<Int> {
    let range = statements[index].range
    let bodyStart = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    var start = range.lowerBound
    while start > bodyStart, bytes[start - 1].isPrefsBlank { start -= 1 }
    // Only blanks reach back to a line break here, so it ends a line, not part of a token.
    guard start == bodyStart || bytes[start - 1].isLineBreak else { return range }
    var end = range.upperBound
    while end < bytes.count, bytes[end].isPrefsBlank { end += 1 }
    guard end < bytes.count else { return start..<end }
    guard bytes[end].isLineBreak else { return range }
    return start..<PrefsPlaces.afterLineBreak(at: end, in: bytes)
  }
}

extension UInt8 {
  /// What the grammar of prefs.js takes for white space within a line.
  fileprivate var isPrefsBlank: Bool {
    self == .space || self == .tab || self == 0x0B || self == 0x0C
  }
}

/// Where new lines go.
private struct PrefsPlaces {
  let bytes: [UInt8]
  let statements: ContiguousArray<PrefsStatement>
  let lineEnd: [UInt8]
  let bodyStart: Int
  /// The statements that new lines can be put beside, in the order of their sort keys; those with
  /// equal keys in file order.
  private let anchors: [Int]

  /// - Parameter doomed: by statement, whether it goes away.
  init(document: PrefsDocument, doomed: [Bool]) {
    let source = document.source
    bytes = source.bytes
    statements = document.statements
    lineEnd = source.lineEnding.bytes
    bodyStart = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    var surviving: [Int] = []
    surviving.reserveCapacity(doomed.count)
    for index in doomed.indices where !doomed[index] { surviving.append(index) }
    // If everything goes, the places are still better than the end of the file.
    let usable = surviving.isEmpty ? Array(doomed.indices) : surviving
    canFollow = !surviving.isEmpty
    anchors = source.bytes.withUnsafeBufferPointer { buffer in
      let statements = document.statements
      func precedes(_ left: Int, _ right: Int) -> Bool {
        statements[left].sortsBefore(statements[right], in: buffer)
      }
      return document.isSorted
        ? usable
        : usable.sorted { precedes($0, $1) || (!precedes($1, $0) && $0 < $1) }
    }
  }

  /// False if the anchors all go away, so that nothing can stand behind one.
  private let canFollow: Bool

  func insertion(of line: [UInt8], sortKey: [UInt8]) -> SourceEdit {
    // The number of anchors that sort before the key, or are named like it (a `pref` statement).
    var low = 0
    var high = anchors.count
    bytes.withUnsafeBufferPointer { buffer in
      sortKey.withUnsafeBufferPointer { sortKey in
        while low < high {
          let middle = (low + high) / 2
          if statements[anchors[middle]].sortsAfter(sortKey, in: buffer) {
            high = middle
          } else {
            low = middle + 1
          }
        }
      }
    }
    if low > 0, canFollow { return insertion(of: line, behind: anchors[low - 1]) }
    if let first = canFollow ? anchors.first : anchors.min() {
      let place = lineStart(before: first)
      return SourceEdit(range: place..<place, replacement: line + lineEnd)
    }
    return insertionAtEnd(of: line)
  }

  private func insertionAtEnd(of line: [UInt8]) -> SourceEdit {
    let end = bytes.count
    let atLineStart = end == bodyStart || bytes[end - 1].isLineBreak
    return SourceEdit(
      range: end..<end, replacement: atLineStart ? line + lineEnd : lineEnd + line)
  }

  private func insertion(of line: [UInt8], behind index: Int) -> SourceEdit {
    var index = index
    while index < statements.count {
      let end = index + 1 < statements.count ? statements[index + 1].range.lowerBound : bytes.count
      if let place = lineStarts(in: statements[index].range.upperBound..<end).first {
        return SourceEdit(range: place..<place, replacement: line + lineEnd)
      }
      index += 1
    }
    return insertionAtEnd(of: line)
  }

  /// The start of the line on which the statement begins; if something else begins on that line, of
  /// the nearest line before it that begins outside of statements and comments.
  private func lineStart(before index: Int) -> Int {
    var index = index
    while true {
      let start = index > 0 ? statements[index - 1].range.upperBound : bodyStart
      if let place = lineStarts(in: start..<statements[index].range.lowerBound).last {
        return place
      }
      if index == 0 { return bodyStart }
      index -= 1
    }
  }

  /// The first and the last place in the gap between two statements where a line begins outside of
  /// comments.
  private func lineStarts(in gap: Range<Int>) -> (first: Int?, last: Int?) {
    var found: (first: Int?, last: Int?) = (nil, nil)
    var place = gap.lowerBound
    while place < gap.upperBound {
      let byte = bytes[place]
      if byte.isLineBreak {
        place = PrefsPlaces.afterLineBreak(at: place, in: bytes)
        found = (found.first ?? place, place)
      } else if byte == UInt8(ascii: "#") {
        place = endOfLine(from: place)
      } else if byte == UInt8(ascii: "/"), place + 1 < gap.upperBound {
        place =
          bytes[place + 1] == UInt8(ascii: "*")
          ? endOfBlockComment(from: place + 2) : endOfLine(from: place)
      } else {
        place += 1
      }
    }
    return found
  }

  private func endOfLine(from start: Int) -> Int {
    var place = start
    // A NUL ends a comment as the line's end does.
    while place < bytes.count, !bytes[place].isLineBreak, bytes[place] != 0 { place += 1 }
    return place
  }

  private func endOfBlockComment(from start: Int) -> Int {
    var place = start
    while place + 1 < bytes.count {
      if bytes[place] == UInt8(ascii: "*"), bytes[place + 1] == UInt8(ascii: "/") {
        return place + 2
      }
      place += 1
    }
    return bytes.count
  }

  static func afterLineBreak(at place: Int, in bytes: [UInt8]) -> Int {
    let isPair =
      bytes[place] == .carriageReturn && place + 1 < bytes.count && bytes[place + 1] == .lineFeed
    return place + (isPair ? 2 : 1)
  }
}
