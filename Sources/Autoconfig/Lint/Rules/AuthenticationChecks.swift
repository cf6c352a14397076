import ConfigFormats
import ProfileRewriter

/// Rules about how users log in.
enum AuthenticationChecks: LintCheck {
  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    for server in providers.flatMap(\.mailServers) {
      let all = server.all("authentication")
        .filter { document.elements[$0].attributes.isEmpty }
        .map { (index: $0, name: document.elements[$0].trimmedText) }
        .filter { !$0.name.isEmpty }
      guard let first = all.first else { continue }
      for (index, name) in all { check(name, index, of: server, &document) }
      checkUsable(all.map(\.name), document.textPlace(first.index), of: server, &document)
    }
  }

  private static func check(
    _ name: String, _ index: Int, of server: ServerElement, _ document: inout LintedDocument
  ) {
    if let new = UsableAuthentication.old[name] {
      document.report(
        .authenticationOld, at: document.textPlace(index), "\(name) is an old name", fix: new)
    } else if AuthMethod(rawValue: name) == nil || name == "none",
      server.isIncoming || !UsableAuthentication.withoutLogin.contains(name)
    {
      let known = AuthMethod.allCases.filter { $0 != .none }.map(\.rawValue)
      document.report(
        .authenticationUnknown, at: document.textPlace(index),
        "no client knows the authentication \(name.printable) for \(server.name)",
        fix: Spelling.nearest(to: name, of: known))
    }
  }

  private static func checkUsable(
    _ names: [String], _ place: Int, of server: ServerElement, _ document: inout LintedDocument
  ) {
    if names.allSatisfy({ $0 == AuthMethod.tlsClientCertificate.rawValue }) {
      document.report(
        .clientCertificateOnly, at: place, "\(server.name) takes a client certificate only")
      return
    }
    let host = server.first("hostname").map { document.elements[$0].trimmedText }
    let usable = UsableAuthentication(names, kind: server.kind, host: host)
    if let problem = usable.problem(of: server.name) {
      document.report(.authenticationUnusable, at: place, problem, fix: "password-cleartext")
    } else if names.allSatisfy({ $0 == "OAuth2" }) {
      document.report(.oauth2Only, at: place, "\(server.name) takes OAuth2 only")
    } else if names.contains("OAuth2"), !usable.knowsHost {
      document.report(
        .oauth2HostUnknown, at: place, "Thunderbird passes OAuth2 over for \(server.name)")
    }
  }
}
