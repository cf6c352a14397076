import Adapters
import Foundation

@testable import ProfileRewriter

/// A home with every mail client in it that this build knows to live in homes: one fixture of each, and of
/// a client that is only listed, and so has none, a file of it.
final class FullHome {
  let sandbox: Sandbox
  /// One of each client.
  let fixtures: [Fixture]

  init(jobs: Int) throws {
    let adapters = builtInAdapters.filter(\.livesInHomes)
    fixtures = adapters.compactMap { Self.fixture(of: $0.client) }
    guard let first = fixtures.first else { throw Fixture.MissingFixture(variant: "any") }
    sandbox = try Sandbox(first)
    sandbox.jobs = jobs
    for fixture in fixtures.dropFirst() { try add(fixture) }
    for (path, text) in Self.listedOnly {
      let place = sandbox.home.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: place)
    }
  }

  /// With several accounts, where there is one.
  private static func fixture(of client: String) -> Fixture? {
    let known = Fixture.all(of: client)
    return known.first { $0.variant == "two" } ?? known.first
  }

  /// Files of clients that have nothing to switch. A new one of these is a line here.
  private static let listedOnly = [
    ".config/goa-1.0/accounts.conf":
      "[Account account_1]\nProvider=google\nIdentity=bob@example.test\nEmailAddress=bob@example.test\n",
    ".config/geary/account_01/geary.ini":
      "[Incoming]\nhost=imap.example.test\nlogin=bob\ntransport_security=transport\n",
    ".config/akonadi_imap_resource_0rc":
      "[network]\nImapServer=imap.example.test\nSafety=SSL\nUserName=bob\n",
    ".balsa/config":
      "[mailbox-1]\nType=LibBalsaMailboxImap\nName=Work\nServer=imap.example.test:993\nSecurity=1\n",
  ]

  /// Puts a fixture into the home. Where two clients share a directory of mail, what is there stays.
  private func add(_ fixture: Fixture) throws {
    guard !FileManager.default.fileExists(atPath: profile(of: fixture).path) else {
      throw Occupied(fixture: fixture.description)
    }
    let part = sandbox.directory.appendingPathComponent("part-\(fixture.client)")
    try fixture.copy(to: part)
    try Self.merge(part, into: sandbox.home)
  }

  struct Occupied: Error { var fixture: String }

  private func profile(of fixture: Fixture) -> URL {
    sandbox.home.appendingPathComponent(fixture.profile)
  }

  private static func merge(_ part: URL, into whole: URL) throws {
    let files = FileManager.default
    for name in try files.contentsOfDirectory(atPath: part.path) {
      let from = part.appendingPathComponent(name)
      let to = whole.appendingPathComponent(name)
      var isDirectory: ObjCBool = false
      if !files.fileExists(atPath: to.path, isDirectory: &isDirectory) {
        try files.moveItem(at: from, to: to)
      } else if isDirectory.boolValue {
        try merge(from, into: to)
      }
    }
  }

  /// Profiles of another system's client have no lock that could be taken from here.
  var engine: Engine {
    var configuration = sandbox.engine.configuration
    configuration.clientIsClosed = true
    return Engine(configuration)
  }

  func scan() -> [ScanRow] {
    var rows: [ScanRow] = []
    engine.scan(sandbox.selection()) { rows.append($0) }
    return rows
  }

  func apply() throws -> [ResultRow] {
    var rows: [ResultRow] = []
    try engine.apply(
      SwitchRequest(selection: sandbox.selection(), settings: OneProvider())
    ) { rows.append($0) }
    return rows
  }

  func rollback(_ which: UndoRequest.Which) throws -> [ResultRow] {
    try engine.rollbackAsForetold(UndoRequest(which: which), sandbox.tree)
  }

  /// All fixtures' servers, whatever the client.
  private struct OneProvider: IMAPSettingsSource {
    var isOneServerForAll: Bool { false }
    var isOneUsernameForAll: Bool { false }

    func settings(for account: Account) -> ServerSettings {
      ServerSettings(
        host: "imap.lab.test", port: 25993, security: .tls, auth: account.imapAuth,
        username: account.settings.username)
    }

    func outgoing(for account: Account) -> OutgoingServers? { nil }
  }
}
