/// Configuration of Apache for what clients ask for: an alias for each file, and nothing else below
/// the web root.
enum ApacheText {
  /// Virtual hosts for the names below the domain.
  static func server(_ settings: DomainSettings) -> String {
    let names = WebNames.needed(settings)
    var lines = [
      "# Mail settings of \(settings.domain.display), for Apache: goes into /etc/apache2/sites-enabled/"
    ]
    lines += host(80, names, [], settings)
    if let tls = settings.publication.tls {
      lines += host(
        443, names,
        [
          "SSLEngine on", "SSLCertificateFile \"\(tls.certificate)\"",
          "SSLCertificateKeyFile \"\(tls.key)\"",
        ], settings)
    } else {
      lines += [
        "# Clients ask by https: add a certificate for the names above, for example by",
        "# certbot --apache " + names.map { "-d \($0)" }.joined(separator: " "),
      ]
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The same for the virtual host that is the domain itself.
  static func include(_ settings: DomainSettings) -> String {
    let domain = settings.domain
    let lines =
      [
        "# Mail settings of \(domain.display), for Apache: include this file in the virtual host of",
        "# \(domain.ascii)", "",
      ] + aliases(settings)
    return lines.map { $0 + "\n" }.joined()
  }

  private static func host(
    _ port: Int, _ names: [String], _ head: [String], _ settings: DomainSettings
  ) -> [String] {
    let body =
      names.enumerated().map { ($0.offset == 0 ? "ServerName " : "ServerAlias ") + $0.element }
      + head
      + [""] + aliases(settings)
    return ["<VirtualHost *:\(port)>"] + body.map { $0.isEmpty ? "" : "  " + $0 }
      + ["</VirtualHost>"]
  }

  private static func aliases(_ settings: DomainSettings) -> [String] {
    let root = settings.publication.webRoot
    var lines: [String] = []
    for file in WebFile.all(settings) {
      for path in [file.path] + file.otherPaths {
        if !lines.isEmpty { lines.append("") }
        lines += [
          "Alias \"\(path)\" \"\(root)\(file.path)\"", "<Location \"\(path)\">",
          "  ForceType \"\(file.contentType)\"", "  Require all granted", "</Location>",
        ]
      }
    }
    return lines
  }
}
