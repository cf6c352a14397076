import Foundation

/// The rows of providers.tsv, read here by other means than the program's, without those that are
/// corrected elsewhere.
struct ProviderRow {
  struct Server {
    var host: String
    var port: Int
    /// As the program says it.
    var security: String
    var auth: [String]
    var user: String
  }

  var id: String
  var domain: String
  var imap: [Server]
  var pop: [Server]
  var smtp: [Server]

  /// What stands for the user's domain filled in.
  func filled(_ text: String, localPart: String) -> String {
    text.replacing("%EMAILADDRESS%", with: "\(localPart)@\(domain)")
      .replacing("%EMAILLOCALPART%", with: localPart)
      .replacing("%EMAILDOMAIN%", with: domain)
  }

  /// One row for every provider that lists POP3.
  static func withPOP() throws -> [ProviderRow] {
    let corrected = Set(try table("corrections").compactMap { $0["domain"] })
    var domains: Set<String> = []
    return try table("providers").compactMap { row in
      let all = (row["domains"] ?? "").split(separator: " ").map { $0.lowercased() }
      defer { domains.formUnion(all) }
      guard let domain = all.first, !domains.contains(domain), !corrected.contains(domain) else {
        return nil
      }
      let provider = ProviderRow(
        id: row["id"] ?? "", domain: domain, imap: servers(row["imap"]), pop: servers(row["pop3"]),
        smtp: servers(row["smtp"]))
      return provider.pop.isEmpty ? nil : provider
    }
  }

  private static func table(_ name: String) throws -> [[String: String]] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/Autoconfig/Providers/\(name).tsv")
    let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }.map { $0.components(separatedBy: "\t") }
    guard let names = lines.first else { return [] }
    return lines.dropFirst().map { Dictionary(zip(names, $0)) { first, _ in first } }
  }

  /// "host:port/socket/authentication+…/user", separated by blanks.
  private static func servers(_ text: String?) -> [Server] {
    (text ?? "").split(separator: " ").map { spelling in
      let parts = spelling.components(separatedBy: "/")
      let place = parts[0].components(separatedBy: ":")
      return Server(
        host: place[0], port: Int(place[1]) ?? 0,
        security: ["SSL": "tls", "STARTTLS": "starttls"][parts[1]] ?? "none",
        auth: parts[2].components(separatedBy: "+"), user: parts[3])
    }
  }
}
