import ProfileRewriter

/// Providers by their rows in a text of tab-separated columns.
///
/// Columns are found by their names in the first line that is no comment (`#`); a server is spelled
/// `host:port/socket/authentication+…/user`.
public struct ProviderTable: Sendable {
  public private(set) var providers: [ProviderFacts]
  /// Corrections and actions that name nothing in the table; empty unless a table is out of date.
  public private(set) var stale: [String] = []

  /// The table that comes with this program, read on first use.
  public static let embedded = ProviderTable(
    providers: "\(ProviderData.providers)", corrections: "\(ProviderData.corrections)",
    actions: "\(ProviderData.actions)")

  init(providers: String, corrections: String = "", actions: String = "") {
    var rows = Self.rows(of: providers)
    for correction in Self.rows(of: corrections) {
      if !Self.apply(correction, to: &rows) {
        stale.append(correction["domain", default: ""] + ": " + correction["stands", default: ""])
      }
    }
    self.providers = rows.map(ProviderFacts.init(row:))
    for row in Self.rows(of: actions) {
      let domain = row["domain", default: ""]
      if let index = self.providers.firstIndex(where: { $0.domains.first == domain }) {
        self.providers[index].action = row["action"]
      } else {
        stale.append(domain)
      }
    }
  }

  typealias Row = [String: String]

  static func rows(of table: String) -> [Row] {
    var names: [Substring] = []
    var rows: [Row] = []
    for line in table.split(separator: "\n") where !line.hasPrefix("#") {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard !names.isEmpty else {
        names = fields
        continue
      }
      rows.append(
        Row(zip(names, fields).map { (String($0), String($1)) }, uniquingKeysWith: { $1 }))
    }
    return rows
  }

  /// Replaces one value in one column; false where it does not stand there.
  private static func apply(_ correction: Row, to rows: inout [Row]) -> Bool {
    let domain = correction["domain", default: ""]
    let column = correction["column", default: ""]
    let replacement = correction["should be", default: ""]
    guard
      let index = rows.firstIndex(where: {
        $0["domains"]?.split(separator: " ").first == domain[...]
      }),
      var values = rows[index][column]?.split(separator: " ").map(String.init),
      let place = values.firstIndex(of: correction["stands", default: ""])
    else { return false }
    if replacement.isEmpty { values.remove(at: place) } else { values[place] = replacement }
    rows[index][column] = values.joined(separator: " ")
    return true
  }
}

extension ProviderFacts {
  fileprivate init(row: ProviderTable.Row) {
    var domains: [String] = []
    for domain in row["domains", default: ""].split(separator: " ").map({ $0.lowercased() })
    where !domains.contains(domain) {
      domains.append(domain)
    }
    func filled(_ column: String) -> String? { row[column].flatMap { $0.isEmpty ? nil : $0 } }
    self.init(
      id: row["id", default: ""], domains: domains,
      servers: ServerKind.allCases.flatMap { kind in
        row[kind.rawValue, default: ""].split(separator: " ")
          .compactMap { ServerOffer(kind, spelling: $0) }
      },
      help: filled("help"), oauth2Issuer: filled("oauth2"))
  }
}

extension ServerOffer {
  init?(_ kind: ServerKind, spelling: Substring) {
    let parts = spelling.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 4, let colon = parts[0].lastIndex(of: ":"),
      let port = Int(parts[0][parts[0].index(after: colon)...]), (1...65535).contains(port),
      let security = TransportSecurity(socketType: String(parts[1]))
    else { return nil }
    let auth = parts[2].split(separator: "+").compactMap { AuthMethod(rawValue: String($0)) }
    guard !auth.isEmpty, colon > parts[0].startIndex else { return nil }
    self.init(
      kind: kind, host: Placeholder.lowercased(String(parts[0][..<colon])), port: port,
      security: security, auth: auth, username: String(parts[3]))
  }
}

extension TransportSecurity {
  /// As the autoconfig format spells it; no client knows other spellings.
  init?(socketType: String) {
    switch socketType {
    case "SSL": self = .tls
    case "STARTTLS": self = .starttls
    case "plain": self = .none
    default: return nil
    }
  }
}
