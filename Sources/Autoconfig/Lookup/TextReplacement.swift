/// What a plain text replacement in an account's settings (`s/pop/imap/` on the host) would have
/// made of it: the measure of what looking settings up is worth.
public enum TextReplacement {
  /// The host that the replacement gives: the first "pop" becomes "imap"; without one it stays.
  public static func host(for popHost: String) -> String {
    let host = HostName.normalized(popHost)
    guard let range = host.firstRange(of: "pop") else { return host }
    return host.replacingCharacters(in: range, with: "imap")
  }

  /// Whether the account would have ended on a host that has no IMAP server of the provider's.
  /// - Parameters:
  ///   - popHost: the host that the account gets its mail from now.
  ///   - imap: the hosts of the provider's IMAP servers, all of them. Without any nothing can be
  ///     said, and the answer is false.
  public static func isWrong(popHost: String, imap: some Sequence<String>) -> Bool {
    let hosts = Set(imap.map(HostName.normalized))
    return !hosts.isEmpty && !hosts.contains(host(for: popHost))
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
