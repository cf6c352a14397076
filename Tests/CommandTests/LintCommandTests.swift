import Foundation
import Testing

@testable import Autoconfig
@testable import Command

/// `autoconfig lint` as a process: what it prints, in which form, and its status.
@Suite final class LintCommandTests {
  private let root = FileManager.default.temporaryDirectory
    .appendingPathComponent("lint-command-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    try write("good.example.xml", Self.file("good.example", port: 993))
    try write("wrong.example.xml", Self.file("wrong.example", port: 587))
    try write("nosmtp.example.xml", Self.file("nosmtp.example", port: 993, smtp: "imap"))
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  private static func file(_ domain: String, port: Int, smtp: String = "smtp") -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <clientConfig version="1.1">
      <emailProvider id="\(domain)">
        <domain>\(domain)</domain>
        <incomingServer type="imap">
          <hostname>imap.\(domain)</hostname>
          <port>\(port)</port>
          <socketType>SSL</socketType>
          <username>%EMAILADDRESS%</username>
          <authentication>password-cleartext</authentication>
        </incomingServer>
        <outgoingServer type="\(smtp)">
          <hostname>smtp.\(domain)</hostname>
          <port>465</port>
          <socketType>SSL</socketType>
          <username>%EMAILADDRESS%</username>
          <authentication>password-cleartext</authentication>
        </outgoingServer>
        <documentation url="https://\(domain)/help"/>
        <note/>
      </emailProvider>
    </clientConfig>

    """
  }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: root.appendingPathComponent(name))
  }

  private func lint(_ arguments: String..., in name: String = "") throws -> Program.Result {
    let path = name.isEmpty ? root.path : root.appendingPathComponent(name).path
    return try Program.run(["autoconfig", "lint", path] + arguments)
  }

  private func stable(_ text: String) -> String { text.replacing(root.path, with: "ROOT") }

  @Test func outputIsAsRecorded() throws {
    let directory = try lint()
    #expect(directory.status == 1)
    try Snapshot.check(stable(directory.output + "--\n" + directory.talk), "autoconfig-lint.txt")
    let rows = try lint("--json")
    #expect(rows.status == 1)
    try Snapshot.check(stable(rows.output), "autoconfig-lint.jsonl")
    let file = try lint(in: "good.example.xml")
    #expect(file.status == 0)
    try Snapshot.check(stable(file.output + "--\n" + file.talk), "autoconfig-lint-file.txt")
  }

  @Test func formatJSONIsTheSame() throws {
    let rows = try lint("--json")
    #expect(try lint("--format", "json").stdout == rows.stdout)
  }

  @Test func allFilesAreThereWithAll() throws {
    let some = try lint()
    let all = try lint("--all")
    #expect(!some.output.contains("good.example.xml"))
    #expect(all.output.contains("good.example.xml"))
    #expect(all.output.contains("[element-unknown]"))
  }

  /// The members that the SARIF 2.1.0 schema requires, their types, and that references hold.
  @Test func sarifHasItsStructure() throws {
    let result = try lint("--format", "sarif")
    #expect(result.status == 1)
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(result.stdout)) as? [String: Any])
    #expect(document["version"] as? String == "2.1.0")
    #expect((document["$schema"] as? String)?.contains("sarif-schema-2.1.0.json") == true)
    let runs = try #require(document["runs"] as? [[String: Any]])
    let run = try #require(runs.first)
    #expect(runs.count == 1 && run["columnKind"] as? String == "unicodeCodePoints")
    let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
    #expect((driver["name"] as? String)?.isEmpty == false)
    let rules = try #require(driver["rules"] as? [[String: Any]])
    #expect(rules.map { $0["id"] as? String } == LintRule.allCases.map(\.rawValue))
    for rule in rules {
      #expect((rule["shortDescription"] as? [String: Any])?["text"] is String)
      let level = (rule["defaultConfiguration"] as? [String: Any])?["level"] as? String
      #expect(["error", "warning", "note"].contains(level))
    }
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(
      results.count
        == (try lint("--json").rows().filter { $0["type"] as? String == "finding" }.count))
    for result in results { try check(result, rules) }
  }

  private func check(_ result: [String: Any], _ rules: [[String: Any]]) throws {
    let index = try #require(result["ruleIndex"] as? Int)
    #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
    #expect((result["message"] as? [String: Any])?["text"] is String)
    #expect(["error", "warning", "note"].contains(result["level"] as? String))
    let locations = try #require(result["locations"] as? [[String: Any]])
    let physical = try #require(locations.first?["physicalLocation"] as? [String: Any])
    let uri = try #require((physical["artifactLocation"] as? [String: Any])?["uri"] as? String)
    #expect(URL(string: uri)?.path.hasPrefix(root.path) == true)
    guard let region = physical["region"] as? [String: Any] else { return }
    #expect(region["startLine"] as? Int ?? 0 >= 1 && region["startColumn"] as? Int ?? 0 >= 1)
  }

  @Test func pathsInSARIFAreReferences() {
    #expect(SARIF.uri("a b/ü%.xml") == "a%20b/%C3%BC%25.xml")
    #expect(SARIF.uri("/srv/x.xml") == "file:///srv/x.xml")
    #expect(SARIF.uri("isp/x-1_2~.xml") == "isp/x-1_2~.xml")
  }

  @Test func filesThatCannotBeReadAreSaidAndTheOthersDone() throws {
    try write("big.xml", String(repeating: "x", count: 2 << 20))
    #expect(mkfifo(root.appendingPathComponent("fifo.xml").path, 0o600) == 0)
    let rows = try lint("--json").rows()
    let unreadable = rows.filter { $0["rule"] as? String == "unreadable" }
    #expect(unreadable.count == 2)
    #expect(unreadable.allSatisfy { $0["line"] is NSNull })
    #expect(rows.last?["files"] as? Int == 5)
    let gone = try Program.run(["autoconfig", "lint", root.path + "/gone", root.path, "--json"])
    #expect(gone.status == 1)
    #expect(try gone.rows().last?["files"] as? Int == 6)
  }

  @Test func aNameThatIsNotUTF8IsGivenExactly() throws {
    let name = Array(root.path.utf8) + Array("/caf".utf8) + [0xE9] + Array(".xml".utf8)
    let descriptor = (name + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_CREAT | O_WRONLY, 0o600) }
    }
    close(descriptor)
    let row = try #require(try lint("--json").rows().first { $0["file_b64"] != nil })
    #expect(row["file_b64"] as? String == Data(name).base64EncodedString())
  }

  // MARK: Documentation

  /// The rows of the table of rules.
  private static var ruleRows: [String] {
    LintRule.allCases.map { rule in
      "| `\(rule.rawValue)` | \(rule.severity.rawValue) | \(rule.meaning) | \(rule.remedy) |"
    }
  }

  @Test func theTableOfRulesIsThatOfTheProgram() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs/autoconfig.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let section = try #require(text.components(separatedBy: "\n### Rules\n").dropFirst().first)
    let body = section.components(separatedBy: "\n#")[0]
    let rows = body.split(separator: "\n").map(String.init).filter { $0.hasPrefix("| `") }
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil {
      let table =
        "| rule | severity | what | what to do |\n|---|---|---|---|\n"
        + Self.ruleRows.joined(separator: "\n")
      let kept =
        rows.isEmpty
        ? "TABLE"
        : "| rule | severity | what | what to do |\n|---|---|---|---|\n"
          + rows.joined(separator: "\n")
      try Data(text.replacing(kept, with: table).utf8).write(to: page)
      return
    }
    #expect(rows == Self.ruleRows)
  }
}
