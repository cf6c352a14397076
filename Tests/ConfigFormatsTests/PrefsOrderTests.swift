import Testing

@testable import ConfigFormats

@Suite("Prefs in the client's order")
struct PrefsOrderTests {
  /// All keys of up to three of these: some are the beginning of others, which go on with what comes
  /// before the closing quote, or after it.
  private static let keys: [[UInt8]] = {
    let letters = utf8("a !#.")
    var keys: [[UInt8]] = [[]]
    for _ in 0..<3 { keys += keys.flatMap { key in letters.map { key + [$0] } } }
    return Array(Set(keys.filter { !$0.isEmpty }))
  }()

  @Test("In a sorted file every key and every branch is found as in one that is not sorted")
  func sortedAndNot() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<40 {
      let chosen = Self.keys.filter { _ in random.chance(20) }
      // Some are named twice: the last counts.
      let names = chosen + chosen.filter { _ in random.chance(10) }
      let quoted = names.map(PrefSpelling.quoted).sorted { $0.lexicographicallyPrecedes($1) }
      let lines = quoted.enumerated().map { utf8("user_pref(") + $1 + utf8(", \($0));\n") }
      let sorted = try PrefsDocument(parsing: Array(lines.joined()))
      // A key that has to be decoded makes it a file that is walked through.
      let walked = try PrefsDocument(
        parsing: Array(lines.joined()) + utf8("user_pref('zz', 1);\n"))
      #expect(sorted.isSorted && !walked.isSorted)
      for key in Self.keys {
        #expect(sorted[keyBytes: key] == walked[keyBytes: key])
        #expect(sorted.keys(withPrefix: text(key)) == walked.keys(withPrefix: text(key)))
      }
      #expect(sorted.keys(withPrefix: "") == walked.keys(withPrefix: "").dropLast())
    }
  }

  @Test("With an index of its keys a file that is not sorted says what it says without")
  func indexedAndNot() throws {
    var random = SeededGenerator(seed: 8)
    var indexed = 0
    for _ in 0..<1_000 {
      let bytes = GeneratedPrefs(&random).bytes
      let walked = try PrefsDocument(parsing: bytes, indexedFrom: .max)
      let byIndex = try PrefsDocument(parsing: bytes, indexedFrom: 0)
      indexed += byIndex.byKey == nil ? 0 : 1
      let written = bytes.withUnsafeBufferPointer { buffer in
        Set(walked.statements.map { $0.key(in: buffer) })
      }
      for key in written.union(GeneratedPrefs.keys.map(utf8)) {
        #expect(byIndex[keyBytes: key] == walked[keyBytes: key])
        for prefix in [key, Array(key.dropLast())] {
          #expect(branch(prefix, of: byIndex) == branch(prefix, of: walked))
        }
        guard let name = String(validating: key, as: UTF8.self), !name.isEmpty else { continue }
        #expect(byIndex.defaultValue(forKey: name) == walked.defaultValue(forKey: name))
        let deletion = try? walked.edits(applying: [PrefsChange(name, nil)])
        #expect((try? byIndex.edits(applying: [PrefsChange(name, nil)])) == deletion)
      }
    }
    #expect(indexed > 300)
  }

  private func branch(_ prefix: [UInt8], of document: PrefsDocument) -> [[UInt8]] {
    var keys: [[UInt8]] = []
    document.forEachUserKey(withPrefix: prefix) { keys.append($0) }
    return keys
  }

  @Test("A key of a large file that is not sorted is looked up in an index")
  func manyAreIndexed() throws {
    let lines = (0..<PrefsKeyIndex.fewest).reversed().map { utf8("user_pref(\"\($0)\", \($0));\n") }
    let document = try PrefsDocument(parsing: Array(lines.joined()))
    #expect(document.byKey != nil && !document.isSorted)
    #expect(document["17"] == .int(17))
    #expect(document.keys(withPrefix: "199") == (1990...1999).reversed().map(String.init) + ["199"])
    #expect(try PrefsDocument(parsing: Array(lines.dropLast().joined())).byKey == nil)
  }

  @Test("A file with one line out of order, or a key spelled unusually, is not sorted")
  func notSorted() throws {
    for text in [
      "user_pref(\"b\", 1);\nuser_pref(\"a\", 2);\n", "user_pref('a', 1);\n",
      "user_pref(\"\\x61\", 1);\nuser_pref(\"b\", 2);\n",
      // What ends a key, its quote, stands before "#".
      "user_pref(\"a#\", 1);\nuser_pref(\"a\", 2);\n",
    ] {
      let document = try PrefsDocument(parsing: utf8(text))
      #expect(!document.isSorted)
      #expect(document[keyBytes: utf8("a")] != nil)
    }
  }
}
