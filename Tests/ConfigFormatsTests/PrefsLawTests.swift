import Testing

@testable import ConfigFormats

/// A prefs.js made up at random, with what it says known beforehand.
struct GeneratedPrefs {
  var bytes: [UInt8] = []
  /// The user values in force.
  var values: [[UInt8]: PrefValue] = [:]
  /// Marks of comments between statements, which no edit may take away.
  var comments: [[UInt8]] = []
  var lineEnd: [UInt8] = [10]
  var isCanonical = false

  static let keys: [String] = [
    "mail.server.server1.type", "mail.server.server1.hostname", "mail.server.server1.directory",
    "mail.server.server1.directory-rel", "mail.server.server10.type", "mail.server.server2.type",
    "mail.account.account1.server", "mail.accountmanager.accounts", "a", "a b", "a!", "a\"q", "zz",
    "é", "back\\slash", "it's", "line\nfeed",
  ]

  init(_ random: inout SeededGenerator) {
    lineEnd = random.pick([[10], [10], [13, 10], [13]])
    if random.chance(10) { bytes += byteOrderMark }
    isCanonical = random.chance(25)
    if isCanonical {
      makeCanonical(&random)
    } else {
      makeWild(&random)
    }
  }

  private mutating func makeCanonical(_ random: inout SeededGenerator) {
    if random.chance(80) { bytes += utf8("// Mozilla User Preferences") + lineEnd + lineEnd }
    var lines: [[UInt8]] = []
    for key in Self.keys where random.chance(60) {
      let value = Self.value(&random)
      values[utf8(key)] = value
      lines.append(PrefSpelling.quoted(utf8(key)) + utf8(", ") + value.canonicalBytes + utf8(");"))
    }
    lines.sort { $0.lexicographicallyPrecedes($1) }
    for line in lines { bytes += utf8("user_pref(") + line + lineEnd }
  }

  private mutating func makeWild(_ random: inout SeededGenerator) {
    var keysWithDefault = Set<String>()
    for _ in 0..<random.below(14) {
      switch random.below(10) {
      case 0: addComment(&random)
      case 1: bytes += lineEnd
      default:
        let key = random.pick(Self.keys)
        let isDefault = random.chance(5) && values[utf8(key)] == nil
        // A default binds the type of what follows: integers only, then.
        if isDefault { keysWithDefault.insert(key) }
        let value =
          keysWithDefault.contains(key) ? .int(Int32(random.below(9))) : Self.value(&random)
        if !isDefault { values[utf8(key)] = value }
        addStatement(isDefault ? "pref" : "user_pref", key, value, &random)
      }
    }
    if random.chance(20), bytes.suffix(lineEnd.count).elementsEqual(lineEnd) {
      bytes.removeLast(lineEnd.count)
    }
  }

  static func value(_ random: inout SeededGenerator) -> PrefValue {
    switch random.below(4) {
    case 0: .bool(random.chance(50))
    case 1:
      .int(
        Int32(truncatingIfNeeded: Int64(bitPattern: random.next()) >> Int64(32 + random.below(32))))
    case 2:
      .string(
        random.pick([
          "imap", "", "a,b,c", "say \"hi\"", "C:\\x", "l1\nl2\r", "häé€😀",
          "// no /* comment */ ; #",
        ]))
    default: .string((0..<random.below(12)).map { _ in UInt8(random.below(255) + 1) })
    }
  }

  private mutating func addComment(_ random: inout SeededGenerator) {
    let mark = utf8("c\(comments.count)c")
    comments.append(mark)
    switch random.below(3) {
    case 0: bytes += utf8("# ") + mark + utf8(" user_pref(\"a\", 1);") + lineEnd
    case 1: bytes += utf8("// ") + mark + utf8(" '\"") + lineEnd
    default:
      bytes +=
        utf8("/* ") + mark + lineEnd + utf8("user_pref('zz', 0); **/")
        + (random.chance(70) ? lineEnd : [])
    }
  }

  private mutating func addStatement(
    _ function: String, _ key: String, _ value: PrefValue, _ random: inout SeededGenerator
  ) {
    let odd = random.chance(50)
    func gap(_ usual: String = "") -> [UInt8] {
      guard odd, random.chance(40) else { return utf8(usual) }
      return random.pick([
        utf8(" "), utf8("\t"), lineEnd, utf8("/* ; */"), utf8("// ;'") + lineEnd, [0x0B, 0x0C], [],
      ])
    }
    bytes += gap() + utf8(function) + gap() + utf8("(") + gap()
    bytes += odd ? Self.spelled(utf8(key), &random) : PrefSpelling.quoted(utf8(key))
    bytes += gap() + utf8(",") + gap(" ")
    switch value {
    case .string(let content) where odd: bytes += Self.spelled(content, &random)
    case .int(let number) where odd && number >= 0 && random.chance(30):
      bytes += utf8("+") + gap() + utf8("\(number)")
    default: bytes += value.canonicalBytes
    }
    bytes += gap() + utf8(")") + gap() + utf8(";") + gap()
    if !odd || random.chance(70) { bytes += lineEnd }
  }

  /// A string literal in one of the many spellings that mean the same.
  static func spelled(_ content: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    let quote: UInt8 = random.pick([34, 39])
    var result = [quote]
    for byte in content {
      switch byte {
      case 92: result += [92, 92]
      case quote: result += [92, quote]
      case 34, 39: result += random.chance(50) ? [92, byte] : [byte]
      case 10:
        result +=
          random.chance(50) ? utf8("\\n") : random.pick([utf8("\\u000a"), utf8("\\x0A"), [10]])
      case 13: result += utf8("\\r")
      case 0x20..<0x7F where random.chance(10): result += utf8("\\u00" + String(byte, radix: 16))
      default:
        result +=
          random.chance(10)
          ? utf8("\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)) : [byte]
      }
    }
    return result + [quote]
  }
}

/// Checks one random batch against the laws; the result names those that are broken.
func prefsLawViolations(
  _ generated: GeneratedPrefs, _ changes: [PrefsChange],
  editing: (PrefsDocument, [PrefsChange]) throws -> [PrefsKeyEdits] = { try $0.edits(applying: $1) }
) throws -> [String] {
  var violations: [String] = []
  let document = try PrefsDocument(parsing: generated.bytes)
  if document.source.bytes != generated.bytes { violations.append("the text is not kept") }
  if userValues(of: document) != generated.values { violations.append("values are misread") }

  let batch = try editing(document, changes)
  let edits = batch.flatMap(\.edits)
  let result = try document.source.applying(edits)
  violations += editLawViolations(document.source, edits, result: result)
  guard let after = try? PrefsDocument(parsing: result) else {
    return violations + ["the result does not parse"]
  }

  var expected = generated.values
  for change in changes { expected[utf8(change.key)] = change.value }
  if userValues(of: after) != expected { violations.append("values after the edits are wrong") }
  if try !editing(after, changes).allSatisfy(\.edits.isEmpty) {
    violations.append("a second time changes something")
  }
  for mark in generated.comments where !contains(result, mark) {
    violations.append("a comment is gone")
  }

  for change in changes {
    let key = utf8(change.key)
    let own = batch.first { $0.key == change.key }?.edits ?? []
    switch (generated.values[key], change.value) {
    case (nil, nil): if !own.isEmpty { violations.append("an absent key was deleted") }
    case (let old?, let new?) where old == new:
      if !own.isEmpty { violations.append("an equal value was written") }
    case (_?, _?):
      let token = document.statements.last { statement in
        statement.kind == .user
          && generated.bytes.withUnsafeBufferPointer { statement.key(in: $0) } == key
      }?.valueRange
      if own.count != 1 || own.first?.range != token {
        violations.append("a set reaches beyond the token")
      }
    case (nil, let new?):
      let line =
        utf8("user_pref(") + PrefSpelling.quoted(key) + utf8(", ") + new.canonicalBytes + utf8(");")
      if !linesOutsideTokens(of: result).contains(line) {
        violations.append("an added key has no line of its own")
      }
    case (_?, nil):
      let removed = own.reduce(0) { $0 + $1.range.count }
      if own.isEmpty || removed == 0 { violations.append("nothing was deleted") }
    }
  }
  if generated.isCanonical {
    let lines = document.source.bytes.isEmpty ? [] : statementsInOrder(after)
    if lines != lines.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      violations.append("a sorted file is not sorted any more")
    }
  }
  return violations
}

private func userValues(of document: PrefsDocument) -> [[UInt8]: PrefValue] {
  var result: [[UInt8]: PrefValue] = [:]
  document.forEachUserKey(withPrefix: []) { result[$0] = document[keyBytes: $0] }
  return result
}

private func statementsInOrder(_ document: PrefsDocument) -> [[UInt8]] {
  document.statements.map { Array(document.source.bytes[$0.range]) }
}

/// The lines that hold exactly one statement and nothing else.
private func linesOutsideTokens(of bytes: [UInt8]) -> Set<[UInt8]> {
  guard let document = try? PrefsDocument(parsing: bytes) else { return [] }
  let start = bytes.starts(with: byteOrderMark) ? 3 : 0
  return Set(
    document.statements.compactMap { statement in
      let range = statement.range
      let begins = range.lowerBound == start || bytes[range.lowerBound - 1].isLineBreak
      let ends = range.upperBound == bytes.count || bytes[range.upperBound].isLineBreak
      return begins && ends ? Array(bytes[range]) : nil
    })
}

func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
  guard part.count <= bytes.count else { return false }
  return (0...(bytes.count - part.count)).contains {
    bytes[$0..<$0 + part.count].elementsEqual(part)
  }
}

@Suite struct PrefsLawTests {
  private func changes(for generated: GeneratedPrefs, _ random: inout SeededGenerator)
    -> [PrefsChange]
  {
    var pool = GeneratedPrefs.keys + ["mail.server.server3.type", "new", "b", "zzz", "A"]
    pool.shuffle(using: &random)
    return pool.prefix(random.below(8)).map { key in
      // Integers where a default in the file may bind the type.
      let bound = contains(generated.bytes, utf8("pref")) && !generated.isCanonical
      let value: PrefValue = bound ? .int(Int32(random.below(5))) : GeneratedPrefs.value(&random)
      return PrefsChange(key, random.chance(35) ? nil : value)
    }
  }

  @Test func `laws hold over generated documents`() throws {
    var random = SeededGenerator(seed: 42)
    var sets = 0
    for round in 0..<3_000 {
      let generated = GeneratedPrefs(&random)
      let changes = changes(for: generated, &random)
      sets += changes.count
      let violations = try prefsLawViolations(generated, changes)
      #expect(
        violations.isEmpty, "round \(round): \(PrintableText.escaping(generated.bytes)) \(changes)")
    }
    #expect(sets > 5_000)
  }

  @Test func `setting strings of any bytes gives them back`() throws {
    var random = SeededGenerator(seed: 43)
    for _ in 0..<500 {
      let generated = GeneratedPrefs(&random)
      let document = try PrefsDocument(parsing: generated.bytes)
      let value = PrefValue.string((0..<random.below(40)).map { _ in UInt8(random.below(255) + 1) })
      let edits = try document.edits(setting: "fresh.key", to: value.canonicalBytes)
      let after = try PrefsDocument(parsing: document.source.applying(edits))
      #expect(after["fresh.key"] == value)
      #expect(after.value(forKey: "fresh.key") == value.canonicalBytes)
      // Deleted again, the file is as before.
      let back = try after.source.applying(after.edits(setting: "fresh.key", to: nil))
      if generated.bytes.last.map(\.isLineBreak) ?? true { #expect(back == generated.bytes) }
    }
  }

  @Test func `the fast way and the slow way agree`() throws {
    var random = SeededGenerator(seed: 44)
    for _ in 0..<3_000 {
      let generated = GeneratedPrefs(&random)
      let bytes = random.chance(50) ? generated.bytes : random.mutating(generated.bytes)
      let fast = PrefsDocument.parseRecovering(bytes)
      var slow: [PrefsStatement] = []
      var faults = 0
      bytes.withUnsafeBufferPointer { buffer in
        guard var lexer = PrefsLexer(buffer) else { return }
        lexer.skipByteOrderMark()
        reading: while true {
          switch lexer.readStatement() {
          case .statement(let statement): slow.append(statement)
          case .fault:
            faults += 1
            lexer.recover()
          case .end: break reading
          }
        }
      }
      #expect(Array(fast.document.statements) == slow)
      #expect(fast.errors.count == faults)
    }
  }

  // MARK: The laws can fail

  @Test func `the laws catch broken editors`() throws {
    let breakages: [(String, (PrefsDocument, [PrefsChange]) throws -> [PrefsKeyEdits])] = [
      (
        "sets the first duplicate",
        { document, changes in
          try document.edits(applying: changes).map { item in
            guard item.edits.count == 1, let edit = item.edits.first, !edit.range.isEmpty,
              !edit.replacement.isEmpty,
              let first = document.statements.first(where: { statement in
                document.source.bytes.withUnsafeBufferPointer { statement.key(in: $0) }
                  == utf8(item.key)
              })
            else { return item }
            return PrefsKeyEdits(
              key: item.key,
              edits: [SourceEdit(range: first.valueRange, replacement: edit.replacement)])
          }
        }
      ),
      (
        "adds at the end",
        { document, changes in
          try document.edits(applying: changes).map { item in
            PrefsKeyEdits(
              key: item.key,
              edits: item.edits.map {
                $0.range.isEmpty
                  ? SourceEdit(
                    range: document.source.bytes.count..<document.source.bytes.count,
                    replacement: $0.replacement) : $0
              })
          }
        }
      ),
      (
        "deletes one statement only",
        { document, changes in
          try document.edits(applying: changes).map { item in
            PrefsKeyEdits(key: item.key, edits: item.edits.first.map { [$0] } ?? [])
          }
        }
      ),
      (
        "deletes a byte too many",
        { document, changes in
          try document.edits(applying: changes).map { item in
            PrefsKeyEdits(
              key: item.key,
              edits: item.edits.map {
                $0.replacement.isEmpty && $0.range.upperBound < document.source.bytes.count
                  ? SourceEdit(
                    range: $0.range.lowerBound..<$0.range.upperBound + 1, replacement: []) : $0
              })
          }
        }
      ),
      ("does nothing", { _, changes in changes.map { PrefsKeyEdits(key: $0.key, edits: []) } }),
      (
        "spells integers as strings",
        { document, changes in
          try document.edits(
            applying: changes.map { change in
              guard case .int(let number)? = change.value else { return change }
              return PrefsChange(change.key, .string("\(number)"))
            })
        }
      ),
    ]
    for (name, breakage) in breakages {
      var random = SeededGenerator(seed: 45)
      var caught = false
      for _ in 0..<400 where !caught {
        let generated = GeneratedPrefs(&random)
        let changes = changes(for: generated, &random)
        // An edit that cannot be made at all is caught as well.
        caught =
          ((try? prefsLawViolations(generated, changes, editing: breakage)) ?? ["threw"]).isEmpty
          == false
      }
      #expect(caught, "\(name)")
    }
  }

  @Test func `the reversing law sees a changed byte`() throws {
    let source = SourceText(utf8("abc"))
    let edits = [SourceEdit(range: 1..<2, replacement: utf8("X"))]
    #expect(editLawViolations(source, edits, result: utf8("aXc")).isEmpty)
    #expect(!editLawViolations(source, edits, result: utf8("aXd")).isEmpty)
    #expect(!editLawViolations(source, edits, result: utf8("AXc")).isEmpty)
    #expect(!editLawViolations(source, edits, result: utf8("abc")).isEmpty)
  }

  // MARK: Hostile input

  @Test func `random mutations never crash`() throws {
    var random = SeededGenerator(seed: 46)
    var sound = 0
    for _ in 0..<20_000 {
      let bytes = random.mutating(GeneratedPrefs(&random).bytes)
      let (document, errors) = PrefsDocument.parseRecovering(bytes)
      for error in errors { #expect(error.excerpt.utf8.count < 2_000) }
      guard document.isSound else {
        #expect((try? PrefsDocument(parsing: bytes)) == nil)
        continue
      }
      sound += 1
      let changes = [
        PrefsChange("a", nil), PrefsChange("zz", .bool(true)), PrefsChange("mm", .int(1)),
      ]
      guard let batch = try? document.edits(applying: changes) else { continue }
      let after = try PrefsDocument(parsing: document.source.applying(batch.flatMap(\.edits)))
      #expect(
        after["a"] == nil && after["zz"] == .bool(true) && after["mm"] == .int(1),
        "\(PrintableText.escaping(bytes))")
    }
    // Enough on both sides to mean something.
    #expect(sound > 2_000 && sound < 18_000)
  }
}
