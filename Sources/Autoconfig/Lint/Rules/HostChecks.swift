import ConfigFormats

/// Rules about host names.
enum HostChecks: LintCheck {
  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    for index in providers.flatMap(\.mailServers).flatMap({ $0.all("hostname") }) {
      let host = document.elements[index].trimmedText
      // What is wrong with placeholders is said by their own rules.
      guard !host.isEmpty, PlaceholderText(host).problem == nil else { continue }
      let place = document.textPlace(index)
      if !isLegal(host) {
        document.report(.hostInvalid, at: place, "\(host.printable) is no host name\(hint(host))")
      } else if Placeholder.lowercased(host) != host {
        document.report(
          .hostUpperCase, at: place, "upper case in \(host.printable)",
          fix: Placeholder.lowercased(host))
      }
    }
  }

  private static func isLegal(_ host: String) -> Bool {
    MailAddress("user@example.com").map { HostNames.isLegal($0.expanding(host)) } ?? false
  }

  private static func hint(_ host: String) -> String {
    if host.contains("://") { return ": an address has no place here" }
    if host.contains(where: \.isWhitespace) { return ": it has blanks in it" }
    if host.contains(":") { return ": the port has an element of its own" }
    if host.contains("@") || host.contains(Placeholder.address) { return ": it has an @ in it" }
    if !host.utf8.allSatisfy({ $0 < 0x80 }) { return ": write its ASCII form (xn--…)" }
    return ""
  }
}
