import Testing

@testable import ProfileRewriter

@Suite struct ByteStringsTests {
  private static func strings(_ texts: [String]) -> ByteStrings {
    ByteStrings(texts.map { Array($0.utf8) })
  }

  private static func texts(_ strings: ByteStrings) -> [String] {
    strings.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [[], ["/a"], ["/b", "", "/a", "/b"], ["", ""]])
  func whatIsPutInComesOut(_ texts: [String]) {
    let strings = Self.strings(texts)
    #expect(Self.texts(strings) == texts)
    #expect(strings.count == texts.count)
    #expect(Array(strings.dropFirst(1)) == texts.dropFirst(1).map { Array($0.utf8) })
  }

  @Test func oneIsFoundAsAWhole() {
    let strings = Self.strings(["/home/a", "/home/bc"])
    #expect(strings.contains(Array("/home/bc".utf8)))
    for other in ["/home/b", "/home/abc", "/home/a/home/bc", ""] {
      #expect(!strings.contains(Array(other.utf8)), "\(other)")
    }
  }

  /// Also where two have the same letters, divided otherwise.
  @Test(arguments: [
    (["/a", "/b", "/c"], ["/a", "/b", "/c"]),
    (["/c", "/a", "/c", "/b", "/a", "/c"], ["/c", "/a", "/b"]),
    (["/a", "/a"], ["/a"]), (["/b", "/a"], ["/b", "/a"]),
    (["ab", "c", "a", "bc"], ["ab", "c", "a", "bc"]),
    (["/a/b", "/a", "/a\u{1}", "/a/b"], ["/a/b", "/a", "/a\u{1}"]),
  ]) func eachStaysOnceWhereItStoodFirst(_ given: [String], _ expected: [String]) {
    #expect(Self.texts(Self.strings(given).withoutRepetitions()) == expected)
  }

  @Test func anyListIsWhatASetMakesOfIt() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let given = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
        String(repeating: "a", count: Int.random(in: 0..<4))
          + ["", "b", "c"][Int.random(in: 0..<3)]
      }
      var seen: Set<String> = []
      let expected = given.filter { seen.insert($0).inserted }
      let strings = Self.strings(given)
      #expect(Self.texts(strings.withoutRepetitions()) == expected, "\(given)")
      let order = strings.sortedPlaces()
      for text in ["", "a", "aab", "b", "d"] {
        #expect(
          Array(strings.places(of: Array(text.utf8), in: order))
            == given.indices.filter { given[$0] == text }, "\(text) of \(given)")
      }
    }
  }
}
