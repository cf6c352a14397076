import ArgumentParser
import Autoconfig
import ConfigFormats
import Glibc
import ProfileRewriter

/// What --imap-host takes: what a client's files can hold as a server's name (``ServerHostName``). For all
/// else it is said what to write instead.
enum WantedHost {
  static func require(_ text: String) throws(ValidationError) {
    guard !ServerHostName.isValid(text.lowercased()) else { return }
    let shown = text.unicodeScalars.count > 80 ? String(text.prefix(80)) + "…" : text
    throw ValidationError("--imap-host \"\(shown.printable)\": \(advice(text))")
  }

  private static func advice(_ text: String) -> String {
    if isIPv6(text) {
      return "an IPv6 address cannot stand in a client's settings here; give the server's name"
    }
    if let (host, port) = parts(text) {
      return "the port has an option of its own: --imap-host \(host) --imap-port \(port)"
    }
    if text.hasSuffix("."), ServerHostName.isValid(text.dropLast().lowercased()) {
      return "leave out the full stop at the end: --imap-host \(text.dropLast())"
    }
    if !text.utf8.allSatisfy({ $0 < 0x80 }), let name = try? DomainName(text) {
      return "clients keep such a name in its form for DNS: --imap-host \(name.ascii)"
    }
    return
      "it takes the name of a server (letters, digits, \"-\", \"_\" and \".\") or an IPv4 address, and "
      + "nothing besides"
  }

  /// A host and the port behind it.
  private static func parts(_ text: String) -> (host: String, port: Int)? {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (1...65535).contains(port), ServerHostName.isValid(text[..<colon].lowercased())
    else { return nil }
    return (String(text[..<colon]), port)
  }

  /// Also in brackets, with a port or a zone behind it.
  private static func isIPv6(_ text: String) -> Bool {
    var address = text[...]
    if address.first == "[" {
      address = address.dropFirst().prefix { $0 != "]" }
    }
    address = address.prefix { $0 != "%" }
    var binary = in6_addr()
    return !address.utf8.contains(0) && inet_pton(AF_INET6, String(address), &binary) == 1
  }
}

/// What --username takes: a name for one account, or a pattern with the placeholders of autoconfig files.
enum WantedUsername {
  private static let placeholders = ["%EMAILADDRESS%", "%EMAILLOCALPART%", "%EMAILDOMAIN%"]

  static func require(_ text: String) throws(ValidationError) {
    guard !text.isEmpty else {
      throw ValidationError(
        "--username is empty; leave it out to keep the user name that the account has")
    }
    guard text.printable == text else {
      throw ValidationError("--username takes text without control characters")
    }
    let rest = placeholders.reduce(text) { $0.replacing($1, with: "") }
    guard !looksLikePlaceholder(rest) else {
      throw ValidationError(
        "--username \"\(text)\" has a % that belongs to none of \(placeholders.joined(separator: ", ")); they are "
          + "written in capitals")
    }
  }

  /// Some providers' user names have a % in them ("alice%example.net"), and those are taken as they are.
  private static func looksLikePlaceholder(_ text: String) -> Bool {
    text.uppercased().contains("%EMAIL")
      || text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().dropLast()
        .contains { part in
          part.utf8.allSatisfy { (0x41...0x5A).contains($0 & 0xDF) }
        }
  }
}
