import MailFormats
import Testing

@Suite struct MHTests {
  private static func words(_ words: [UInt32], swapped: Bool = false) -> [UInt8] {
    words.flatMap { word in
      withUnsafeBytes(of: swapped ? word.bigEndian : word.littleEndian) { Array($0) }
    }
  }

  @Test(arguments: [false, true]) func marks(swapped: Bool) throws {
    let bytes = Self.words(
      [2, 1, 0x4003, 2, 0, 3, 0b11_1110, 2, 0b100, 4, 5 << 7], swapped: swapped)
    let marks = try #require(MHMarks(bytes + [1, 2, 3]))
    #expect(marks.flags(of: 1) == [])
    // The last that is said holds.
    #expect(marks.flags(of: 2) == [.seen, .flagged])
    #expect(marks.flags(of: 3) == [.flagged, .deleted, .answered, .forwarded])
    #expect(marks.flags(of: 5) == nil)
    #expect(marks.label(of: 4, upTo: 7) == 5)
    #expect(marks.label(of: 3, upTo: 7) == nil)
  }

  @Test func anotherVersionIsDiscarded() {
    #expect(MHMarks(Self.words([3, 1, 0])) == nil)
    #expect(MHMarks([2, 0, 0]) == nil)
    #expect(ClawsTags(Self.words([2, 1, 7])) == nil)
  }

  @Test func tags() throws {
    let none = UInt32.max
    let bytes = Self.words([1, 1, 7, 9, 7, none, 2, none, 3, 8, none, 3, 5, none, 4, 6])
    let tags = try #require(ClawsTags(bytes)).tags
    #expect(tags == [1: [7, 9], 3: [5], 4: [6]])
  }

  @Test(arguments: [
    ("1", 1), ("2147483647", 2_147_483_647), ("2147483648", nil), ("0", nil), ("007", nil),
    ("", nil), ("1.bak", nil), (".claws_mark", nil), ("99999999999", nil), ("-1", nil),
  ])
  func names(name: String, number: UInt32?) {
    #expect(MHName.number(Array(name.utf8)) == number)
  }
}
