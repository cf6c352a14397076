/// Providers by the domains of their users and by the hosts of their incoming servers.
struct ProviderIndex: Sendable {
  struct Entry: Sendable {
    var source: Evidence.Source
    var provider: ProviderFacts
  }

  private let entries: [Entry]
  private var byDomain: [String: Int] = [:]
  private var byHost: [String: [Int]] = [:]

  init(_ entries: [Entry]) {
    self.entries = entries
    for (index, entry) in entries.enumerated() {
      for domain in entry.provider.domains where byDomain[domain] == nil {
        byDomain[domain] = index
      }
      for server in entry.provider.servers
      // A placeholder stands for each user's own domain: it is nobody's host.
      where server.kind != .smtp && !server.host.contains("%") {
        if byHost[server.host]?.contains(index) != true {
          byHost[server.host, default: []].append(index)
        }
      }
    }
  }

  func entry(forDomain domain: String) -> Entry? { byDomain[domain].map { entries[$0] } }

  func entries(forHost host: String) -> [Entry] { (byHost[host] ?? []).map { entries[$0] } }
}

enum HostName {
  /// As the DNS has it: lower case, no full stop at the end, internationalised names in ASCII. What
  /// is no name stays as it is but for case.
  static func normalized(_ host: String) -> String {
    let host = host.lowercased()
    if !host.utf8.allSatisfy({ $0 < 0x80 }), let name = try? DomainName(host) { return name.ascii }
    return host.hasSuffix(".") ? String(host.dropLast()) : host
  }

  /// The part of a name that somebody registered, as far as its form tells: two labels, three below
  /// such as "co.uk" and "ne.jp"; nil for an address or a name of one label.
  static func organization(_ host: String) -> String? {
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, let last = labels.last, !last.isEmpty,
      last.contains(where: { !$0.isNumber }), !host.contains(":")
    else { return nil }
    let isDeep = last.utf8.count == 2 && labels[labels.count - 2].utf8.count <= 3
    let count = isDeep ? 3 : 2
    return labels.count >= count ? labels.suffix(count).joined(separator: ".") : nil
  }
}

extension ProviderFacts {
  /// Whether names tell that a host is this provider's: one of its servers, a name below one of its
  /// domains, or of the organization of one of its servers.
  public func owns(_ host: String) -> Bool {
    let organization = HostName.organization(host)
    let isBelowDomain = domains.contains { host == $0 || host.hasSuffix("." + $0) }
    return isBelowDomain
      || servers.contains { server in
        server.host == host
          || organization != nil && HostName.organization(server.host) == organization
      }
  }
}
