import MailCheck
import MailFormats

/// Which flags and keywords a mailbox keeps, in IMAP's spelling.
struct KeywordChoice {
  private static let flags: [(MessageFlags, String)] = [
    (.seen, "\\Seen"), (.answered, "\\Answered"), (.flagged, "\\Flagged"), (.draft, "\\Draft"),
  ]

  /// In lower case; nil: all.
  private let kept: Set<String>?

  init(_ mailbox: IMAPSelected) {
    kept =
      mailbox.takesNewKeywords || mailbox.permanentFlags == nil
      ? nil
      : Set(
        (mailbox.permanentFlags ?? []).map { String(decoding: $0, as: UTF8.self).lowercased() })
  }

  /// - Returns: what may be set, and whether that is all there is.
  func flags(of marks: MessageMarks) -> (flags: [[UInt8]], areAll: Bool) {
    var flags = Self.flags.filter { marks.flags.contains($0.0) && keeps($0.1) }.map {
      Array($0.1.utf8)
    }
    var keywords = marks.keywords
    if marks.flags.contains(.forwarded), !keywords.contains(Array("$Forwarded".utf8)) {
      keywords.append(Array("$Forwarded".utf8))
    }
    let usable = keywords.filter { Self.isAtom($0) && keeps(String(decoding: $0, as: UTF8.self)) }
    flags += usable
    return (flags, usable.count == keywords.count)
  }

  private func keeps(_ flag: String) -> Bool { kept?.contains(flag.lowercased()) ?? true }

  /// RFC 9051: any printable ASCII but these.
  private static func isAtom(_ bytes: [UInt8]) -> Bool {
    !bytes.isEmpty
      && bytes.allSatisfy { (0x21...0x7e).contains($0) && !"(){%*\"\\]".utf8.contains($0) }
  }
}
