import ConfigFormats
import ProfileRewriter

/// An autoconfig file (`clientConfig`, version 1.1 and the IETF draft after it), read for its
/// servers.
///
/// It is read as Thunderbird reads it: what is unknown is passed over, and a server that lacks
/// something or is not understood is left out, not the file. Sources:
/// draft-ietf-mailmaint-autoconfig and Thunderbird's readFromXML.sys.mjs.
public enum ClientConfigFile {
  /// The providers a file describes; there is one, unless it is odd.
  /// - Throws: `syntax` with the place for what is no XML or has a document type, and for XML that
  ///   is no autoconfig file.
  public static func read(_ bytes: [UInt8], name: String) throws(Refusal) -> [ProviderFacts] {
    let tree: XMLTree
    do {
      tree = try XMLTree(parsing: bytes)
    } catch {
      throw Refusal(.syntax, "\(name.printable), \(error.description)")
    }
    let providers = tree.root.elements("emailProvider")
    guard tree.root.name == "clientConfig", !providers.isEmpty else {
      throw Refusal(
        .syntax,
        "\(name.printable) is no autoconfig file: it has no emailProvider in a clientConfig")
    }
    return providers.map { facts(of: $0, in: tree.root) }
  }

  private static func facts(of provider: XMLElement, in root: XMLElement) -> ProviderFacts {
    let enable = provider.first("enable") ?? root.first("enable")
    return ProviderFacts(
      id: provider.attribute("id") ?? "",
      // Names of mail exchangers are nobody's address.
      domains: provider.elements("domain").filter { $0.attribute("purpose") != "mx" }
        .map { HostName.normalized($0.trimmedText) }.filter { !$0.isEmpty },
      servers: provider.elements.compactMap(offer),
      action: enable.map { instruction(in: $0) ?? "Turn access on at the provider first." },
      help: enable?.attribute("visiturl"),
      oauth2Issuer: root.first("oAuth2")?.first("issuer")?.trimmedText)
  }

  private static func instruction(in enable: XMLElement) -> String? {
    let all = enable.elements("instruction")
    let text = (all.first { $0.attribute("lang") == "en" } ?? all.first)?.trimmedText
    return text.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func offer(_ server: XMLElement) -> ServerOffer? {
    guard let kind = kind(of: server), let host = server.first("hostname")?.trimmedText,
      !host.isEmpty, !host.contains(where: { $0.isWhitespace || "/@".contains($0) }),
      let port = server.first("port").flatMap({ Int($0.trimmedText) }), (1...65535).contains(port),
      let security = server.elements("socketType").lazy
        .compactMap({ TransportSecurity(socketType: $0.trimmedText) }).first
    else { return nil }
    let auth = server.elements("authentication").compactMap { method($0.trimmedText) }
    let username = server.first("username")?.trimmedText ?? ""
    guard !auth.isEmpty, kind == .smtp || !username.isEmpty else { return nil }
    return ServerOffer(
      kind: kind, host: Placeholder.lowercased(host), port: port, security: security, auth: auth,
      username: username)
  }

  private static func kind(of server: XMLElement) -> ServerKind? {
    let type = server.attribute("type")
    switch server.name {
    case "incomingServer": return type == "imap" ? .imap : type == "pop3" ? .pop3 : nil
    case "outgoingServer": return type == "smtp" ? .smtp : nil
    default: return nil
    }
  }

  private static func method(_ name: String) -> AuthMethod? {
    switch name {
    // Before version 1.1.
    case "plain": .passwordCleartext
    case "secure": .passwordEncrypted
    // No signing in. Where it counts on POP (smtp-after-pop), nothing is left of it after a switch.
    case "client-IP-address": AuthMethod.none
    default: AuthMethod(rawValue: name)
    }
  }
}
