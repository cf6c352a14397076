import Adapters
import Foundation
import ProfileRewriter
import Testing

/// The example of ProfileRewriter's landing article: it is compiled, it does what the article says, and it is what stands there.
@Suite struct LandingExampleTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  // Example
  func switchAndTakeBack(home: String, state: String) throws -> [ResultRow] {
    let engine = Engine(
      EngineConfiguration(adapters: builtInAdapters, stateDirectory: Array(state.utf8)))
    let request = SwitchRequest(
      selection: Selection(paths: [Array(home.utf8)]),
      settings: TargetRequest(host: "imap.example.net"))

    var rows: [ResultRow] = []
    try engine.apply(request) { rows.append($0) }
    try engine.rollback(UndoRequest(which: .lastRun)) { rows.append($0) }
    return rows
  }
  // End of example

  @Test func anAccountIsSwitchedAndTakenBack() throws {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("landing-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let home = scratch.appendingPathComponent("home")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: Self.root.appendingPathComponent("profiles-fixtures/thunderbird/mbox/home"), to: home)
    let rows = try switchAndTakeBack(
      home: home.path, state: scratch.appendingPathComponent("state").path)
    #expect(rows.map(\.status) == [.applied, .undone])
  }

  @Test func theArticleHasTheExample() throws {
    let own = try String(contentsOfFile: #filePath, encoding: .utf8)
    let example = try #require(
      own.components(separatedBy: "  // Example\n").dropFirst().first?
        .components(separatedBy: "  // End of example\n").first)
    let article = try String(
      contentsOf: Self.root.appendingPathComponent(
        "Sources/ProfileRewriter/ProfileRewriter.docc/ProfileRewriter.md"), encoding: .utf8)
    let shown = example.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("  ") ? String($0.dropFirst(2)) : String($0) }.joined(separator: "\n")
    #expect(article.contains("```swift\nimport Adapters\nimport ProfileRewriter\n\n\(shown)```"))
  }
}
