/// A file that a web server has to serve, and how.
struct WebFile {
  var format: AutoconfigFormat
  /// Below the web root; what clients ask for first.
  var path: String
  /// The same by other letters; Outlook uses several.
  var otherPaths: [String] = []
  var contentType: String
  /// The names that clients ask, each below the domain or the domain itself.
  var hosts: [String]

  var urls: [String] { hosts.map { "https://\($0)\(path)" } }

  /// Those that can be made of the settings.
  static func all(_ settings: DomainSettings) -> [WebFile] {
    known(settings).filter { file in
      if case .success = DomainFiles.content(file.format, settings) { return true }
      return false
    }
  }

  /// Those that can be made of some settings for the domain.
  static func known(_ settings: DomainSettings) -> [WebFile] {
    let domain = settings.domain.ascii
    let names = WebNames(domain)
    return [
      // Thunderbird takes only text/xml, application/xml and text/rdf (FetchHTTP.sys.mjs).
      WebFile(
        format: .autoconfig, path: "/mail/config-v1.1.xml", contentType: xml,
        hosts: [names.autoconfig]),
      WebFile(
        format: .autoconfig, path: "/.well-known/autoconfig/mail/config-v1.1.xml",
        contentType: xml, hosts: [domain]),
      WebFile(
        format: .autodiscover, path: "/autodiscover/autodiscover.xml",
        otherPaths: ["/Autodiscover/Autodiscover.xml", "/AutoDiscover/AutoDiscover.xml"],
        contentType: xml, hosts: [domain, names.autodiscover]),
      WebFile(
        format: .mobileconfig, path: "/mail/\(domain).mobileconfig",
        contentType: "application/x-apple-aspen-config", hosts: [names.autoconfig]),
      WebFile(
        format: .pacc, path: "/.well-known/user-agent-configuration.json",
        contentType: "application/json", hosts: [names.pacc]),
    ]
  }

  /// Those of the autoconfig file, below the web root.
  static let autoconfigPaths = [
    "mail/config-v1.1.xml", ".well-known/autoconfig/mail/config-v1.1.xml",
  ]

  private static let xml = "text/xml; charset=utf-8"
}

/// The names below a domain that clients ask web servers by.
struct WebNames {
  private let domain: String

  init(_ domain: String) { self.domain = domain }

  var autoconfig: String { "autoconfig." + domain }
  var autodiscover: String { "autodiscover." + domain }
  /// draft-ietf-mailmaint-pacc.
  var pacc: String { "ua-auto-config." + domain }

  /// Those that have something to serve.
  static func needed(_ settings: DomainSettings) -> [String] {
    let hosts = Set(WebFile.all(settings).flatMap(\.hosts))
    let names = WebNames(settings.domain.ascii)
    return [names.autoconfig, names.autodiscover, names.pacc].filter(hosts.contains)
  }
}
