import Foundation
import Testing

@testable import Command

/// Where accounts go when nobody names a server.
@Suite struct LookupTests {
  private func plan(_ home: ThunderbirdHome, _ arguments: [String] = []) throws -> [String: Any] {
    let result = try Program.run(["plan", "--json"] + arguments + home.arguments)
    return try #require(try result.rows().first)
  }

  /// Another host, not another name for the old one; and the name that the provider knows.
  @Test func theProvidersFactsAnswer() throws {
    let home = try ThunderbirdHome(
      accounts: [.init(key: 1, user: "alice@gmx.de", host: "pop.gmx.net")])
    let row = try plan(home)
    #expect(row["type"] as? String == "change")
    let target = try #require(row["to"] as? [String: Any])
    #expect(target["host"] as? String == "imap.gmx.net")
    #expect(target["port"] as? Int == 993)
    #expect(target["security"] as? String == "tls")
    let evidence = try #require(row["evidence"] as? [String])
    #expect(evidence.contains { $0.contains("gmx.de") })
    let codes = (row["warnings"] as? [[String: Any]])?.compactMap { $0["code"] as? String } ?? []
    #expect(codes.contains("provider-action"), "IMAP must be switched on there first")
  }

  @Test func whatNobodyKnowsIsRefusedAndSaysHow() throws {
    let home = try ThunderbirdHome()
    let row = try plan(home)
    #expect(row["reason"] as? String == "no-imap-settings")
    #expect((row["text"] as? String)?.contains("--servers") == true)
    #expect(try Program.run(["apply"] + home.arguments).status == 3)
    #expect(!FileManager.default.fileExists(atPath: home.state.path))
  }

  /// One's own file comes first, and goes all the way.
  @Test func ownFilesComeFirst() throws {
    let home = try ThunderbirdHome()
    let file = home.scratch.appendingPathComponent("example.net.xml")
    try Data(
      """
      <?xml version="1.0"?>
      <clientConfig version="1.1"><emailProvider id="example.net"><domain>example.net</domain>
      <incomingServer type="imap"><hostname>mail7.example.net</hostname><port>143</port>
      <socketType>STARTTLS</socketType><username>%EMAILLOCALPART%</username>
      <authentication>password-cleartext</authentication></incomingServer>
      </emailProvider></clientConfig>
      """.utf8
    ).write(to: file)
    for servers in [file.path, home.scratch.path] {
      let row = try plan(home, ["--servers", servers])
      let target = try #require(row["to"] as? [String: Any], "\(row)")
      #expect(target["host"] as? String == "mail7.example.net")
      #expect(target["security"] as? String == "starttls")
      #expect(target["username"] as? String == "alice")
    }
    let applied = try Program.run(["apply", "--servers", file.path] + home.arguments)
    #expect(applied.status == 0, "\(applied.talk)")
    #expect(try String(contentsOf: home.prefs, encoding: .utf8).contains("mail7.example.net"))
  }

  /// Who writes as somebody of a domain may have the password of another server: it is not sent to
  /// that domain's.
  @Test func aForeignPasswordIsNotHandedOver() throws {
    let file = try EvolutionHome("keep")
    let sources = file.home.appendingPathComponent(".config/evolution/sources")
    for name in try FileManager.default.contentsOfDirectory(atPath: sources.path) {
      let place = sources.appendingPathComponent(name)
      let text = try String(contentsOf: place, encoding: .utf8)
        .replacing("pop.lab.test", with: "pop.private.example")
        .replacing("User=alice@lab.test", with: "User=alice@private.example")
        .replacing("Address=alice@lab.test", with: "Address=alice@firm.example")
      try Data(text.utf8).write(to: place)
    }
    let servers = file.scratch.appendingPathComponent("firm.xml")
    try Data(
      """
      <clientConfig version="1.1"><emailProvider id="firm.example"><domain>firm.example</domain>
      <incomingServer type="imap"><hostname>imap.firm.example</hostname><port>993</port>
      <socketType>SSL</socketType><username>%EMAILADDRESS%</username>
      <authentication>password-cleartext</authentication></incomingServer>
      </emailProvider></clientConfig>
      """.utf8
    ).write(to: servers)
    let result = try Program.run(["plan", "--json", "--servers", servers.path] + file.arguments)
    #expect(result.status == 3)
    #expect(try result.rows().first?["reason"] as? String == "no-imap-settings")
  }

  @Test func filesThatCannotBeReadStopTheRun() throws {
    let home = try ThunderbirdHome()
    let missing = try Program.run(["plan", "--servers", "/nowhere/servers"] + home.arguments)
    #expect(missing.status == 1)
    let file = home.scratch.appendingPathComponent("broken.xml")
    try Data("<clientConfig>".utf8).write(to: file)
    let broken = try Program.run(["plan", "--servers", file.path] + home.arguments)
    #expect(broken.status != 0)
    #expect(broken.talk.contains("broken.xml, line 1"), "\(broken.talk)")
    let both = try Program.run(
      ["plan", "--servers", file.path, "--imap-host", "imap.example.net"] + home.arguments)
    #expect(both.status == 64)
  }
}
