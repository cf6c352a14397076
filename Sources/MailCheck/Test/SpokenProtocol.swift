/// What a server speaks, by its first words.
enum SpokenProtocol {
  /// Its name for people; nil where the words tell nothing, or what was expected.
  static func other(than kind: TestService.Kind, _ words: [UInt8]) -> String? {
    guard let known = names.first(where: { words.starts(with: $0.prefix.utf8) }),
      !known.kinds.contains(kind)
    else { return nil }
    return known.name
  }

  /// IMAP: RFC 9051, 7.1; POP3: RFC 1939, 4; SMTP and FTP: RFC 5321 and RFC 959, 4.2; SSH: RFC 4253, 4.2.
  private static let names: [(prefix: String, name: String, kinds: [TestService.Kind])] = [
    ("* OK", "IMAP", [.imap]), ("* PREAUTH", "IMAP", [.imap]), ("* BYE", "IMAP", [.imap]),
    ("+OK", "POP3", [.pop3]), ("-ERR", "POP3", [.pop3]), ("220", "SMTP or FTP", [.smtp]),
    ("554", "SMTP", [.smtp]), ("421", "SMTP or FTP", [.smtp]),
    ("HTTP/", "HTTP, as web servers do", []), ("SSH-", "SSH", []),
    ("\"IMPLEMENTATION\"", "ManageSieve", []),
  ]
}
