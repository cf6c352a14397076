import MailFormats
import Testing

@Suite struct MozillaHeadersTests {
  @Test func theLeadingBlockIsNoPartOfTheMessage() {
    let text = """
      X-Account-Key: account1
      X-UIDL: 1700032400.M000009.lab
      X-Mozilla-Status: 1007
      X-Mozilla-Status2: 00200000
      X-Mozilla-Keys: $label1 foo  foo     \n
      """
    let read = headers(text + "X-UIDL: of the sender\nSubject: x\n\nbody\n")
    #expect(read.length == text.utf8.count)
    #expect(read.flags == [.seen, .answered, .flagged, .forwarded])
    #expect(read.keywords == [Array("$label1".utf8), Array("foo".utf8)])
    #expect(read.uidl == Array("1700032400.M000009.lab".utf8))
  }

  /// Seen with Thunderbird 153: such lines among a message's own are heeded, and stay.
  @Test func linesFurtherDownCountAndStay() {
    let read = headers("Subject: x\nX-Mozilla-Status: 0009\nX-Mozilla-Keys: late\n\n")
    #expect(read.length == 0)
    #expect(read.flags == [.seen, .deleted])
    #expect(read.keywords == [Array("late".utf8)])
  }

  @Test func linesThatAreWrittenAreRead() {
    let marks = MessageMarks(
      flags: [.seen, .flagged, .forwarded], keywords: [Array("$label2".utf8), Array("x".utf8)])
    let lines = MozillaHeaders.lines(for: marks)
    let read = headers(String(decoding: lines, as: UTF8.self) + "Subject: x\n\n")
    #expect(read.flags == marks.flags)
    #expect(read.keywords == marks.keywords)
    #expect(read.length == lines.count)
  }

  @Test func messageIDs() {
    #expect(id("Subject: x\nMESSAGE-ID:\r\n <a@b>\r\n\r\n") == "a@b")
    #expect(id("Message-Id: bare@id \n\n") == "bare@id")
    #expect(id("Subject: x\n\nMessage-ID: <in@body>\n") == nil)
    #expect(id("Message-ID: <>\n\n") == nil)
  }

  private func headers(_ text: String) -> MozillaHeaders {
    Array(text.utf8).withUnsafeBytes { MozillaHeaders($0) }
  }

  private func id(_ text: String) -> String? {
    Array(text.utf8).withUnsafeBytes { HeaderBlock($0).messageID }
      .map { String(decoding: $0, as: UTF8.self) }
  }
}
