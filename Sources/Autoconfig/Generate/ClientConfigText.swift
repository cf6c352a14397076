import ProfileRewriter

/// An autoconfig file, `clientConfig` version 1.1: <https://www.bucksch.org/1/projects/thunderbird/autoconfiguration/config-file-format.html>,
/// draft-ietf-mailmaint-autoconfig.
///
/// Static: it holds placeholders, so it is the same for every address, and needs no parameter. On the
/// server elements there is no attribute but `type`, because Evolution refuses the file for others.
enum ClientConfigText {
  static func text(_ settings: DomainSettings) -> Result<String, CannotSay> {
    // Thunderbird would leave the server out, and with it the file.
    for server in settings.servers {
      let usable = UsableAuthentication(
        server.auth.map(\.rawValue), kind: server.kind, host: server.host)
      if !usable.isForThunderbird, let problem = usable.problem(of: server.kind.serverName) {
        return .failure(
          CannotSay(
            "there is \(problem); it has OAuth2 built in for certain hosts, and \(server.host) is "
              + "none of them"))
      }
    }
    var xml = XMLText()
    xml.element("clientConfig", [("version", "1.1")]) { xml in
      xml.element("emailProvider", [("id", settings.domain.ascii)]) { xml in
        // Clients pass any other form over.
        xml.element("domain", settings.domain.ascii)
        xml.element("displayName", settings.displayName)
        xml.element("displayShortName", settings.shortName)
        for server in settings.servers { add(server, to: &xml) }
        if let page = settings.documentation {
          xml.element("documentation", [("url", page)]) { xml in
            xml.element("descr", [("lang", "en")], "How to set up a mail client")
          }
        }
      }
    }
    return .success(xml.text)
  }

  private static func add(_ server: ServerOffer, to xml: inout XMLText) {
    let name = server.kind == .smtp ? "outgoingServer" : "incomingServer"
    xml.element(name, [("type", server.kind.rawValue)]) { xml in
      xml.element("hostname", server.host)
      xml.element("port", String(server.port))
      xml.element("socketType", server.security == .tls ? "SSL" : "STARTTLS")
      for method in server.auth { xml.element("authentication", method.rawValue) }
      xml.element("username", server.username)
    }
  }
}
