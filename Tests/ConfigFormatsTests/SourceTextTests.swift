import Testing

@testable import ConfigFormats

@Suite struct SourceTextTests {
  @Test func `edits apply in any order and insertions at one place in the given one`() throws {
    let source = SourceText(utf8("abcdef"))
    let edits = [
      SourceEdit(range: 4..<5, replacement: utf8("E")),
      SourceEdit(range: 2..<2, replacement: utf8("1")),
      SourceEdit(range: 2..<2, replacement: utf8("2")),
      SourceEdit(range: 0..<2, replacement: []),
    ]
    let result = try source.applying(edits)
    #expect(text(result) == "12cdEf")
    #expect(try SourceText(result).applying(source.reversing(edits)) == source.bytes)
  }

  @Test func `edits that touch or lie outside are refused`() {
    let source = SourceText(utf8("abc"))
    #expect(throws: SourceEditError.overlapping(at: 1)) {
      try source.applying([
        SourceEdit(range: 0..<2, replacement: []), SourceEdit(range: 1..<3, replacement: []),
      ])
    }
    #expect(throws: SourceEditError.outOfBounds(2..<4, count: 3)) {
      try source.applying([SourceEdit(range: 2..<4, replacement: [])])
    }
  }

  @Test func `positions agree with a plain count`() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<400 {
      let bytes = (0..<random.below(40)).map { _ in
        random.pick([10, 13, 97, 0xC3, 0xA9, 0xFF]) as UInt8
      }
      let source = SourceText(bytes)
      for offset in 0...bytes.count {
        let (line, start) = plainLine(bytes, offset)
        let position = source.position(at: offset)
        #expect(position.line == line, "\(bytes) at \(offset)")
        #expect(
          position.column == plainColumn(Array(bytes[start..<offset])), "\(bytes) at \(offset)")
      }
    }
  }

  private func plainLine(_ bytes: [UInt8], _ offset: Int) -> (Int, Int) {
    var (line, start) = (1, 0)
    for index in 0..<offset
    where bytes[index] == 10
      || (bytes[index] == 13 && !(index + 1 < bytes.count && bytes[index + 1] == 10))
    {
      (line, start) = (line + 1, index + 1)
    }
    return (line, start)
  }

  private func plainColumn(_ bytes: [UInt8]) -> Int {
    var (column, index) = (1, 0)
    while index < bytes.count {
      index += bytes[index] == 0xC3 && index + 1 < bytes.count && bytes[index + 1] == 0xA9 ? 2 : 1
      column += 1
    }
    return column
  }

  @Test func `the dominant line end is found`() {
    #expect(SourceText([]).lineEnding == .lf)
    #expect(SourceText(utf8("a")).lineEnding == .lf)
    #expect(SourceText(utf8("a\nb\r\nc\r\n")).lineEnding == .crlf)
    #expect(SourceText(utf8("a\r\nb\n")).lineEnding == .crlf)
    #expect(SourceText(utf8("a\rb\rc\n")).lineEnding == .cr)
    #expect(SourceText(utf8("a\r\n\n\n")).lineEnding == .lf)
  }

  @Test func `an outline shows no letter of a line but a preference's name`() {
    func outline(_ text: String, at offset: Int = 3) -> String {
      SourceText(Array(text.utf8)).syntaxError(at: offset, problem: "", expected: "").outline
    }
    #expect(
      outline(#"user_pref("mail.x.password", "se\u0063ret1é"#)
        == #"user_pref("mail.x.password", "xx\xxxxxxxxxx"# + "\n   ^")
    #expect(outline(#"user_pref("s3cret", 1);"#) == #"xxxx_xxxx("xxxxxx", x);"# + "\n   ^")
    #expect(outline("Token=c2Vj+/=") == "xxxxx=xxxx+/=\n   ^")
    #expect(outline("a\u{0}b\u{202e}", at: 2) == #"x\u{0000}x\u{202E}"# + "\n         ^")
  }

  @Test func `an excerpt puts the caret under the place`() {
    let source = SourceText(utf8("first\nsecond line\r\nthird"))
    #expect(source.excerpt(at: 13) == "second line\n       ^")
    #expect(source.excerpt(at: 0) == "first\n^")
    #expect(source.excerpt(at: 17) == "second line\n           ^")
    #expect(source.excerpt(at: source.bytes.count) == "third\n     ^")
  }

  @Test func `nothing in an excerpt acts on a terminal`() {
    let bytes = utf8("a\u{1B}[31m\u{202E}\t") + [0xE9] + utf8("é\u{2028}ж!")
    let source = SourceText(bytes)
    #expect(
      source.excerpt(at: bytes.count - 1)
        == #"a\u{001B}[31m\u{202E}\t\xE9é\u{2028}ж!"# + "\n" + String(repeating: " ", count: 37)
        + "^")
    #expect(
      PrintableText.escaping(utf8("x\u{0}\u{7F}\u{85}\u{FEFF}y\r\n"))
        == #"x\u{0000}\u{007F}\u{0085}\u{FEFF}y\r\n"#)
  }

  @Test func `a long line is cut to a window around the caret`() {
    let line = String(repeating: "ab", count: 5_000) + "X" + String(repeating: "cd", count: 5_000)
    let excerpt = SourceText(utf8("first\n" + line + "\nlast")).excerpt(at: 6 + 10_000)
    let lines = excerpt.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
    #expect(lines.count == 2)
    #expect(lines[0].count == 78)
    #expect(lines[0].first == "…" && lines[0].last == "…")
    #expect(lines[0][lines[1].count - 1] == "X")
    let start = SourceText(utf8(line)).excerpt(at: 2).split(separator: "\n")
    #expect(start[0].hasPrefix("abab") && start[0].hasSuffix("…") && start[1] == "  ^")
    let end = SourceText(utf8(line)).excerpt(at: line.utf8.count).split(separator: "\n")
    #expect(end[0].hasPrefix("…") && end[0].hasSuffix("cdcd"))
    #expect(end[1].count == end[0].count + 1)
  }

  @Test func `excerpts of random bytes never fail and stay printable`() {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<2_000 {
      let bytes = (0..<random.below(300)).map { _ in
        random.chance(60) ? 97 : UInt8(truncatingIfNeeded: random.next())
      }
      let offset = random.below(bytes.count + 1)
      let lines = SourceText(bytes).excerpt(at: offset, width: 40).split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count == 2)
      #expect(lines[0].unicodeScalars.count <= 40)
      #expect(lines[1].unicodeScalars.count <= lines[0].unicodeScalars.count + 1)
      #expect(lines[0].unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }
  }
}
