import ConfigFormats
import Foundation
import Testing

/// The example of the library's landing article: it is compiled, it does what the article says, and it is what stands there.
@Suite struct LandingExampleTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  // Example
  func withPort(_ port: Int32, in prefs: [UInt8]) throws -> [UInt8] {
    let document = try PrefsDocument(parsing: prefs)
    let changes = [PrefsChange("mail.server.server1.port", .int(port))]
    let edits = try document.edits(applying: changes).flatMap(\.edits)
    return try document.source.applying(edits)
  }
  // End of example

  @Test func aChangedKeyLeavesEverythingElse() throws {
    let before = """
      // by hand
      user_pref( "mail.server.server1.port" , 995 );
      user_pref("mail.server.server1.type", 'pop3');

      """
    let after = try withPort(993, in: Array(before.utf8))
    #expect(String(decoding: after, as: UTF8.self) == before.replacing("995", with: "993"))
  }

  @Test func theArticleHasTheExample() throws {
    let own = try String(contentsOfFile: #filePath, encoding: .utf8)
    let example = try #require(
      own.components(separatedBy: "  // Example\n").dropFirst().first?
        .components(separatedBy: "  // End of example\n").first)
    let article = try String(
      contentsOf: Self.root.appendingPathComponent(
        "Sources/ConfigFormats/ConfigFormats.docc/ConfigFormats.md"), encoding: .utf8)
    let shown = example.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("  ") ? String($0.dropFirst(2)) : String($0) }.joined(separator: "\n")
    #expect(article.contains("```swift\nimport ConfigFormats\n\n\(shown)```"))
  }
}
