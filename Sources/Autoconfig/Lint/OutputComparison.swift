import ConfigFormats

/// Compares what several files say of one domain's servers: those of one web root, as `autoconfig
/// generate --out` lays it out, and autoconfig files in several directories that share a domain.
enum OutputComparison {
  /// Paths below a web root, in lower case.
  private static let webPaths = [
    ".well-known/autoconfig/mail/config-v1.1.xml", "mail/config-v1.1.xml",
    "autodiscover/autodiscover.xml", ".well-known/user-agent-configuration.json",
  ]

  static func check(_ files: inout [LintedFile]) {
    // The file that the others of a web root, or of a domain, are compared with.
    var ofRoot: [String: Int] = [:]
    var ofDomain: [String: Int] = [:]
    for index in files.indices where files[index].format == .autoconfig {
      let domains = files[index].domains.map(\.text)
      let reference =
        webRoot(files[index].file).flatMap { ofRoot[$0] }
        ?? domains.compactMap { ofDomain[$0] }.first
      if let reference, directory(files[index].file) != directory(files[reference].file) {
        compare(&files, index, with: reference)
      }
      if let root = webRoot(files[index].file) { ofRoot[root] = ofRoot[root] ?? index }
      for domain in domains { ofDomain[domain] = ofDomain[domain] ?? index }
    }
    for index in files.indices where files[index].format != .autoconfig {
      guard let root = webRoot(files[index].file), let reference = ofRoot[root] else { continue }
      compare(&files, index, with: reference)
    }
  }

  private static func compare(_ files: inout [LintedFile], _ index: Int, with reference: Int) {
    let domain = files[reference].domains.first?.text ?? ""
    let known = files[reference].offers.map { resolved($0, domain) }
    for offer in files[index].offers.map({ resolved($0, domain) }) {
      let alike = known.filter { $0.kind == offer.kind }
      guard let first = alike.first, !alike.contains(where: offer.agrees) else { continue }
      files[index].report(
        .outputsDisagree, at: offer.offset,
        "\(offer.kind.rawValue.uppercased()) is \(offer.text) here, and \(first.text) in "
          + files[reference].file.printable, related: files[reference].place(at: first.offset))
    }
  }

  private static func resolved(_ server: StatedServer, _ domain: String) -> StatedServer {
    guard Placeholder.mayStand(in: server.host) else { return server }
    var server = server
    server.host = server.host.replacing(Placeholder.domain.lowercased(), with: domain)
    return server
  }

  /// The directory that a web server would serve the file from; nil for one that lies elsewhere.
  private static func webRoot(_ file: String) -> String? {
    let lower = file.lowercased()
    if let path = webPaths.first(where: { lower == $0 || lower.hasSuffix("/" + $0) }) {
      return String(file.dropLast(path.count))
    }
    guard lower.hasSuffix(".mobileconfig") else { return nil }
    let parent = directory(file)
    return parent.hasSuffix("/mail/") || parent == "mail/" ? String(parent.dropLast(5)) : nil
  }

  /// With its slash.
  private static func directory(_ file: String) -> Substring {
    file.lastIndex(of: "/").map { file[...$0] } ?? ""
  }
}
