import ConfigFormats
import ProfileRewriter

/// Rules about how users log in.
enum AuthenticationChecks: LintCheck {
  private static let old = ["plain": "password-cleartext", "secure": "password-encrypted"]
  private static let withoutLogin = ["none", "client-IP-address", "smtp-after-pop"]
  private static let android = ["OAuth2", "password-cleartext", "password-encrypted"]

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
    if let new = old[name] {
      document.report(
        .authenticationOld, at: document.textPlace(index), "\(name) is an old name", fix: new)
    } else if AuthMethod(rawValue: name) == nil || name == "none",
      server.isIncoming || !withoutLogin.contains(name)
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
    let knowsHost = knowsHost(of: server, document)
    let isForThunderbird = names.contains { name in
      name == "OAuth2"
        ? knowsHost
        : old[name] != nil || ["GSSAPI", "NTLM"].contains(name) || android.contains(name)
          || !server.isIncoming && withoutLogin.contains(name)
    }
    let isForAndroid = server.kind == .pop3 || names.contains(where: android.contains)
    if !isForThunderbird || !isForAndroid {
      let who = [
        isForThunderbird ? nil : "Thunderbird leaves \(server.name) out",
        isForAndroid ? nil : "Thunderbird for Android refuses the file",
      ].compactMap { $0 }.joined(separator: ", ")
      document.report(
        .authenticationUnusable, at: place, "no authentication that every client can use: \(who)",
        fix: "password-cleartext")
    } else if names.allSatisfy({ $0 == "OAuth2" }) {
      document.report(.oauth2Only, at: place, "\(server.name) takes OAuth2 only")
    } else if names.contains("OAuth2"), !knowsHost {
      document.report(
        .oauth2HostUnknown, at: place, "Thunderbird passes OAuth2 over for \(server.name)")
    }
  }

  private static func knowsHost(of server: ServerElement, _ document: LintedDocument) -> Bool {
    guard let host = server.first("hostname"), let type = server.type else { return false }
    return ThunderbirdOAuth2.knows(document.elements[host].trimmedText.lowercased(), type: type)
  }
}
