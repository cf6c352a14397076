import Testing

@testable import MailCheck

/// Names, dates and sets as the protocol has them.
@Suite struct IMAPSpellingTests {
  /// The first from RFC 3501, 5.1.3; the others by Dovecot's doveadm.
  @Test(arguments: [
    ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"), ("Entwürfe", "Entw&APw-rfe"),
    ("a & b", "a &- b"), ("😀", "&2D3eAA-"), ("", ""), ("ü", "&APw-"), ("ab", "ab"),
  ]) func `modified UTF-7`(_ name: String, _ spelled: String) {
    #expect(ModifiedUTF7.encode(name) == Array(spelled.utf8))
    #expect(ModifiedUTF7.decode(Array(spelled.utf8)) == name)
  }

  @Test(arguments: ["&", "&AP", "&APw", "&=-", "a\u{1}", "&2D0-", "&AA-"])
  func `what is none`(_ text: String) {
    #expect(ModifiedUTF7.decode(Array(text.utf8)) == nil)
  }

  @Test(
    arguments: [
      (0, " 1-Jan-1970 00:00:00 +0000"), (951_868_799, "29-Feb-2000 23:59:59 +0000"),
      (1_793_696_400, " 3-Nov-2026 09:00:00 +0000"), (-1, "31-Dec-1969 23:59:59 +0000"),
      (.max, "31-Dec-9999 23:59:59 +0000"), (.min, " 1-Jan-0001 00:00:00 +0000"),
    ] as [(Int64, String)]) func dates(_ seconds: Int64, _ text: String)
  {
    #expect(IMAPDate.text(seconds) == text)
  }

  @Test(
    arguments: [
      ([1, 2, 3, 5, 7, 8], "1:3,5,7:8"), ([4], "4"), ([], ""), ([9, 8], "8:9"),
    ] as [([UInt32], String)]) func sets(_ numbers: [UInt32], _ text: String)
  {
    #expect(IMAPSet.texts(numbers) == (text.isEmpty ? [] : [text]))
    if !text.isEmpty { #expect(IMAPSet.numbers(Array(text.utf8)) == numbers.sorted()) }
  }

  @Test func `sets are no longer than a line`() {
    #expect(IMAPSet.texts([1, 3, 5, 7, 9], count: 2) == ["1,3", "5,7", "9"])
  }

  @Test(arguments: ["", "a", "1,", "1:", "1:2:3", "1:4294967296", "1:4294967295"])
  func `no sets`(_ text: String) {
    #expect(IMAPSet.numbers(Array(text.utf8)) == nil)
  }

  /// Found by fuzzing: a server may say anything.
  @Test func `the highest number of all, twice`() {
    #expect(IMAPSet.texts([.max, 7, .max]) == ["7,4294967295,4294967295"])
  }
}
