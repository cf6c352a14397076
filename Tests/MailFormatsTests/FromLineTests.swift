import MailFormats
import Testing

@Suite struct FromLineTests {
  @Test func whatIsWrittenIsRead() {
    let line = FromLine.line(1_795_488_231, isUTC: false)
    #expect(line.withUnsafeBytes { FromLine.date($0) } == 1_795_488_231)
    #expect(
      FromLine.line(1_795_488_231, isUTC: true) == Array("From - Tue Nov 24 02:43:51 2026\n".utf8))
  }

  @Test(arguments: [
    "From x", "From - Tue Nov 24 2:43 2026", "From - Tue Foo 24 02:43:51 2026", "From ",
    "From - Tue Nov 99 02:43:51 2026",
  ])
  func anythingElseHasNoDate(_ line: String) {
    #expect(Array(line.utf8).withUnsafeBytes { FromLine.date($0) } == nil)
  }
}
