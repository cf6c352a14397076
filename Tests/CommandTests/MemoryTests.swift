import Adapters
import Foundation
import ProfileRewriter
import Synchronization
import Testing

@testable import Command

/// A run over a hundred thousand homes is to hold hardly more than one over ten thousand: of each there is
/// kept which path it has, which profile it is, and what a first look has found.
@Suite struct MemoryTests {
  @Test func aScanHoldsFewBytesOfAHome() async {
    await #expect(processExitsWith: .success) {
      let bytes = try Homes.bytesForEach { engine, selection in engine.scan(selection) { _ in } }
      #expect(bytes < 150, "\(bytes) bytes")
    }
  }

  @Test func anApplyWithNothingToDoHoldsFewBytesOfAHome() async {
    await #expect(processExitsWith: .success) {
      let bytes = try Homes.bytesForEach { engine, selection in
        try engine.apply(
          SwitchRequest(selection: selection, settings: TargetRequest(host: "imap.example.net"))
        ) { _ in }
      }
      #expect(bytes < 300, "\(bytes) bytes")
    }
  }

  /// Homes with hardly anything in them but an IMAP account, and a list of them.
  private struct Homes {
    let scratch: URL
    let list: URL
    private static let prefs = """
      user_pref("mail.account.account1.server", "server1");
      user_pref("mail.accountmanager.accounts", "account1");
      user_pref("mail.server.server1.hostname", "imap.example.net");
      user_pref("mail.server.server1.type", "imap");
      user_pref("mail.server.server1.userName", "alice");

      """

    init(_ count: Int) throws {
      scratch = FileManager.default.temporaryDirectory
        .appendingPathComponent("profile-rewriter-memory-\(UUID().uuidString)")
      list = scratch.appendingPathComponent("list")
      let homes = (0..<count).map { scratch.appendingPathComponent("user\($0)") }
      for home in homes {
        let base = home.appendingPathComponent(".thunderbird")
        let profile = base.appendingPathComponent("abcd1234.default-default")
        try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
        try Data("[Profile0]\nIsRelative=1\nPath=abcd1234.default-default\n".utf8)
          .write(to: base.appendingPathComponent("profiles.ini"))
        try Data(Self.prefs.utf8).write(to: profile.appendingPathComponent("prefs.js"))
      }
      try Data(homes.map { $0.path + "\n" }.joined().utf8).write(to: list)
    }

    /// How much more is held, at most, for each home more.
    static func bytesForEach(_ work: (Engine, Selection) throws -> Void) throws -> Int {
      // What is made at the first use of anything is made.
      _ = try most(20, work)
      let (few, many) = (100, 400)
      return try (most(many, work) - most(few, work)) / (many - few)
    }

    /// The most that is held while `work` goes through so many homes.
    private static func most(
      _ count: Int, _ work: (Engine, Selection) throws -> Void
    ) throws -> Int {
      let homes = try Homes(count)
      defer { try? FileManager.default.removeItem(at: homes.scratch) }
      let held = Mutex(0)
      var configuration = EngineConfiguration(
        adapters: builtInAdapters,
        stateDirectory: Array(homes.scratch.appendingPathComponent("state").path.utf8))
      configuration.progress = { _, _ in
        let now = (try? HeldMemory.now()) ?? .max
        held.withLock { $0 = max($0, now) }
      }
      let before = try HeldMemory.now()
      let selection = Selection(
        paths: try HomeList.paths(BytePath(bytes: Array(homes.list.path.utf8))))
      try work(Engine(configuration), selection)
      return held.withLock { $0 } - before
    }
  }
}
