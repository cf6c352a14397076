import ConfigFormats
import ProfileRewriter

/// Rules about how the connection is protected.
enum SocketTypeChecks: LintCheck {
  private static let meant = [
    "ssl": "SSL", "tls": "SSL", "ssl/tls": "SSL", "starttls": "STARTTLS", "none": "plain",
    "plain": "plain",
  ]

  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    for server in providers.flatMap(\.mailServers) {
      for index in server.all("socketType") { check(index, of: server, &document) }
    }
  }

  private static func check(
    _ index: Int, of server: ServerElement, _ document: inout LintedDocument
  ) {
    let text = document.elements[index].trimmedText
    guard !text.isEmpty else { return }
    let place = document.textPlace(index)
    switch TransportSecurity(socketType: text) {
    case nil:
      document.report(
        .socketTypeUnknown, at: place, "no client knows the socketType \(text.printable)",
        fix: meant[text.lowercased()])
    case .some(.none):
      document.report(
        server.kind == .pop3 ? .plainSocketPOP3 : .plainSocket, at: place,
        "\(server.name) is used without TLS", fix: "SSL or STARTTLS")
    default: break
    }
  }
}
