import ProfileRewriter

/// DNS records in master file format (RFC 1035, 5), to be included in the domain's zone.
///
/// SRV by RFC 6186 and 8314, Outlook's `_autodiscover`, the names that clients ask web servers by, and
/// PACC's digest. Every name is whole, so it does not matter where they are put.
enum ZoneText {
  static func text(_ settings: DomainSettings) -> String {
    var zone = Zone(ttl: settings.publication.ttl)
    let domain = settings.domain.ascii
    zone.comment("Mail settings of \(settings.domain.display), for the zone of \(domain)")
    zone.space()
    zone.comment("Where the mail servers are (RFC 6186, RFC 8314)")
    for server in settings.servers { add(server, domain, to: &zone) }
    if settings.refusesPOP {
      for label in ["_pop3s", "_pop3"] { zone.record("\(label)._tcp.\(domain)", "SRV", "0 0 0 .") }
    }
    addWebNames(settings, to: &zone)
    if case .success(let document) = PACCText.text(settings) {
      zone.space()
      zone.comment("Vouches for .well-known/user-agent-configuration.json, byte by byte")
      zone.record(
        "_ua-auto-config.\(domain)", "TXT", Zone.quoted(PACCText.record(for: document)))
    }
    return zone.text
  }

  private static func add(_ server: ServerOffer, _ domain: String, to zone: inout Zone) {
    let isTLS = server.security == .tls
    let label =
      switch server.kind {
      case .imap: isTLS ? "_imaps" : "_imap"
      case .pop3: isTLS ? "_pop3s" : "_pop3"
      case .smtp: isTLS ? "_submissions" : "_submission"
      }
    // Clients that could take either prefer the lower number: TLS from the start, and IMAP to POP.
    let priority = (isTLS ? 0 : 1) + (server.kind == .pop3 ? 10 : 0)
    zone.record("\(label)._tcp.\(domain)", "SRV", "\(priority) 1 \(server.port) \(server.host).")
  }

  private static func addWebNames(_ settings: DomainSettings, to zone: inout Zone) {
    let domain = settings.domain.ascii
    let host = settings.publication.webHost.ascii
    let names = WebNames.needed(settings)
    guard !names.isEmpty else { return }
    zone.space()
    zone.comment("Where the web server is")
    for name in names {
      if name == host {
        zone.comment("\(name) is the web server itself: it needs an address (A, AAAA)")
      } else {
        zone.record(name, "CNAME", host + ".")
      }
    }
    guard WebFile.all(settings).contains(where: { $0.format == .autodiscover }) else { return }
    // The target of an SRV record must be no alias (RFC 2782).
    if settings.publication.sharesWebHost {
      zone.comment(
        "No _autodiscover._tcp: \(host) is there for other domains, too, and would give Outlook one "
          + "domain's servers for all; Outlook asks \(WebNames(domain).autodiscover) before it")
    } else {
      zone.record("_autodiscover._tcp.\(domain)", "SRV", "0 0 443 \(host).")
    }
  }
}

/// Lines of a zone file. Names are checked before they come here.
private struct Zone {
  private(set) var text = ""
  let ttl: Int

  init(ttl: Int) { self.ttl = ttl }

  mutating func record(_ name: String, _ type: String, _ data: String) {
    text += "\(name). \(ttl) IN \(type) \(data)\n"
  }

  /// The text has no line breaks; whatever else is in it ends with the line.
  mutating func comment(_ line: String) { text += "; \(line)\n" }

  mutating func space() { text += "\n" }

  /// A character-string (RFC 1035, 5.1).
  static func quoted(_ value: String) -> String {
    "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
