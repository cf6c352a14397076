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
      services: fault.before(house) + [service],
      credential: fault.credential ?? .password(Secret(copying: fault.password.utf8)))
    let report = try #require(ServerTest(settings).run(item).last)
    let row = try #require(
      report.rows.first { $0.status == .failed }
        ?? report.rows.first { $0.code != nil && ($0.code != "no-tls" || fault.code == "no-tls") },
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

  /// Codes that docs/codes.md has for tests, and that are made elsewhere.
  private static let elsewhere: Set = [
    // ServerTestTests, by several servers of one account.
    "already-tried",
    // The kernel's, on a connection that was made: nothing on this machine does that to itself.
    "io",
  ]

  @Test func `every code is made by one of them`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/codes.md"), encoding: .utf8)
    let sections = text.components(separatedBy: "\n## ").filter {
      $0.hasPrefix("Connections\n") || $0.hasPrefix("Tests\n")
    }
    #expect(sections.count == 2)
    let codes = sections.joined().split(separator: "\n").filter { $0.hasPrefix("| `") }
      .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
    #expect(codes.count > TestCode.allCases.count)
    let made = Self.elsewhere.union(Fault.all.map(\.code))
    #expect(Set(codes).subtracting(made).sorted() == [], "no test makes these")
    #expect(made.subtracting(codes).sorted() == [])
  }

  @Test func `there are enough of them, each with a name of its own`() {
    #expect(Fault.all.count >= 25)
    #expect(Set(Fault.all.map(\.name)).count == Fault.all.count)
  }
}
