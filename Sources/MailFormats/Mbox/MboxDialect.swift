/// How the messages of one file are told apart.
public enum MboxDialect: Sendable, Hashable {
  /// As Thunderbird 153 reads its own store (seen with it; docs/backup.md lists the trials): a line
  /// that begins with "From ", in a body, is a separator if two header fields follow it, whatever
  /// else is on it and whatever stands before it. Body lines that would begin so are written with
  /// one ">" more.
  case thunderbird
  /// A line that begins with "From " after an empty one, or at the start of the file. All other
  /// lines that would begin so carry ">".
  case mboxrd
}
