import ConfigFormats
import ProfileRewriter

/// A server as any of the formats states it, for comparison with what other files state.
struct StatedServer: Sendable, Hashable {
  var kind: ServerKind
  var host: String
  /// nil where the format goes by the protocol's usual port.
  var port: Int?
  /// nil where the format leaves that open.
  var security: TransportSecurity?
  /// Where its host stands.
  var offset: Int

  /// For people.
  var text: String {
    let port = port.map { ":\($0)" } ?? ""
    let security = security.map { " \($0.rawValue)" } ?? ""
    return "\(host.printable)\(port)\(security)"
  }

  /// Whether both may be one server.
  func agrees(with other: StatedServer) -> Bool {
    func same<Value: Equatable>(_ one: Value?, _ two: Value?) -> Bool {
      one == nil || two == nil || one == two
    }
    return host == other.host && same(port, other.port) && same(security, other.security)
  }

  // MARK: Formats

  static func all(inClientConfig document: LintedDocument) -> [StatedServer] {
    document.children(0, "emailProvider").flatMap {
      ProviderElement($0, of: document).mailServers
    }.compactMap { server in
      guard let kind = server.kind, let host = server.first("hostname") else { return nil }
      func text(_ name: String) -> String {
        server.first(name).map { document.elements[$0].trimmedText } ?? ""
      }
      return StatedServer(
        kind: kind, host: text("hostname").lowercased(), port: Int(text("port")),
        security: TransportSecurity(socketType: text("socketType")),
        offset: document.textPlace(host))
    }
  }

  static func all(inAutodiscover document: LintedDocument) -> [StatedServer] {
    let kinds: [String: ServerKind] = ["IMAP": .imap, "POP3": .pop3, "SMTP": .smtp]
    let ways: [String: TransportSecurity] = ["None": .none, "SSL": .tls, "TLS": .starttls]
    return document.elements.indices.compactMap { index in
      guard document.elements[index].name == "Protocol" else { return nil }
      func first(_ name: String) -> Int? { document.children(index, name).first }
      func text(_ name: String) -> String {
        first(name).map { document.elements[$0].trimmedText } ?? ""
      }
      guard let kind = kinds[text("Type")], let host = first("Server") else { return nil }
      return StatedServer(
        kind: kind, host: text("Server").lowercased(), port: Int(text("Port")),
        security: ways[text("Encryption")], offset: document.textPlace(host))
    }
  }
}
