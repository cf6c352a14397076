import Foundation
import ProfileRewriter

/// A home as a real client left it, with what it must become (profiles-fixtures/).
struct Fixture: Sendable, CustomStringConvertible {
  struct IMAPServer: Decodable, Sendable {
    var host: String
    var port: Int
    var security: TransportSecurity
  }

  private struct Description: Decodable {
    struct AccountEntry: Decodable {
      var account: String
      var type: String
      var imap: IMAPServer?
    }
    var profile: String
    var accounts: [AccountEntry]
    var emptyDirectories: [String]
    var modes: [String: String]
    var system: String?
  }

  var client: String
  var variant: String
  /// Its outgoing servers are to be set right, too.
  var fixesSMTP = false
  /// The profile's directory below the home.
  var profile: String
  /// Of another system, whose client no lock here tells of.
  var isElsewhere: Bool
  /// By the client's account key; only POP accounts.
  var imap: [String: IMAPServer]
  private var home: URL
  private var emptyDirectories: [String]
  private var modes: [String: String]

  var description: String { "\(client)/\(variant)" }

  static let directory = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("profiles-fixtures")

  static func all(of client: String) -> [Fixture] { all.filter { $0.client == client } }

  static let all: [Fixture] = {
    var fixtures: [Fixture] = []
    for client in names(in: directory) {
      let clientDirectory = directory.appendingPathComponent(client)
      for variant in names(in: clientDirectory) {
        if let fixture = Fixture(client: client, variant: variant) { fixtures.append(fixture) }
      }
    }
    return fixtures + fixtures.filter(\.sends).map(\.fixingSMTP)
  }()

  /// One account, and several.
  private var sends: Bool {
    ["thunderbird/mbox", "thunderbird/two", "evolution/keep", "evolution/two"].contains(description)
  }

  private var fixingSMTP: Fixture {
    var fixture = self
    fixture.variant += "+smtp"
    fixture.fixesSMTP = true
    return fixture
  }

  static func named(_ variant: String, of client: String = "thunderbird") throws -> Fixture {
    guard let fixture = all.first(where: { $0.variant == variant && $0.client == client }) else {
      throw MissingFixture(variant: variant)
    }
    return fixture
  }

  struct MissingFixture: Error { var variant: String }

  private static func names(in directory: URL) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).sorted()
  }

  private init?(client: String, variant: String) {
    let directory = Self.directory.appendingPathComponent("\(client)/\(variant)")
    guard
      let data = try? Data(contentsOf: directory.appendingPathComponent("fixture.json")),
      let parsed = try? JSONDecoder().decode(Description.self, from: data)
    else { return nil }
    self.client = client
    self.variant = variant
    profile = parsed.profile
    imap = Dictionary(
      uniqueKeysWithValues: parsed.accounts.compactMap { entry in
        entry.type == "pop3" ? entry.imap.map { (entry.account, $0) } : nil
      })
    home = directory.appendingPathComponent("home")
    isElsewhere = (parsed.system ?? "linux") != "linux"
    emptyDirectories = parsed.emptyDirectories
    modes = parsed.modes
  }

  /// Copies the home with the modes and empty directories that a repository cannot keep.
  func copy(to destination: URL) throws {
    try FileManager.default.copyItem(at: home, to: destination)
    for path in emptyDirectories {
      try FileManager.default.createDirectory(
        at: destination.appendingPathComponent(path), withIntermediateDirectories: true)
    }
    for (path, mode) in modes {
      chmod(destination.appendingPathComponent(path).path, mode_t(mode, radix: 8) ?? 0o600)
    }
  }
}

/// Sends each account to the server its fixture names.
struct FixtureSettings: IMAPSettingsSource {
  var fixture: Fixture

  var isOneServerForAll: Bool { false }
  var isOneUsernameForAll: Bool { false }

  func settings(for account: Account) throws(Refusal) -> ServerSettings {
    guard let server = fixture.imap[account.key] else {
      throw Refusal(.noIMAPSettings, "the fixture names no IMAP server for \(account.key)")
    }
    return ServerSettings(
      host: server.host, port: server.port, security: server.security, auth: account.settings.auth,
      username: account.settings.username)
  }

  /// Another one than the fixtures have, which takes the user names that they have.
  func outgoing(for account: Account) -> OutgoingServers? {
    guard fixture.fixesSMTP else { return nil }
    return OutgoingServers(
      provider: "lab.test",
      offers: [
        OutgoingOffer(
          host: "submission.lab.test", port: 2465, security: .tls, auth: [.passwordCleartext],
          username: nil)
      ])
  }
}
