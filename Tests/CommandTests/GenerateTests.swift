import Foundation
import Testing

@testable import Command

/// `autoconfig generate` as it is called.
@Suite struct GenerateTests {
  private final class Place {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("generate-\(UUID().uuidString)")
    init() throws {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }

    var out: String { url.appendingPathComponent("out").path }

    func text(_ name: String) throws -> String {
      try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
    }

    func settings(_ text: String) throws -> String {
      let file = url.appendingPathComponent("domains.ini")
      try Data(text.utf8).write(to: file)
      return file.path
    }
  }

  private static let servers = [
    "--imap-host", "imap.example.com", "--smtp-host", "smtp.example.com",
  ]

  private func generate(_ arguments: [String]) throws -> Program.Result {
    try Program.run(["autoconfig", "generate"] + arguments)
  }

  @Test func aDomainIsLaidOutAndTheNextStepsAreSaid() throws {
    let place = try Place()
    let result = try generate(["example.com"] + Self.servers + ["--out", place.out])
    #expect(result.status == 0, "\(result.talk)")
    let shown = result.talk.replacing(place.url.path, with: "/tmp/place")
    try Snapshot.check(result.output + shown, "generate.txt")
    for name in [
      "mail/config-v1.1.xml", ".well-known/autoconfig/mail/config-v1.1.xml",
      "autodiscover/autodiscover.xml", ".well-known/user-agent-configuration.json",
      "mail/example.com.mobileconfig", "dns/example.com.zone", "isp/example.com.xml",
    ] {
      #expect(try !place.text("out/" + name).isEmpty)
    }
    // What is printed is what is written.
    for (format, name) in [("zone", "dns/example.com.zone"), ("prf", "outlook/example.com.prf")] {
      let printed = try generate(["example.com"] + Self.servers + ["--format", format])
      #expect(printed.output == (try place.text("out/" + name)))
      #expect(printed.stderr.isEmpty)
    }
  }

  @Test func scriptsGetOneRowForEachFile() throws {
    let place = try Place()
    let arguments =
      ["bücher.example"] + Self.servers + [
        "--smtp-security", "starttls", "--out", place.out, "--json",
      ]
    _ = try generate(["bücher.example"] + Self.servers + ["--out", place.out])
    let refused = try generate(arguments)
    #expect(refused.status == 1)
    #expect(try refused.rows().last?["code"] as? String == "exists")
    let result = try generate(arguments + ["--force"])
    #expect(result.status == 0)
    let rows = try result.rows()
    let files = rows.filter { $0["type"] as? String == "generated" }
    #expect(files.allSatisfy { $0["domain"] as? String == "xn--bcher-kva.example" })
    #expect(Set(files.compactMap { $0["status"] as? String }) == ["replaced"])
    let left = try #require(rows.first { $0["type"] as? String == "left-out" })
    #expect(left["format"] as? String == "pacc")
    // The document of the first run no longer holds, and is named.
    let stale = try #require(left["stale"] as? [[String: Any]])
    #expect(
      stale.first?["path"] as? String == place.out + "/.well-known/user-agent-configuration.json")
    let summary = try #require(rows.last)
    #expect(summary["command"] as? String == "autoconfig generate")
    #expect(summary["left_out"] as? Int == 1)
    #expect(summary["created"] as? Int == 0)
  }

  @Test func manyDomainsHaveTheirOwnWebRoots() throws {
    let place = try Place()
    let settings = try place.settings(
      """
      [defaults]
      imap-host=imap.example.net
      smtp-host=smtp.example.net
      [example.com]
      [example.org]
      web-host=www.example.net
      """)
    let result = try generate(["--settings", settings, "--out", place.out])
    #expect(result.status == 0, "\(result.talk)")
    for domain in ["example.com", "example.org"] {
      #expect(try place.text("out/\(domain)/mail/config-v1.1.xml").contains("<domain>\(domain)<"))
      #expect(
        try place.text("out/nginx/\(domain).conf")
          .contains("/var/www/autoconfig/\(domain)/mail/config-v1.1.xml"))
    }
    #expect(try place.text("out/dns/example.org.zone").contains("CNAME www.example.net."))
    // One of them, as it stands among the others.
    let one = try generate(["example.org", "--settings", settings, "--format", "nginx"])
    #expect(one.output == (try place.text("out/nginx/example.org.conf")))
    #expect(try generate(["example.net", "--settings", settings, "--format", "zone"]).status == 1)
    #expect(try generate(["--settings", settings, "--format", "zone"]).status == 64)
  }

  /// One name can answer Outlook for one domain only.
  @Test func aSharedWebServerIsNotGivenToOutlook() throws {
    let place = try Place()
    let settings = try place.settings(
      """
      [defaults]
      imap-host=imap.example.net
      smtp-host=smtp.example.net
      web-host=www.example.net
      [example.com]
      [example.org]
      """)
    #expect(try generate(["--settings", settings, "--out", place.out]).status == 0)
    for domain in ["example.com", "example.org"] {
      let zone = try place.text("out/dns/\(domain).zone")
      #expect(!zone.contains("\n_autodiscover"), "\(zone)")
      #expect(zone.contains("\n; No _autodiscover._tcp: www.example.net "), "\(zone)")
      #expect(zone.contains("\nautodiscover.\(domain). 3600 IN CNAME www.example.net."), "\(zone)")
    }
    // One of them, as it stands among the others.
    let one = try generate(["example.org", "--settings", settings, "--format", "zone"])
    #expect(one.output == (try place.text("out/dns/example.org.zone")))
  }

  /// Its DNS records and web server would go on pointing at them.
  @Test func anotherDomainsFilesAreNotReplaced() throws {
    let place = try Place()
    let first = ["example.com", "--display-name", "First", "--out", place.out] + Self.servers
    let other = ["bücher.example", "--out", place.out] + Self.servers
    #expect(try generate(first).status == 0)
    let before = try place.text("out/mail/config-v1.1.xml")
    for arguments in [
      [], ["--force"], ["--format", "autodiscover", "--force"], ["--format", "pacc", "--force"],
    ] {
      let result = try generate(other + arguments + ["--json"])
      #expect(result.status == 1)
      #expect(try result.rows().last?["code"] as? String == "exists")
      #expect(result.talk.contains("is of example.com"), "\(result.talk)")
      #expect(result.talk.contains("--settings"), "\(result.talk)")
    }
    #expect(try place.text("out/mail/config-v1.1.xml") == before)
    #expect(throws: (any Error).self) { try place.text("out/dns/xn--bcher-kva.example.zone") }
    // What has the domain in its name is in nobody's way.
    #expect(try generate(other + ["--format", "zone", "--format", "isp"]).status == 0)
    // A profile alone tells, too.
    for name in ["mail/config-v1.1.xml", ".well-known/autoconfig/mail/config-v1.1.xml"] {
      try FileManager.default.removeItem(at: place.url.appendingPathComponent("out/" + name))
    }
    #expect(try generate(other + ["--format", "pacc", "--force"]).status == 1)
    #expect(try generate(first + ["--force"]).status == 0)
    // A file for several domains, this one among them, is this one's as well.
    let shared = before.replacing(
      "<domain>example.com</domain>",
      with: "<domain>example.com</domain><domain>bücher.example</domain>")
    for name in ["mail/config-v1.1.xml", ".well-known/autoconfig/mail/config-v1.1.xml"] {
      try Data(shared.utf8).write(to: place.url.appendingPathComponent("out/" + name))
    }
    let result = try generate(other + ["--force"])
    #expect(result.status == 0, "\(result.talk)")
  }

  @Test func mistakesInSettingsAreShown() throws {
    let place = try Place()
    let settings = try place.settings(
      "[example.com]\nimap-host=imap.example.com\nsmtp-host=smtp example\n")
    let result = try generate(["--settings", settings, "--out", place.out, "--json"])
    #expect(result.status == 1)
    #expect(result.talk.contains("domains.ini, line 3, column 11: smtp-host"), "\(result.talk)")
    #expect(try result.rows().last?["code"] as? String == "syntax")
    #expect(!FileManager.default.fileExists(atPath: place.out))
  }

  @Test(
    arguments: [
      ([], "name the DOMAIN"), (["example.com"], "--out DIRECTORY"),
      (
        ["example.com", "--format", "zone", "--imap-host", "imap.example.com"],
        "--smtp-host is missing"
      ),
      (["example"] + servers + ["--format", "zone"], "no mail domain"),
      (["../../etc"] + servers + ["--out", "/nowhere"], "has an empty part"),
      (["example.com"] + servers + ["--format", "zone", "--format", "prf"], "--out DIRECTORY"),
      (["example.com"] + servers + ["--format", "zone", "--json"], "add --out"),
      (["example.com"] + servers + ["--format", "zone", "--force"], "--force goes with --out"),
      (["example.com"] + servers + ["--format", "xml"], "'xml'"),
      (
        ["example.com", "--settings", "x", "--ttl", "1", "--format", "zone"], "--ttl and --settings"
      ),
      (["example.com"] + servers + ["--security", "none", "--format", "zone"], "--security none"),
      (
        ["example.com"] + servers + ["--display-name", "a\nb", "--format", "zone"], "--display-name"
      ),
    ] as [([String], String)])
  func wrongUsage(_ arguments: [String], _ message: String) throws {
    let result = try generate(arguments)
    #expect(result.status == 64)
    #expect(result.talk.contains(message), "\(result.talk)")
    #expect(result.lines.count == (arguments.contains("--json") ? 1 : 0))
  }

  /// Lint would find it, and its words are said at once.
  @Test func whatClientsRefuseIsSaid() throws {
    let place = try Place()
    let oauth = try generate(
      ["example.com", "--auth", "OAuth2", "--out", place.out] + Self.servers)
    #expect(oauth.status == 0)
    let unusable = "no authentication that every client can use: Thunderbird"
    for format in ["autoconfig", "isp"] {
      #expect(
        oauth.talk.contains(
          "left out for example.com: \(format), because there is \(unusable) leaves the IMAP server out"
        ), "\(oauth.talk)")
    }
    #expect(!oauth.talk.contains("curl"), "\(oauth.talk)")
    #expect(!oauth.talk.contains("nginx/"), "\(oauth.talk)")
    #expect(throws: (any Error).self) { try place.text("out/isp/example.com.xml") }
    #expect(
      try generate(
        ["example.com", "--auth", "OAuth2", "--format", "autoconfig"] + Self.servers
      ).status == 1)
    // Thunderbird takes Kerberos, and not every client does.
    let kerberos = try generate(
      ["example.com", "--auth", "GSSAPI", "--format", "isp", "--out", place.out] + Self.servers)
    #expect(kerberos.status == 0)
    #expect(
      kerberos.talk.contains("isp/example.com.xml: \(unusable) for Android refuses the file"),
      "\(kerberos.talk)")
    let linted = try Program.run(["autoconfig", "lint", place.out])
    #expect(linted.output.contains("\(unusable) for Android refuses the file"))
  }

  @Test func aFormatThatCannotSayItSaysWhy() throws {
    let result = try generate(
      ["example.com"] + Self.servers + ["--auth", "OAuth2", "--format", "mobileconfig"])
    #expect(result.status == 1)
    #expect(result.talk.contains("knows only passwords"), "\(result.talk)")
    #expect(result.output.isEmpty)
  }
}
