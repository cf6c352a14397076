import Foundation
import Testing

@testable import ProfileRewriter

/// The owner of a home swaps its entries while root applies and undoes (docs/security.md). A sample;
/// RACER_OPERATIONS=1000000 makes it long (`make torture`).
@Suite(.serialized) struct RacerLaws {
  /// Renames of the racer.
  static let wanted =
    ProcessInfo.processInfo.environment["RACER_OPERATIONS"].flatMap { Int($0) } ?? 20_000
  /// Seconds; a machine that has other things to do is not waited for in a sample.
  static let patience: Double =
    ProcessInfo.processInfo.environment["RACER_OPERATIONS"] == nil ? 8 : 24 * 3600

  struct Count {
    var operations = 0
    var rounds = 0
    var outcomes: [String: Int] = [:]

    /// What was raced for came about: some were switched, others met something in their way.
    var isVaried: Bool { outcomes.keys.contains("applied") && outcomes.count > 2 }
  }

  @Test(arguments: ["thunderbird/mbox", "evolution/two"])
  func nothingOutsideIsTouched(_ name: String) throws {
    let fixture = try #require(Fixture.all.first { "\($0)" == name })
    var count = Count()
    let start = Date()
    func passed() -> TimeInterval { Date().timeIntervalSince(start) }
    while count.operations < Self.wanted / 2 && passed() < Self.patience / 2
      || !count.isVaried && passed() < 300
    {
      try #require(try Self.round(fixture, &count) == [])
    }
    #expect(count.isVaried, "\(count)")
    if ProcessInfo.processInfo.environment["RACER_OPERATIONS"] != nil { print(name, count) }
  }

  /// One home, until it has been raced for a while; what the racer got.
  static func round(
    _ fixture: Fixture, _ count: inout Count, _ breakage: Breakage? = nil
  ) throws -> [String] {
    let scene = try HostileHomeLaws.Scene(fixture)
    let sandbox = scene.sandbox
    breakage?.apply(to: sandbox)
    let racer = Racer(
      home: sandbox.home, places: Self.places(fixture), outside: scene.outside.directory,
      user: HostileHomeLaws.user)
    racer.prepare()
    racer.start()
    let start = Date()
    var said: [String] = []
    while Date().timeIntervalSince(start) < 1 {
      for row in ((try? sandbox.apply()) ?? []) + ((try? sandbox.rollback(.all, isForetold: false)) ?? []) {
        count.outcomes[row.reason?.rawValue ?? "\(row.status)", default: 0] += 1
        said.append(row.text ?? "")
      }
    }
    racer.stop()
    count.operations += racer.operations
    count.rounds += 1
    var broken = try scene.outside.differences().map { "outside: \($0)" }
    broken += said.filter { $0.contains(Outside.secret) }.map { "leaked: \($0)" }
    for (path, entry) in try sandbox.tree()
    where !path.hasPrefix("attic") && entry.uid != HostileHomeLaws.user {
      broken.append("\(path) was given to \(entry.uid)")
    }
    sandbox.calls = LinuxSystemCalls()
    try sandbox.engine.recover { _ in }
    let litter = try FileManager.default.subpathsOfDirectory(atPath: sandbox.home.path)
      .filter { $0.contains(".profile-rewriter-") && !$0.hasPrefix("attic") }
    count.outcomes["litter left", default: 0] += litter.count
    return broken
  }

  private static func places(_ fixture: Fixture) -> [String] {
    let profile = fixture.profile
    if fixture.client == "evolution" {
      return [".config", ".config/evolution", profile, profile + "/sources", ".cache/evolution"]
        + fixture.imap.keys.map { profile + "/sources/\($0).source" }
    }
    return [
      ".thunderbird", profile, profile + "/prefs.js", profile + "/logins.json",
      profile + "/ImapMail", profile + "/Mail", profile + "/.parentlock",
      ".thunderbird/profiles.ini",
    ]
  }
}
