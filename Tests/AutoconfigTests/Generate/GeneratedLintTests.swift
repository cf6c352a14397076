import Foundation
import ProfileRewriter
import Testing

@testable import Autoconfig

/// What `autoconfig generate` writes, `autoconfig lint` finds nothing wrong with, but for what was asked for.
@Suite struct GeneratedLintTests {
  private let root = FileManager.default.temporaryDirectory
    .appendingPathComponent("generated-lint-\(UUID().uuidString)")

  /// All that lint says of the files of one domain.
  private func lint(_ settings: DomainSettings) throws -> [LintedFile] {
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    let path = Array(root.path.utf8)
    let made = DomainFiles(settings).files
    _ = try OutputDirectory(path: path).write(made, replacing: false)
    // Where DNS records are all that is left, there is nothing to lint, and that is an error.
    guard made.contains(where: { $0.format != .zone }) else { return [] }
    var files: [LintedFile] = []
    var run = LintRun()
    _ = run.run([LintRun.Target(shown: path, path: path)]) { files.append($0) }
    return files
  }

  private static let android: Set<AuthMethod> = [.passwordCleartext, .passwordEncrypted, .oauth2]

  /// What lint may say, because it is what somebody chose.
  private func isAskedFor(_ finding: LintFinding, _ settings: DomainSettings) -> Bool {
    let servers = settings.servers
    return switch finding.rule {
    case .nameLong:
      settings.displayName.unicodeScalars.count > 30 || settings.shortName.unicodeScalars.count > 12
    case .lastEntryWins: ServerKind.allCases.contains { settings.servers($0).count > 1 }
    case .portUnusual:
      servers.contains { $0.port != $0.kind.usualPort($0.security) }
    case .httpURL: settings.documentation?.hasPrefix("http://") == true
    case .oauth2HostUnknown: servers.contains { $0.auth.contains(.oauth2) && $0.auth.count > 1 }
    case .oauth2Only: servers.contains { $0.auth == [.oauth2] }
    // Kerberos and Windows' own: Thunderbird takes them.
    case .authenticationUnusable:
      servers.allSatisfy { Self.android.isDisjoint(with: $0.auth) }
        && finding.text
          == "no authentication that every client can use: Thunderbird for Android refuses the file"
    default: false
    }
  }

  private func check(_ settings: DomainSettings) throws {
    let files = try lint(settings)
    for file in files {
      for finding in file.findings where !isAskedFor(finding, settings) {
        Issue.record(
          "\(settings.domain.display) \(file.file.dropFirst(root.path.count)): \(finding.rule.rawValue) \(finding.text)"
        )
      }
      for reading in file.readings where reading.client != .thunderbirdAndroid {
        #expect(reading.accepted == true, "\(settings.domain.display): \(reading)")
        // Every server that was asked for is there.
        if reading.client == .thunderbird {
          #expect(
            reading.incoming.count + reading.outgoing.count == settings.servers.count,
            "\(settings.domain.display): \(reading)")
        }
      }
    }
  }

  /// 400 settings with hostile strings, in several scripts.
  @Test func hostileSettings() throws {
    var dice = Dice(seed: 11)
    var number = 0
    var withAutoconfig = 0
    while withAutoconfig < 400 {
      number += 1
      let random = RandomSettings(number: number, &dice, root: "/var/www")
      guard !random.mustBeRefused else { continue }
      let settings = try DomainSettings(domain: random.domain, random.values)
      try check(settings)
      let made = DomainFiles(settings)
      if made.files.contains(where: { $0.format == .autoconfig }) {
        withAutoconfig += 1
      } else {
        #expect(settings.takesOnlyOAuth2, "\(random.values)")
        #expect(
          made.leftOut.first { $0.format == .autoconfig }?.reason.contains(
            "Thunderbird leaves the IMAP server out") == true)
      }
    }
  }

  /// Whatever is taken for a page is one for validators, too.
  @Test(arguments: [
    "https://[2001:db8::1]:8443/a?b#c", "https://user:word@example.com:8443/", "http://example.com",
    "https://example.com?a=%5B%5d;b='c'&d=~!$*(),:@/?#x?y/z",
  ])
  func pages(_ page: String) throws {
    try check(
      try DomainSettings(
        domain: "example.com",
        [
          .imapHost: "imap.example.com", .smtpHost: "smtp.example.com", .documentation: page,
        ]))
  }

  /// With nothing said but the servers, and each method alone.
  @Test(arguments: [
    "example.com", "bücher.example", "faß.example", "例え.テスト", "παράδειγμα.δοκιμή", "مثال.إختبار",
    "पत्रिका-विद्यालय.परीक्षा-संस्थान.example.example.example.example",
    "a-rather-long-name-of-an-organization.with-a-department.example",
  ])
  func plainSettings(_ domain: String) throws {
    let least: [SettingName: String] = [
      .imapHost: "imap.\(domain)", .smtpHost: "smtp.\(domain)", .popHost: "pop.\(domain)",
    ]
    try check(try DomainSettings(domain: domain, least))
    for method in AuthMethod.allCases where ![.none, .tlsClientCertificate].contains(method) {
      try check(
        try DomainSettings(domain: domain, least.merging([.auth: method.rawValue]) { $1 }))
    }
    let google: [SettingName: String] = [
      .imapHost: "imap.gmail.com", .smtpHost: "smtp.gmail.com", .auth: "OAuth2",
    ]
    let settings = try DomainSettings(domain: domain, google)
    try check(settings)
    #expect(DomainFiles(settings).files.contains { $0.format == .isp })
  }
}
