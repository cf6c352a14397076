import MailFormats
import Testing

@Suite struct MessageMarksTests {
  @Test func flagsAreDistinct() {
    let all: [MessageFlags] = [.seen, .answered, .flagged, .deleted, .draft, .forwarded]
    #expect(Set(all.map(\.rawValue)).count == all.count)
    #expect(all.reduce(into: MessageFlags()) { $0.formUnion($1) }.rawValue == 0b11_1111)
  }
}
