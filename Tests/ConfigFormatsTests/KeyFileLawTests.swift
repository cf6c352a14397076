import Testing

@testable import ConfigFormats

extension SeededGenerator {
  /// Random changes with the bytes that matter to keyfiles.
  mutating func mutatingKeyFile(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    let spicy: [UInt8] =
      Array("[]=#;\\ \t\n\n\r@_.-sntr\"A".utf8) + [0, 0x0B, 0x0C, 0x7F, 0x80, 0xC3, 0xEF]
    for _ in 0...below(4) {
      let place = below(result.count + 1)
      if chance(60) || place == result.count {
        result.insert(pick(spicy), at: place)
      } else if chance(50) {
        result[place] = pick(spicy)
      } else {
        result.remove(at: place)
      }
    }
    return chance(30) ? mutating(result, upTo: 2) : result
  }
}

/// A keyfile made up at random, with what it says known beforehand.
struct GeneratedKeyFile {
  var bytes: [UInt8] = []
  var values: [KeyFileAddress: [UInt8]] = [:]
  var groups: [String] = []
  /// Marks of comments, which no edit may take away.
  var comments: [[UInt8]] = []
  var lineEnd: [UInt8] = [10]
  /// The last mixed line ends are not all of one kind.
  var isMixed = false

  static let groupNames = [
    "Data Source", "Mail Account", "Pop Backend", " Data Source ", "S/MIME (a/b)", "~0", "é", "a=b",
  ]
  static let keys = [
    "BackendName", "Host", "Port", "Name", "Name[de]", "Name[sr@latin]", "a/b", "k k", "é",
    "Encoding",
    "backendname",
  ]

  init(_ random: inout SeededGenerator) {
    lineEnd = random.pick([[10], [10], [13, 10]])
    isMixed = random.chance(10)
    if random.chance(20) { addNoise(&random) }
    for _ in 0..<random.below(6) {
      let group = random.pick(Self.groupNames)
      if !groups.contains(group) { groups.append(group) }
      add(
        random.pick([[], [], utf8(" "), utf8("\t")]) + utf8("[\(group)]")
          + random.pick([[], [], utf8(" \t")]), &random)
      for _ in 0..<random.below(5) { addEntry(of: group, &random) }
      if random.chance(60) { add([], &random) }
      if random.chance(30) { addNoise(&random) }
    }
    if random.chance(20), bytes.last == .lineFeed {
      bytes.removeLast()
      if bytes.last == .carriageReturn { bytes.removeLast() }
    }
  }

  private mutating func add(_ line: [UInt8], _ random: inout SeededGenerator) {
    bytes += line + (isMixed ? random.pick([[10], [13, 10]]) : lineEnd)
  }

  private mutating func addNoise(_ random: inout SeededGenerator) {
    for _ in 0...random.below(2) {
      switch random.below(3) {
      case 0: add(random.pick([[], utf8("  "), utf8("\t")]), &random)
      default:
        let mark = utf8("c\(comments.count)c")
        comments.append(mark)
        add(
          random.pick([[], utf8("  ")]) + utf8("# ") + mark
            + random.pick([utf8(" [G]"), utf8(" Host=x"), [0xE9]]), &random)
      }
    }
  }

  private mutating func addEntry(of group: String, _ random: inout SeededGenerator) {
    if random.chance(15) { addNoise(&random) }
    let key = random.pick(Self.keys)
    let value = key == "Encoding" ? utf8("UTF-8") : Self.value(&random)
    values[KeyFileAddress(group: group, key: key)] = value
    let gap: [[UInt8]] = [[], [], [], utf8(" "), utf8("\t "), [0x0C]]
    add(
      random.pick([[], [], utf8("  ")]) + utf8(key) + random.pick(gap) + utf8("=")
        + random.pick(gap) + value, &random)
  }

  /// A value that can be spelled: no LF, NUL, leading blank or CR at its end.
  static func value(_ random: inout SeededGenerator) -> [UInt8] {
    if random.chance(60) {
      return random.pick([
        utf8("pop"), utf8("imapx"), [], utf8("true"), utf8("993"), utf8("a;b;c;"),
        utf8("a = b # c"),
        utf8("\\sx\\n"), utf8("\\q"), utf8("x  "), utf8("häé€😀"), [0xE9], utf8("a\rb"), utf8("[x]"),
      ])
    }
    var value = (0..<random.below(12)).map { _ in UInt8(random.below(255) + 1) }
    value.removeAll { $0 == 10 }
    while let first = value.first, KeyFileGrammar.isSpace(first) { value.removeFirst() }
    while value.last == 13 { value.removeLast() }
    return value
  }

  func changes(_ random: inout SeededGenerator) -> [KeyFileChange] {
    (0..<random.below(8)).map { _ in
      let group = random.pick(
        groups.isEmpty || random.chance(30) ? Self.groupNames + ["New", "Imapx Backend"] : groups)
      let key = random.pick(Self.keys + ["New", "FilterInbox"])
      let value = key == "Encoding" ? utf8("utf-8") : Self.value(&random)
      let spelling = KeyFileAddress(group: group, key: key).spelling ?? ""
      return KeyFileChange(spelling, random.chance(35) ? nil : value)
    }
  }

  func values(after changes: [KeyFileChange]) -> [KeyFileAddress: [UInt8]] {
    var result = values
    for change in changes {
      if let address = KeyFileAddress(spelling: change.key) { result[address] = change.value }
    }
    return result
  }
}

/// Checks one random batch against the laws; the result names those that are broken.
func keyFileLawViolations(
  _ generated: GeneratedKeyFile, _ changes: [KeyFileChange],
  editing: (KeyFileDocument, [KeyFileChange]) throws -> [KeyFileKeyEdits] = {
    try $0.edits(applying: $1)
  }
) throws -> [String] {
  var violations: [String] = []
  let document = try KeyFileDocument(parsing: generated.bytes)
  if document.source.bytes != generated.bytes { violations.append("the text is not kept") }
  if values(of: document) != generated.values { violations.append("values are misread") }
  if document.groupNames != generated.groups { violations.append("groups are misread") }

  let batch = try editing(document, changes)
  let edits = batch.flatMap(\.edits)
  let result = try document.source.applying(edits)
  violations += editLawViolations(document.source, edits, result: result)
  guard let after = try? KeyFileDocument(parsing: result) else {
    return violations + ["the result does not parse"]
  }
  if values(of: after) != generated.values(after: changes) {
    violations.append("values after the edits are wrong")
  }
  if try !editing(after, changes).allSatisfy(\.edits.isEmpty) {
    violations.append("a second time changes something")
  }
  for mark in generated.comments where !contains(result, mark) {
    violations.append("a comment is gone")
  }
  if generated.bytes.last == 10, result.last.map({ $0 != 10 }) ?? false {
    violations.append("the final line end is gone")
  }
  violations += layoutViolations(generated, document, after, changes)
  for item in batch {
    guard let address = KeyFileAddress(spelling: item.key) else { continue }
    let wished = changes.last { $0.key == item.key }?.value
    violations += reachViolations(
      document, item.edits, address, from: generated.values[address], to: wished)
  }
  return violations
}

private func values(of document: KeyFileDocument) -> [KeyFileAddress: [UInt8]] {
  var result: [KeyFileAddress: [UInt8]] = [:]
  for address in document.addresses { result[address] = document[address] }
  return result
}

/// What one key's edits touch beyond its own.
private func reachViolations(
  _ document: KeyFileDocument, _ edits: [SourceEdit], _ address: KeyFileAddress, from old: [UInt8]?,
  to new: [UInt8]?
) -> [String] {
  switch (old, new) {
  case (nil, nil): return edits.isEmpty ? [] : ["an absent key was deleted"]
  case (let old?, let new?) where old == new:
    return edits.isEmpty ? [] : ["an equal value was written"]
  case (_?, _?):
    let token = document.lines.compactMap { line -> Range<Int>? in
      guard case .entry(let key, let value, let group) = line.kind,
        document.groups[group] == address.group,
        Array(document.source.bytes[key]) == address.key
      else { return nil }
      return value
    }.last
    return edits.map(\.range) == [token] ? [] : ["a set reaches beyond the value"]
  case (nil, _?):
    return edits.count == 1 && edits[0].range.isEmpty ? [] : ["an addition takes bytes away"]
  case (_?, nil):
    let lines = edits.map(\.range).filter { range in document.lines.contains { $0.whole == range } }
    return !edits.isEmpty && lines.count == edits.count ? [] : ["a deletion is not of whole lines"]
  }
}

/// Where new lines stand.
private func layoutViolations(
  _ generated: GeneratedKeyFile, _ document: KeyFileDocument, _ after: KeyFileDocument,
  _ changes: [KeyFileChange]
) -> [String] {
  var violations: [String] = []
  if Array(after.groups.prefix(document.groups.count)) != document.groups {
    violations.append("groups moved")
  }
  var isNew = Set<KeyFileAddress>()
  for change in changes {
    guard let address = KeyFileAddress(spelling: change.key), change.value != nil,
      generated.values[address] == nil
    else { continue }
    isNew.insert(address)
  }
  let bytes = after.source.bytes
  func isNewEntry(_ line: KeyFileLine) -> Bool {
    guard case .entry(let key, _, let group) = line.kind else { return false }
    return isNew.contains(KeyFileAddress(group: after.groups[group], key: Array(bytes[key])))
  }
  for (index, line) in after.lines.enumerated() {
    if !generated.isMixed, generated.bytes.contains(10), line.whole.upperBound < bytes.count,
      !bytes[line.whole].suffix(generated.lineEnd.count).elementsEqual(generated.lineEnd)
    {
      violations.append("a line ends in another way")
    }
    switch line.kind {
    case .header(_, let group) where group >= document.groups.count && index > 0:
      if after.lines[index - 1].kind != .blank { violations.append("no blank line before a group") }
      if index > 1, document.source.bytes.last == 10, after.lines[index - 2].kind == .blank,
        document.lines.last?.kind != .blank
      {
        violations.append("two blank lines before a group")
      }
    case .entry where isNewEntry(line):
      // Behind a key or the group's line, and no older key of the group behind it.
      switch after.lines[index - 1].kind {
      case .entry, .header: break
      default: violations.append("a new key stands apart")
      }
      if index + 1 < after.lines.count, case .entry = after.lines[index + 1].kind,
        !isNewEntry(after.lines[index + 1])
      {
        violations.append("a new key is not the last of its group")
      }
    default: break
    }
  }
  return violations
}

@Suite struct KeyFileLawTests {
  @Test func `laws hold over generated documents`() throws {
    var random = SeededGenerator(seed: 50)
    var count = 0
    for round in 0..<1_500 {
      let generated = GeneratedKeyFile(&random)
      let changes = generated.changes(&random)
      count += changes.count
      let violations = try keyFileLawViolations(generated, changes)
      #expect(
        violations.isEmpty,
        "round \(round): \(PrintableText.escaping(generated.bytes)) \(changes.map { "\($0.key)=\($0.value.map { PrintableText.escaping($0) } ?? "-")" })"
      )
    }
    #expect(count > 4_000)
  }

  @Test func `a key added and deleted again leaves a file as it was`() throws {
    var random = SeededGenerator(seed: 51)
    for _ in 0..<1_000 {
      let generated = GeneratedKeyFile(&random)
      guard let group = generated.groups.last, generated.bytes.last == 10 else { continue }
      let key = try #require(KeyFileAddress(group: group, key: "Fresh").spelling)
      let document = try KeyFileDocument(parsing: generated.bytes)
      let value = GeneratedKeyFile.value(&random)
      let after = try KeyFileDocument(
        parsing: document.source.applying(document.edits(setting: key, to: value)))
      #expect(after.value(forKey: key) == value)
      #expect(try after.source.applying(after.edits(setting: key, to: nil)) == generated.bytes)
    }
  }

  @Test func `edits made key by key and joined still say what is wished`() throws {
    // As undo does it. Keys of new groups come last there, or they would part a group from its keys.
    var random = SeededGenerator(seed: 52)
    for _ in 0..<1_500 {
      let generated = GeneratedKeyFile(&random)
      let document = try KeyFileDocument(parsing: generated.bytes)
      var changes: [KeyFileChange] = []
      for change in generated.changes(&random)
      where !changes.contains(where: { $0.key == change.key }) {
        guard let address = KeyFileAddress(spelling: change.key),
          document.groups.contains(address.group)
        else { continue }
        changes.append(change)
      }
      let edits = try changes.flatMap { try document.edits(setting: $0.key, to: $0.value) }
      let after = try KeyFileDocument(parsing: document.source.applying(edits))
      let expected = generated.values(after: changes)
      for address in Set(after.addresses).union(expected.keys) {
        #expect(after[address] == expected[address], "\(PrintableText.escaping(generated.bytes))")
      }
    }
  }

  @Test func `the laws catch broken editors`() throws {
    typealias Breakage = (KeyFileDocument, [KeyFileChange]) throws -> [KeyFileKeyEdits]
    func changing(_ body: @escaping (KeyFileDocument, SourceEdit) -> SourceEdit) -> Breakage {
      { document, changes in
        try document.edits(applying: changes).map { item in
          KeyFileKeyEdits(key: item.key, edits: item.edits.map { body(document, $0) })
        }
      }
    }
    let breakages: [(String, Breakage)] = [
      (
        "sets the first duplicate",
        { document, changes in
          try document.edits(applying: changes).map { item in
            guard let address = KeyFileAddress(spelling: item.key), document[address] != nil,
              changes.last(where: { $0.key == item.key })?.value != nil, let edit = item.edits.first
            else { return item }
            for line in document.lines {
              if case .entry(let key, let value, let group) = line.kind,
                document.groups[group] == address.group,
                Array(document.source.bytes[key]) == address.key
              {
                return KeyFileKeyEdits(
                  key: item.key,
                  edits: [SourceEdit(range: value, replacement: edit.replacement)])
              }
            }
            return item
          }
        }
      ),
      (
        "adds everything at the end",
        changing { document, edit in
          let end = document.source.bytes.count
          return edit.range.isEmpty && !edit.replacement.isEmpty
            ? SourceEdit(range: end..<end, replacement: edit.replacement) : edit
        }
      ),
      (
        "adds in front of the next group, behind its comment",
        changing { document, edit in
          guard edit.range.isEmpty,
            let next = document.lines.first(where: {
              if case .header = $0.kind {
                $0.whole.lowerBound >= edit.range.lowerBound
              } else {
                false
              }
            })
          else { return edit }
          let place = next.whole.lowerBound
          return SourceEdit(range: place..<place, replacement: edit.replacement)
        }
      ),
      (
        "deletes one line only",
        { document, changes in
          try document.edits(applying: changes).map {
            KeyFileKeyEdits(key: $0.key, edits: $0.edits.first.map { [$0] } ?? [])
          }
        }
      ),
      (
        "deletes the line without its end",
        changing { document, edit in
          edit.replacement.isEmpty && edit.range.count > 1
            && document.source.bytes[edit.range.upperBound - 1] == 10
            ? SourceEdit(range: edit.range.lowerBound..<edit.range.upperBound - 1, replacement: [])
            : edit
        }
      ),
      (
        "writes the whole line for a value",
        changing { document, edit in
          guard !edit.range.isEmpty, !edit.replacement.isEmpty else { return edit }
          let line = document.lines.first { $0.whole.contains(edit.range.lowerBound) }
          guard let line, case .entry(let key, _, _) = line.kind else { return edit }
          return SourceEdit(
            range: key.lowerBound..<edit.range.upperBound,
            replacement: Array(document.source.bytes[key]) + utf8("=") + edit.replacement)
        }
      ),
      (
        "knows LF only",
        changing { _, edit in
          SourceEdit(
            range: edit.range,
            replacement: edit.range.isEmpty
              ? edit.replacement.filter { $0 != 13 } : edit.replacement)
        }
      ),
      (
        "forgets the blank line before a group",
        changing { _, edit in
          var text = edit.replacement
          if edit.range.isEmpty, text.first == 10 { text.removeFirst() }
          return SourceEdit(range: edit.range, replacement: text)
        }
      ),
      ("does nothing", { _, changes in changes.map { KeyFileKeyEdits(key: $0.key, edits: []) } }),
      (
        "takes the locale's key for the key",
        { document, changes in
          try document.edits(
            applying: changes.map {
              KeyFileChange($0.key.replacing("[de]", with: ""), $0.value)
            })
        }
      ),
      (
        "writes what is there already",
        { document, changes in
          try document.edits(applying: changes).map { item in
            guard item.edits.isEmpty, let address = KeyFileAddress(spelling: item.key),
              let entry = document.lastEntry(at: address), let value = document[address]
            else { return item }
            return KeyFileKeyEdits(
              key: item.key, edits: [SourceEdit(range: entry.value, replacement: value)])
          }
        }
      ),
    ]
    for (name, breakage) in breakages {
      var random = SeededGenerator(seed: 53)
      var caught = false
      for _ in 0..<600 where !caught {
        let generated = GeneratedKeyFile(&random)
        let changes = generated.changes(&random)
        // Edits that cannot be made at all are caught as well.
        caught =
          ((try? keyFileLawViolations(generated, changes, editing: breakage)) ?? ["threw"]).isEmpty
          == false
      }
      #expect(caught, "\(name)")
    }
  }

  @Test func `random mutations never crash`() throws {
    var random = SeededGenerator(seed: 54)
    var sound = 0
    for _ in 0..<20_000 {
      let bytes = random.mutatingKeyFile(GeneratedKeyFile(&random).bytes)
      let document: KeyFileDocument
      do {
        document = try KeyFileDocument(parsing: bytes)
      } catch {
        #expect(error.excerpt.utf8.count < 2_000)
        continue
      }
      sound += 1
      #expect(document.lines.flatMap { Array(bytes[$0.whole]) } == bytes)
      for address in document.addresses {
        _ = try? document.localeString(at: address, locale: "de_DE@euro")
        _ = try? document.strings(at: address)
        _ = try? document.int(at: address)
        _ = try? document.bool(at: address)
      }
      for key in document.keys(withPrefix: "") {
        _ = try? document.edits(removing: [utf8("a")], fromListAt: key)
      }
      let batch = try document.edits(applying: [
        KeyFileChange("Data Source/Name", nil), KeyFileChange("Mail Account/Host", "imapx"),
        KeyFileChange("New/Key", "1"), KeyFileChange("Pop Backend/Other", " x"),
      ])
      let after = try KeyFileDocument(parsing: document.source.applying(batch.flatMap(\.edits)))
      var expected = values(of: document)
      expected[KeyFileAddress(group: "Data Source", key: "Name")] = nil
      expected[KeyFileAddress(group: "Mail Account", key: "Host")] = utf8("imapx")
      expected[KeyFileAddress(group: "New", key: "Key")] = utf8("1")
      expected[KeyFileAddress(group: "Pop Backend", key: "Other")] = utf8("\\sx")
      #expect(values(of: after) == expected, "\(PrintableText.escaping(bytes))")
    }
    // Enough on both sides to mean something.
    #expect(sound > 4_000 && sound < 18_000)
  }
}
