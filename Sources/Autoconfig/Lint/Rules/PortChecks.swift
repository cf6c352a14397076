import ConfigFormats
import ProfileRewriter

/// Rules about ports. Assignments: RFC 8314 and the IANA registry of service names.
enum PortChecks: LintCheck {
  private struct Assignment {
    var kind: ServerKind
    var implicitTLS: Bool
  }

  private static let assignments: [Int: Assignment] = [
    993: Assignment(kind: .imap, implicitTLS: true),
    143: Assignment(kind: .imap, implicitTLS: false),
    995: Assignment(kind: .pop3, implicitTLS: true),
    110: Assignment(kind: .pop3, implicitTLS: false),
    465: Assignment(kind: .smtp, implicitTLS: true),
    587: Assignment(kind: .smtp, implicitTLS: false),
    25: Assignment(kind: .smtp, implicitTLS: false),
  ]

  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    for server in providers.flatMap(\.mailServers) {
      guard let index = server.first("port"), let kind = server.kind else { continue }
      let text = document.elements[index].trimmedText
      guard !text.isEmpty else { continue }
      let place = document.textPlace(index)
      guard let port = number(text) else {
        document.report(.portInvalid, at: place, "\(text.printable) is no port")
        continue
      }
      let names = server.all("socketType").map { [document] in document.elements[$0].trimmedText }
      let security = names.lazy.compactMap { TransportSecurity(socketType: $0) }.first
      for problem in problems(port, kind, security) {
        document.report(problem.rule, at: place, problem.text, fix: problem.fix)
      }
    }
  }

  private static func number(_ text: String) -> Int? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(text),
      (1...65535).contains(port)
    else { return nil }
    return port
  }

  /// What is wrong with a port for a protocol and its way of TLS.
  static func problems(
    _ port: Int, _ kind: ServerKind, _ security: TransportSecurity?
  ) -> [(rule: LintRule, text: String, fix: String?)] {
    let name = kind.rawValue.uppercased()
    let usual = usualPort(kind, security)
    guard let assigned = assignments[port] else {
      return [(.portUnusual, "port \(port) is assigned to no mail protocol", usual)]
    }
    guard assigned.kind == kind else {
      let other = assigned.kind.rawValue.uppercased()
      return [(.portProtocol, "port \(port) belongs to \(other), not to \(name)", usual)]
    }
    if let security, assigned.implicitTLS != (security == .tls) {
      let way = assigned.implicitTLS ? "TLS from the start (SSL)" : "STARTTLS"
      return [(.portSecurity, "port \(port) is for \(way), not for \(word(security))", usual)]
    }
    return port == 25 ? [(.port25, "port 25 is for mail between servers", usual)] : []
  }

  private static func word(_ security: TransportSecurity) -> String {
    switch security {
    case .tls: "SSL"
    case .starttls: "STARTTLS"
    case .none: "plain"
    }
  }

  private static func usualPort(_ kind: ServerKind, _ security: TransportSecurity?) -> String {
    let isTLS = (security ?? .tls) == .tls
    return switch kind {
    case .imap: isTLS ? "993" : "143"
    case .pop3: isTLS ? "995" : "110"
    case .smtp: isTLS ? "465" : "587"
    }
  }
}
