import Foundation
import ProfileRewriter
import Testing

@testable import MailCheck

/// Every fault is named at its stage, and with its code.
@Suite struct FaultMatrixTests {
  @Test(arguments: Fault.all) func `is diagnosed`(_ fault: Fault) throws {
    let house = try MailHouse.shared()
    let (service, server) = try fault.make(house)
    defer { withExtendedLifetime(server) {} }
    var settings = ServerTestSettings(
      connection: ConnectionSettings(
        trust: .laboratory, limits: ConnectionLimits(connecting: 20, answer: 20, total: 60)))
    fault.change(&settings)
    let item = TestItem(
      services: [service], credential: .password(Secret(copying: fault.password.utf8)))
    let report = try #require(ServerTest(settings).run(item).first)
    let row = try #require(
      report.rows.first { $0.status == .failed }
        ?? report.rows.first { $0.code != nil && $0.code != "no-tls" },
      "nothing was found: \(report.rows)")
    #expect(row.stage == fault.stage && row.code == fault.code, "\(row)")
    #expect(
      report.rows.count { $0.status == .failed } <= 1, "one fault, one failure: \(report.rows)")
    #expect(!row.text.isEmpty && !row.text.contains(MailHouse.password))
  }

  /// docs/test.md lists these faults and no others.
  @Test func `the documentation has the same table`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/test.md"), encoding: .utf8)
    let rows = Fault.all.map { "| \($0.name) | `\($0.stage.rawValue)` | `\($0.code)` |" }
    let found = text.split(separator: "\n").filter { $0.contains("` | `") && $0.hasPrefix("| ") }
    #expect(found.map(String.init) == rows)
  }

  @Test func `there are enough of them, each with a name of its own`() {
    #expect(Fault.all.count >= 25)
    #expect(Set(Fault.all.map(\.name)).count == Fault.all.count)
  }
}
