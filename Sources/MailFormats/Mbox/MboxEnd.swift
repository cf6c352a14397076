/// Where a message of an mbox ends: before the empty line that stands between it and the next.
package enum MboxEnd {
  /// Where the empty line before `place` begins; nil where there is none.
  package static func emptyLine(before place: Int, in window: UnsafeRawBufferPointer) -> Int? {
    MboxSeparator.emptyLine(before: place, in: window)
  }

  /// Whether the line that begins at `place` of a message is the first empty one.
  package static func endsHeaders(_ place: Int, in message: UnsafeRawBufferPointer) -> Bool {
    firstEmptyLine(message) == place
  }

  /// Whether a message has an empty line: the end of its headers.
  package static func hasEmptyLine(_ message: UnsafeRawBufferPointer) -> Bool {
    firstEmptyLine(message) != nil
  }

  private static func firstEmptyLine(_ message: UnsafeRawBufferPointer) -> Int? {
    var line = 0
    while let newline = ByteSearch.index(of: ByteSearch.newline, in: message, from: line) {
      if newline == line || (newline == line + 1 && message[line] == UInt8(ascii: "\r")) {
        return line
      }
      line = newline + 1
    }
    return nil
  }
}
