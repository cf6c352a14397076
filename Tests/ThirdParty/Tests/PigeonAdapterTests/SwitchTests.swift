import Foundation
import PigeonAdapter
import ProfileRewriter
import Testing

/// Pigeon through the engine, by what the library shows to everybody.
@Suite struct SwitchTests {
  private let home = Home()

  @Test func itsAccountsAreListed() {
    let rows = home.scan()
    #expect(rows.map(\.account?.key) == ["Account work", "Account home"])
    #expect(rows.map(\.account?.state) == [.ready, .current])
    #expect(rows.allSatisfy { $0.name.client == "pigeon" && $0.problem == nil })
  }

  @Test func itIsSwitchedAndTakenBackToTheByte() throws {
    let before = try home.file()
    #expect(try home.apply().filter { $0.status != .unchanged }.map(\.status) == [.applied])
    #expect(home.scan().map(\.account?.state) == [.current, .current])
    #expect(try home.apply().allSatisfy { $0.status == .unchanged })
    #expect(try home.rollback().map(\.status) == [.undone])
    #expect(try home.file() == before)
  }

  /// As Pigeon writes its file at the end: keys changed and added, ours kept.
  @Test func whatPigeonWroteMeanwhileStays() throws {
    let before = try home.file()
    _ = try home.apply()
    func rewritten(_ text: String) -> String {
      text.replacing("Theme = grey", with: "Theme = blue")
        .replacing("# kept by hand", with: "Seen=1234")
    }
    try home.write(rewritten(home.file()))
    #expect(try home.rollback().map(\.status) == [.undone])
    // What was there before the switch and Pigeon's own; a key that the switch brought goes with its line.
    #expect(try home.file() == rewritten(before))
  }

  @Test func itsLeaveOnServerHolds() throws {
    _ = try home.apply()
    let rows = try home.rollback(leaveOnServer: true)
    #expect(rows.map(\.status) == [.undone])
    #expect(try home.file().contains("Remove=no"))
  }

  @Test func weakerIsRefused() throws {
    let before = try home.file()
    #expect(
      try home.apply(security: TransportSecurity.none).compactMap(\.reason) == [
        .wouldWeakenSecurity
      ])
    #expect(try home.file() == before)
  }

  @Test func aBrokenFileIsRefusedAndNothingOfItIsShown() throws {
    try home.write("[Account work\nPassword=Feather and twine 7\n")
    let problem = try #require(home.scan().first?.problem)
    #expect(problem.reason == .syntax)
    #expect(!problem.text.contains("Feather"))
  }

  /// The journal of a program that knows Pigeon, in the hands of one that does not.
  @Test func aProgramWithoutTheAdapterLeavesItsChangesAlone() throws {
    _ = try home.apply()
    let switched = try home.file()
    home.adapters = []
    #expect(try home.rollback().map(\.reason) == [.unsupported])
    #expect(try home.file() == switched)
    home.adapters = [PigeonAdapter()]
    #expect(try home.rollback().map(\.status) == [.undone])
  }
}

/// A scratch copy of `home`, and a journal beside it.
private final class Home {
  private let directory = FileManager.default.temporaryDirectory
    .appendingPathComponent("pigeon-\(UUID().uuidString)")
  var adapters: [any ClientAdapter] = [PigeonAdapter()]

  private var home: URL { directory.appendingPathComponent("home") }
  private var place: URL { home.appendingPathComponent(".pigeon/pigeon.ini") }

  init() {
    let original = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("home")
    try? FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try? FileManager.default.copyItem(at: original, to: home)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  func file() throws -> String { try String(contentsOf: place, encoding: .utf8) }

  func write(_ text: String) throws { try Data(text.utf8).write(to: place) }

  private var engine: Engine {
    Engine(
      EngineConfiguration(
        adapters: adapters,
        stateDirectory: Array(directory.appendingPathComponent("state").path.utf8)))
  }

  private var selection: Selection { Selection(paths: [Array(home.path.utf8)]) }

  func scan() -> [ScanRow] {
    var rows: [ScanRow] = []
    _ = engine.scan(selection) { rows.append($0) }
    return rows
  }

  func apply(security: TransportSecurity = .tls) throws -> [ResultRow] {
    var rows: [ResultRow] = []
    let target = TargetRequest(host: "imap.example.org", security: security)
    _ = try engine.apply(SwitchRequest(selection: selection, settings: target)) { rows.append($0) }
    return rows
  }

  func rollback(leaveOnServer: Bool = false) throws -> [ResultRow] {
    var rows: [ResultRow] = []
    let request = UndoRequest(which: .lastRun, leaveOnServer: leaveOnServer)
    _ = try engine.rollback(request) { rows.append($0) }
    return rows
  }
}
