import ProfileRewriter

/// Outlook's Autodiscover answer, plain old XML: [MS-OXDSCLI], and Microsoft's "Plan to automatically
/// configure user accounts in Outlook 2010" (cc511507).
///
/// Static: it names no user. Without LoginName and DomainName Outlook signs in with the address.
enum AutodiscoverText {
  private static let root =
    "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
  private static let response =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"

  static func text(_ settings: DomainSettings) -> Result<String, CannotSay> {
    guard settings.servers.contains(where: { $0.auth.contains(.passwordCleartext) }) else {
      return .failure(CannotSay("Outlook signs in to IMAP by Autodiscover with a password only"))
    }
    guard settings.servers.allSatisfy({ $0.username == Placeholder.address }) else {
      return .failure(
        CannotSay("as a file it names no user, and Outlook signs in with the whole address then"))
    }
    var xml = XMLText()
    xml.element("Autodiscover", [("xmlns", root)]) { xml in
      xml.element("Response", [("xmlns", response)]) { xml in
        xml.element("Account") { xml in
          xml.element("AccountType", "email")
          xml.element("Action", "settings")
          // Of each type one: Outlook takes the first.
          for server in ServerKind.allCases.compactMap(settings.preferred) { add(server, to: &xml) }
        }
      }
    }
    return .success(xml.text)
  }

  private static func add(_ server: ServerOffer, to xml: inout XMLText) {
    xml.element("Protocol") { xml in
      xml.element("Type", server.kind.rawValue.uppercased())
      xml.element("Server", server.host)
      xml.element("Port", String(server.port))
      xml.element("DomainRequired", "off")
      // Missing it would be on: Windows' own authentication.
      xml.element("SPA", "off")
      // For STARTTLS, too: an Outlook that does not know Encryption then rather fails than sends a
      // password in clear.
      xml.element("SSL", "on")
      // SSL is implicit TLS, TLS is STARTTLS ([MS-OXDSCLI] 2.2.4.1.1.2.6.22).
      xml.element("Encryption", server.security == .tls ? "SSL" : "TLS")
      xml.element("AuthRequired", "on")
      if server.kind == .smtp {
        xml.element("UsePOPAuth", "off")
        xml.element("SMTPLast", "off")
      }
    }
  }
}
