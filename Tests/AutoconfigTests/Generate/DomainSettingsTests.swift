import ConfigFormats
import ProfileRewriter
import Testing

@testable import Autoconfig

@Suite struct DomainSettingsTests {
  private static let least: [SettingName: String] = [
    .imapHost: "imap.example.com", .smtpHost: "smtp.example.com",
  ]

  @Test func whatNobodySaid() throws {
    let settings = try DomainSettings(domain: "Bücher.Example", Self.least)
    #expect(settings.domain.ascii == "xn--bcher-kva.example")
    #expect(settings.displayName == "bücher.example")
    #expect(settings.shortName == "bücher.example")
    #expect(
      settings.servers == [
        ServerOffer(
          kind: .imap, host: "imap.example.com", port: 993, security: .tls,
          auth: [.passwordCleartext], username: "%EMAILADDRESS%"),
        ServerOffer(
          kind: .smtp, host: "smtp.example.com", port: 465, security: .tls,
          auth: [.passwordCleartext], username: "%EMAILADDRESS%"),
      ])
    #expect(settings.publication.webHost == settings.domain)
    #expect(settings.publication.webRoot == "/var/www/autoconfig")
  }

  /// Implicit TLS first, STARTTLS only on request and only as second choice.
  @Test func startTLSOnRequest() throws {
    let both = try DomainSettings(
      domain: "example.com",
      Self.least.merging([.alsoSTARTTLS: "yes", .popHost: "pop.example.com"]) { $1 })
    #expect(both.servers.map(\.port) == [993, 143, 995, 110, 465, 587])
    let only = try DomainSettings(
      domain: "example.com",
      Self.least.merging([.security: "starttls", .alsoSTARTTLS: "yes"]) { $1 })
    #expect(only.servers(.imap).map(\.port) == [143])
  }

  @Test(
    arguments: [
      ([.imapHost: "192.0.2.1"], .imapHost), ([.imapHost: "imap example.com"], .imapHost),
      ([.imapPort: "0"], .imapPort), ([.imapPort: "65536"], .imapPort),
      ([.imapPort: "+993"], .imapPort),
      ([.imapPort: "143"], .imapPort), ([.smtpPort: "25"], .smtpPort),
      ([.security: "starttls", .imapPort: "993"], .imapPort), ([.security: "none"], .security),
      ([.smtpSecurity: "plain"], .smtpSecurity), ([.popPort: "995"], .popPort),
      ([.noPOP: "yes", .popHost: "pop.example.com"], .noPOP), ([.noPOP: "maybe"], .noPOP),
      ([.username: "alice"], .username), ([.username: "%EMAILADDRESS"], .username),
      ([.username: "%emailaddress%"], .username), ([.username: "a %EMAILADDRESS%"], .username),
      ([.username: "%EMAILADDRESS%\n"], .username), ([.username: ""], .username),
      ([.auth: "none"], .auth), ([.auth: ""], .auth), ([.auth: "TLS-client-cert"], .auth),
      ([.auth: "password"], .auth), ([.displayName: "a\u{1B}[0m"], .displayName),
      ([.displayName: String(repeating: "x", count: 61)], .displayName),
      ([.shortName: String(repeating: "x", count: 21)], .shortName),
      ([.displayName: " "], .displayName),
      ([.documentation: "javascript:alert(1)"], .documentation),
      ([.documentation: "https://"], .documentation),
      ([.documentation: "https://a/\"b"], .documentation),
      ([.documentation: "https://a/ü"], .documentation),
      ([.documentation: "https://a/]]"], .documentation),
      ([.documentation: "https://a/100%"], .documentation),
      ([.documentation: "https://a/%zz"], .documentation),
      ([.documentation: "https://a/#b#c"], .documentation),
      ([.documentation: "https://a:b/"], .documentation),
      ([.documentation: "https://a]/"], .documentation), ([.webRoot: "www"], .webRoot),
      ([.webRoot: "/www/../etc"], .webRoot), ([.webRoot: "/"], .webRoot),
      ([.webRoot: "/w$x"], .webRoot),
      ([.webRoot: "/w\"x"], .webRoot), ([.webRoot: "/w\\"], .webRoot),
      ([.webRoot: "/w\nx"], .webRoot),
      ([.tlsCertificate: "/etc/x.pem"], .tlsCertificate), ([.tlsKey: "/etc/x.key"], .tlsKey),
      ([.ttl: "-1"], .ttl), ([.ttl: "2147483648"], .ttl),
      ([.webHost: "https://example.com"], .webHost),
    ] as [([SettingName: String], SettingName)])
  func whatDoesNotHoldIsNamed(_ values: [SettingName: String], _ name: SettingName) {
    do {
      _ = try DomainSettings(domain: "example.com", Self.least.merging(values) { $1 })
      Issue.record("taken: \(values)")
    } catch {
      #expect(error.name == name, "\(error.text)")
      #expect(error.text.printable == error.text)
    }
  }

  /// Evolution puts nothing in its place, and all that is generated is for this one domain.
  @Test func theDomainIsWrittenOut() throws {
    let settings = try DomainSettings(
      domain: "bücher.example",
      Self.least.merging([
        .username: "%EMAILLOCALPART%.%EMAILDOMAIN%", .smtpUsername: "%EMAILDOMAIN%/%EMAILADDRESS%",
      ]) { $1 })
    #expect(settings.preferred(.imap)?.username == "%EMAILLOCALPART%.xn--bcher-kva.example")
    #expect(settings.preferred(.smtp)?.username == "xn--bcher-kva.example/%EMAILADDRESS%")
  }

  /// As long as the format allows, in characters as it counts them.
  @Test func namesThatNobodySaidAreNotTooLong() throws {
    let long = try DomainSettings(
      domain: "पत्रिका-विद्यालय.परीक्षा-संस्थान.example.example.example.example", Self.least)
    #expect((56...60).contains(long.displayName.unicodeScalars.count), "\(long.displayName)")
    #expect((16...20).contains(long.shortName.unicodeScalars.count), "\(long.shortName)")
    let named = try DomainSettings(
      domain: "example.com",
      Self.least.merging([.displayName: "The Example Company Ltd"]) { $1 })
    #expect(named.shortName == "The Example Company")
  }

  @Test func thereIsNothingWithoutServers() {
    for name in [SettingName.imapHost, .smtpHost] {
      var values = Self.least
      values[name] = nil
      #expect(throws: SettingProblem(name, "is missing")) {
        try DomainSettings(domain: "example.com", values)
      }
    }
  }

  @Test(arguments: [
    "", "example", "../etc", "a/b.example", "example.com\nx", "*.example.com", "..",
  ])
  func noMailDomain(_ domain: String) {
    #expect(throws: SettingProblem.self) { try DomainSettings(domain: domain, Self.least) }
  }

  /// What a format cannot say is left out, with the reason, and nothing else is.
  @Test(
    arguments: [
      ([:], []),
      (
        [.auth: "OAuth2"],
        [
          "autoconfig", "autodiscover", "mobileconfig", "pacc", "isp", "prf", "nginx",
          "nginx-include", "apache", "apache-include",
        ]
      ),
      (
        [.auth: "OAuth2", .oauth2Issuer: "https://login.example.com"],
        ["autoconfig", "autodiscover", "mobileconfig", "isp", "prf"]
      ),
      (
        [.auth: "OAuth2", .imapHost: "imap.gmail.com", .smtpHost: "smtp.gmail.com"],
        ["autodiscover", "mobileconfig", "pacc", "prf"]
      ),
      (
        [.auth: "OAuth2,TLS-client-cert", .imapHost: "imap.gmail.com"],
        [
          "autoconfig", "autodiscover", "mobileconfig", "pacc", "isp", "prf", "nginx",
          "nginx-include", "apache", "apache-include",
        ]
      ),
      ([.security: "starttls"], ["pacc", "prf"]), ([.smtpSecurity: "starttls"], ["pacc"]),
      ([.imapPort: "10993"], ["pacc"]),
      ([.username: "%EMAILLOCALPART%"], ["autodiscover", "pacc"]),
      ([.username: "ü%EMAILADDRESS%"], ["autodiscover", "pacc", "prf"]),
      ([.auth: "GSSAPI"], ["autodiscover", "mobileconfig", "pacc", "prf"]),
      ([.auth: "password-encrypted"], ["autodiscover", "prf"]),
    ] as [([SettingName: String], [String])])
  func whatIsLeftOut(_ values: [SettingName: String], _ formats: [String]) throws {
    let settings = try DomainSettings(domain: "example.com", Self.least.merging(values) { $1 })
    let result = DomainFiles(settings)
    #expect(result.leftOut.map(\.format.rawValue) == formats)
    let made = Set(result.files.map(\.format))
    #expect(made.count + formats.count == AutoconfigFormat.allCases.count)
    // What is not there is neither served nor vouched for.
    let zone = ZoneText.text(settings)
    #expect(zone.contains("_ua-auto-config") == made.contains(.pacc))
    #expect(zone.contains("autoconfig.example.com") == made.contains(.autoconfig))
    #expect(zone.contains("web server") == made.contains(.nginx))
    #expect(NginxText.server(settings).contains("ua-auto-config") == made.contains(.pacc))
    #expect(ApacheText.server(settings).contains("mobileconfig") == made.contains(.mobileconfig))
  }
}
