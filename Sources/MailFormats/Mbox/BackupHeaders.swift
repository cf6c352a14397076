/// The lines that a backup's mbox has before each message: what Python's mailbox, mutt and Dovecot read
/// (Status, X-Status, X-Keywords), and what Thunderbird does. Always these six in this order, so that
/// they can be told from the message's own.
public enum BackupHeaders {
  public static func lines(for marks: MessageMarks) -> [UInt8] {
    let flags = marks.flags
    var letters = ""
    if flags.contains(.answered) { letters += "A" }
    if flags.contains(.flagged) { letters += "F" }
    if flags.contains(.deleted) { letters += "D" }
    if flags.contains(.draft) { letters += "T" }
    let keywords = Array(marks.keywords.joined(separator: [UInt8(ascii: " ")]))
    return Array(
      "Status: \(flags.contains(.seen) ? "RO" : "O")\nX-Status: \(letters)\nX-Keywords: ".utf8)
      + keywords + [ByteSearch.newline] + MozillaHeaders.lines(for: marks)
  }

  private static let names: [StaticString] = [
    "Status", "X-Status", "X-Keywords", "X-Mozilla-Status", "X-Mozilla-Status2", "X-Mozilla-Keys",
  ]

  /// Bytes of the six lines at a message's start; nil where they are not there.
  public static func length(_ head: UnsafeRawBufferPointer) -> Int? {
    let block = HeaderBlock(head)
    var seen = 0
    var length = 0
    block.forEachField { name, body in
      guard seen < names.count, block.isName(name, names[seen]) else { return false }
      seen += 1
      length = body.upperBound
      return seen < names.count
    }
    return seen == names.count ? length : nil
  }
}
