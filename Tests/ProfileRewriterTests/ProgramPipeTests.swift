import Foundation
import ProfileRewriter
import Testing

@Suite struct ProgramPipeTests {
  @Test func bothEndsAreClosedInProgramsThatAreStarted() throws {
    let pipe = try ProgramPipe()
    defer {
      close(pipe.reads)
      close(pipe.writes)
    }
    for end in [pipe.reads, pipe.writes] { #expect(fcntl(end, F_GETFD) == FD_CLOEXEC) }
    #expect(write(pipe.writes, "x", 1) == 1)
    var byte: UInt8 = 0
    #expect(read(pipe.reads, &byte, 1) == 1)
    #expect(byte == UInt8(ascii: "x"))
  }
}
