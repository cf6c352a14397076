import ConfigFormats
import Foundation
import ProfileRewriter
import Testing

@testable import Autoconfig

/// Every generated file is read by a reader that is not ours, and yields what was put in.
@Suite(.serialized) struct GeneratedFormatTests {
  private func settings(
    _ domain: String, _ values: [SettingName: String]
  ) throws -> DomainSettings {
    try DomainSettings(
      domain: domain,
      [.imapHost: "imap.example.com", .smtpHost: "smtp.example.com"].merging(values) { $1 })
  }

  /// One domain of every kind that matters.
  @Test func plainSettings() throws {
    var cases = try GeneratedCases()
    defer { cases.remove() }
    let kinds: [(String, [SettingName: String])] = [
      ("example.com", [:]),
      (
        "pop.example",
        [
          .popHost: "pop.example.com", .alsoSTARTTLS: "yes",
          .documentation: "https://example.com/?a=1&b='2'",
        ]
      ),
      ("nopop.example", [.noPOP: "yes", .webHost: "www.example.net", .ttl: "60"]),
      ("bücher.example", [.displayName: "Bücher & „Söhne“ <GmbH>"]),
      ("starttls.example", [.security: "starttls", .smtpSecurity: "starttls"]),
      ("local.example", [.username: "%EMAILLOCALPART%"]),
      ("oauth.example", [.auth: "OAuth2", .oauth2Issuer: "https://login.example.com"]),
      (
        "both.example",
        [.auth: "OAuth2,password-cleartext", .oauth2Issuer: "https://login.example.com"]
      ),
    ]
    for (domain, values) in kinds {
      let root = cases.directory.path + "/www/" + domain
      try cases.add(settings(domain, values.merging([.webRoot: root]) { $1 }))
    }
    try cases.save()
    try readByAll(cases)
  }

  /// At least 300 settings with strings that each format gives a meaning of its own, and those that
  /// cannot be escaped refused.
  @Test func hostileSettings() throws {
    var cases = try GeneratedCases()
    defer { cases.remove() }
    var dice = Dice(seed: 20)
    var refused = 0
    var number = 0
    while cases.count < 300 || refused < 50 {
      number += 1
      let random = RandomSettings(number: number, &dice, root: cases.directory.path + "/www")
      do throws(SettingProblem) {
        let settings = try DomainSettings(domain: random.domain, random.values)
        let isRefusalOwed = random.mustBeRefused
        #expect(!isRefusalOwed, "\(random.values)")
        try? cases.add(settings, given: random.values)
      } catch {
        let isRefusalOwed = random.mustBeRefused
        #expect(isRefusalOwed, "\(error.name?.rawValue ?? "domain") \(error.text)")
        #expect(error.text.printable == error.text)
        refused += 1
      }
    }
    #expect(cases.count + refused == number)
    try cases.save()
    try readByAll(cases)
  }

  /// Domains that share a web server: what the documentation says to include is taken by real servers,
  /// and wherever a domain's DNS leads Outlook, it is given that domain's servers.
  @Test func domainsOnOneWebServer() throws {
    var cases = try GeneratedCases()
    defer { cases.remove() }
    let file = cases.directory.appendingPathComponent("domains.ini")
    let text = """
      [defaults]
      smtp-host=smtp.example.net
      web-host=www.example.net
      web-root=\(cases.directory.path)/www
      [example.com]
      imap-host=imap.example.com
      [example.org]
      imap-host=imap.example.org
      [alone.example]
      imap-host=imap.alone.example
      web-host=www.alone.example.net
      [host.example]
      imap-host=imap.host.example
      web-host=host.example
      [guest.example]
      imap-host=imap.guest.example
      web-host=host.example
      [below.example]
      imap-host=imap.below.example
      web-host=autodiscover.below.example
      [other.example]
      imap-host=imap.other.example
      web-host=autodiscover.below.example
      """
    try Data(text.utf8).write(to: file)
    let domains = try DomainSettingsFile.read(path: Array(file.path.utf8)).domains
    for settings in domains { try cases.add(settings) }
    try cases.save()
    for kind in ["nginx", "apache"] {
      let answer = try cases.read("shared-\(kind)")
      #expect(answer.problems == [], "\(kind)")
      #expect(answer.checked >= 10 * domains.count, "\(kind)")
    }
    let led = domains.filter { ZoneText.text($0).contains("_autodiscover._tcp") }
    #expect(
      led.filter { ZoneText.text($0).contains("\n_autodiscover._tcp") }.map(\.domain.ascii)
        == ["alone.example", "host.example", "below.example"])
    // Who looks for it finds why it is not there.
    #expect(led.count == domains.count)
  }

  private func readByAll(_ cases: GeneratedCases) throws {
    for reader in ["files", "dns", "nginx", "apache"] {
      let answer = try cases.read(reader)
      #expect(answer.problems == [], "\(reader)")
      #expect(answer.more == 0)
      // Each asks for several things of each case.
      #expect(answer.checked >= 4 * cases.count, "\(reader)")
      print("\(reader): \(answer.checked) checks of \(cases.count) settings")
    }
  }
}
