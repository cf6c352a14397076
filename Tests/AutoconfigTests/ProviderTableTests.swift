import Foundation
import ProfileRewriter
import Testing

@testable import Autoconfig

@Suite struct ProviderTableTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/Autoconfig/Providers").standardized

  @Test(arguments: [
    ("providers", "\(ProviderData.providers)"), ("corrections", "\(ProviderData.corrections)"),
    ("actions", "\(ProviderData.actions)"),
  ]) func `what is embedded is what stands in the table`(_ name: String, embedded: String) throws {
    let file = try String(contentsOf: Self.folder.appending(path: name + ".tsv"), encoding: .utf8)
    #expect(embedded == file, "run scripts/embed-providers")
  }

  @Test func `every row, domain and server of the table is understood`() throws {
    let rows = ProviderTable.rows(of: "\(ProviderData.providers)")
    let providers = ProviderTable.embedded.providers
    #expect(rows.count == 163 && providers.count == rows.count)
    for kind in ServerKind.allCases {
      let written = rows.flatMap { $0[kind.rawValue, default: "-"].split(separator: " ") }
      #expect(written.count > 100)
      #expect(written.allSatisfy { ServerOffer(kind, spelling: $0) != nil })
    }
    #expect(providers.allSatisfy { !$0.domains.isEmpty && !$0.id.isEmpty })
    #expect(providers.count { !$0.servers(.imap).isEmpty } == 120)
    #expect(providers.count { !$0.servers(.imap).isEmpty && !$0.servers(.pop3).isEmpty } == 103)
  }

  @Test func `corrections and actions all name something`() throws {
    #expect(ProviderTable.embedded.stale.isEmpty)
    let corrections = ProviderTable.rows(of: "\(ProviderData.corrections)")
    #expect(corrections.allSatisfy { $0["why", default: ""] != "" })
    let outdated = ProviderTable(
      providers: "id\tdomains\timap\na\ta.example b.example\tx:993/SSL/OAuth2/u",
      corrections: """
        domain\tcolumn\tstands\tshould be\twhy
        a.example\timap\ty:993/SSL/OAuth2/u\t\tgone
        b.example\tid\ta\tb\tnot its first domain
        a.example\tdomains\tb.example\tc.example\tright
        a.example\timap\tx:993/SSL/OAuth2/u\t\tright
        """,
      actions: "domain\taction\nc.example\tDo it.\na.example\tDo that.")
    #expect(
      outdated.stale == ["a.example: y:993/SSL/OAuth2/u", "b.example: a", "c.example"])
    #expect(
      outdated.providers == [
        ProviderFacts(
          id: "a", domains: ["a.example", "c.example"], servers: [], action: "Do that.")
      ])
  }

  @Test func `corrected, the table is free of what is known to be wrong`() throws {
    let providers = ProviderTable.embedded.providers
    let ports: [ServerKind: [TransportSecurity: Set<Int>]] = [
      .imap: [.tls: [993], .starttls: [143], .none: [143]],
      .pop3: [.tls: [995], .starttls: [110], .none: [110]],
      .smtp: [.tls: [465], .starttls: [25, 587], .none: [25, 587]],
    ]
    for provider in providers {
      for server in provider.servers {
        #expect(
          ports[server.kind]?[server.security]?.contains(server.port) == true,
          "\(provider.id) \(server)")
      }
    }
    let ids = providers.map(\.id)
    #expect(Set(ids).count == ids.count)
    let domains = providers.flatMap(\.domains)
    #expect(Set(domains).count == domains.count)
    #expect(domains.contains("coral.broba.cc"))
    #expect(!domains.contains { $0.hasSuffix("yahoodns.net") || $0 == "google.com" })
  }

  @Test(arguments: [
    "", "h:993/SSL/OAuth2", ":993/SSL/OAuth2/u", "h:0/SSL/OAuth2/u", "h:65536/SSL/OAuth2/u",
    "h:993/TLS/OAuth2/u", "h:993/SSL/magic/u", "h/SSL/OAuth2/u", "h:993/SSL/OAuth2/u/v",
  ]) func `a server that is misspelt is none`(_ spelling: String) {
    #expect(ServerOffer(.imap, spelling: spelling[...]) == nil)
  }

  @Test func `a server is read with all its parts`() {
    #expect(
      ServerOffer(
        .imap, spelling: "Mail.%EMAILDOMAIN%:143/plain/OAuth2+password-cleartext/%EMAILADDRESS%")
        == ServerOffer(
          kind: .imap, host: "mail.%EMAILDOMAIN%", port: 143, security: .none,
          auth: [.oauth2, .passwordCleartext], username: "%EMAILADDRESS%"))
  }
}
