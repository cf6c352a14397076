/// Configuration of nginx for what clients ask for.
///
/// Everything is an exact location with the file's full name, so that nothing else below the web root
/// is served, and no location of an existing site comes first.
enum NginxText {
  /// A server for the names below the domain.
  static func server(_ settings: DomainSettings) -> String {
    let names = WebNames.needed(settings)
    var lines = [
      "# Mail settings of \(settings.domain.display), for nginx: goes into /etc/nginx/conf.d/",
      "server {", "  listen 80;", "  listen [::]:80;",
    ]
    if let tls = settings.publication.tls {
      lines += [
        "  listen 443 ssl;", "  listen [::]:443 ssl;",
        "  ssl_certificate \"\(tls.certificate)\";", "  ssl_certificate_key \"\(tls.key)\";",
      ]
    } else {
      lines += [
        "  # Clients ask by https: add a certificate for the names below, for example by",
        "  # certbot --nginx " + names.map { "-d \($0)" }.joined(separator: " "),
      ]
    }
    lines += ["  server_name \(names.joined(separator: " "));", ""]
    lines += locations(settings).map { $0.isEmpty ? "" : "  " + $0 } + ["}"]
    return lines.map { $0 + "\n" }.joined()
  }

  /// The same locations for the server that is the domain itself.
  static func include(_ settings: DomainSettings) -> String {
    let domain = settings.domain
    let lines =
      [
        "# Mail settings of \(domain.display), for nginx: include this file in the server block of",
        "# \(domain.ascii)", "",
      ] + locations(settings)
    return lines.map { $0 + "\n" }.joined()
  }

  private static func locations(_ settings: DomainSettings) -> [String] {
    let root = settings.publication.webRoot
    var lines: [String] = []
    for file in WebFile.all(settings) {
      for path in [file.path] + file.otherPaths {
        if !lines.isEmpty { lines.append("") }
        lines += [
          "location = \(path) {", "  alias \"\(root)\(file.path)\";", "  types { }",
          "  default_type \"\(file.contentType)\";",
        ]
        if file.format == .autodiscover {
          // The address that is asked for does not matter to a file.
          lines += [
            "  # Outlook asks by POST, which nginx refuses for a file",
            "  error_page 405 =200 $uri;",
          ]
        }
        lines.append("}")
      }
    }
    return lines
  }
}
