import Glibc

/// Makes every line end CRLF, as IMAP wants it, piece by piece. A CR that no LF follows stays.
struct LineEnds {
  /// The last piece ended in CR.
  private var endedInCR = false

  /// Appends a piece to `output`.
  mutating func append(_ piece: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    guard let base = piece.baseAddress, !piece.isEmpty else { return }
    var start = 0
    while start < piece.count,
      let found = memchr(base + start, 10, piece.count - start)
    {
      let end = UnsafeRawPointer(found) - base
      let hasCR = end > start ? piece[end - 1] == 13 : start == 0 && endedInCR
      output.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece[start..<end]))
      if !hasCR { output.append(13) }
      output.append(10)
      start = end + 1
    }
    output.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece[start...]))
    endedInCR = piece[piece.count - 1] == 13
  }
}
