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
