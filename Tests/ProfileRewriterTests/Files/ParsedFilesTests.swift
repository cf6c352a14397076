import Testing

@testable import ProfileRewriter

@Suite struct ParsedFilesTests {
  @Test func theSameBytesAreParsedOnce() throws {
    let parsed = ParsedFiles()
    let path: RelativePath = "a.xml"
    let other: RelativePath = "b.xml"
    var count = 0
    func ask(_ path: RelativePath, _ bytes: [UInt8]) -> [UInt8] {
      parsed.document(at: path, bytes) { bytes in
        count += 1
        return bytes.reversed()
      }
    }
    #expect(ask(path, [1, 2]) == [2, 1])
    #expect(ask(path, [1, 2]) == [2, 1])
    #expect(count == 1)
    // What somebody has changed since is never taken for what it was.
    #expect(ask(path, [1, 3]) == [3, 1])
    #expect(ask(path, [1, 2]) == [2, 1])
    #expect(ask(other, [1, 2]) == [2, 1])
    #expect(count == 4)
    parsed.forget()
    #expect(ask(other, [1, 2]) == [2, 1])
    #expect(count == 5)
  }

  @Test func whatFailsIsNotKept() throws {
    let parsed = ParsedFiles()
    let path: RelativePath = "a.xml"
    for _ in 0..<2 {
      #expect(throws: Refusal.self) {
        try parsed.document(at: path, [1]) { (_) throws(Refusal) -> Int in
          throw Refusal(.syntax, "no")
        }
      }
    }
    #expect(parsed.document(at: path, [1]) { _ in 7 } == 7)
  }
}
