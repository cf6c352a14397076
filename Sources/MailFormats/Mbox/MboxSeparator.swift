/// What makes a line that begins with "From " a separator.
enum MboxSeparator {
  /// Whether an empty line, LF or CR LF, stands before `line`.
  static func isAfterEmptyLine(_ line: Int, in window: UnsafeRawBufferPointer) -> Bool {
    emptyLine(before: line, in: window) != nil
  }

  /// Where the empty line before `line` begins.
  static func emptyLine(before line: Int, in window: UnsafeRawBufferPointer) -> Int? {
    guard line >= 2, window[line - 1] == ByteSearch.newline else { return nil }
    if window[line - 2] == ByteSearch.newline { return line - 1 }
    guard line >= 3, window[line - 2] == UInt8(ascii: "\r"),
      window[line - 3] == ByteSearch.newline
    else { return nil }
    return line - 2
  }

  /// Whether two header fields follow the line at `line`: a name without blanks, a colon; the first
  /// may go on over several lines. nil where the window ends before that is known.
  ///
  /// Seen with Thunderbird 153: what else stands on the From_ line does not matter, one field alone
  /// is not enough, a name may hold any other character and the value be empty.
  static func isFollowedByHeaders(
    _ line: Int, in window: UnsafeRawBufferPointer, isEnd: Bool, within lookahead: Int
  ) -> Bool? {
    let isAll = isEnd || window.count - line >= lookahead
    // A store that was cut off right behind a line of its own: nothing else begins so, unquoted.
    let isCutOff =
      isEnd && window.count - line < lookahead && ByteSearch.stands("From - ", at: line, in: window)
    let window = UnsafeRawBufferPointer(
      rebasing: window[..<min(window.count, line + lookahead)])
    let unknown: Bool? = isAll ? isCutOff : nil
    guard let first = lineAfter(line, in: window) else { return unknown }
    guard let isField = beginsField(first, in: window) else { return unknown }
    guard isField else { return false }
    var next = first
    while true {
      guard let following = lineAfter(next, in: window), following < window.count else {
        return unknown
      }
      next = following
      guard window[next] == UInt8(ascii: " ") || window[next] == UInt8(ascii: "\t") else { break }
    }
    return beginsField(next, in: window) ?? unknown
  }

  private static func lineAfter(_ line: Int, in window: UnsafeRawBufferPointer) -> Int? {
    ByteSearch.index(of: ByteSearch.newline, in: window, from: line).map { $0 + 1 }
  }

  /// Whether a header field begins at `place`; nil where the window ends in its name.
  static func beginsField(_ place: Int, in window: UnsafeRawBufferPointer) -> Bool? {
    var index = place
    while index < window.count {
      let byte = window[index]
      if byte == UInt8(ascii: ":") { return index > place }
      if byte <= 0x20 || byte == 0x7F { return false }
      index += 1
    }
    return nil
  }
}
