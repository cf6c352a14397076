import Adapters
import Foundation
import MailCheck
import Reporting
import Testing

@testable import Command
@testable import ProfileRewriter

/// The documentation names every code, and no code that does not exist.
@Suite struct DocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The first cells of the table rows below a heading.
  private func firstCells(_ heading: String) throws -> [String] {
    let codes = try text("docs/codes.md")
    let section = try #require(codes.components(separatedBy: "\n## \(heading)\n").dropFirst().first)
    let body = section.components(separatedBy: "\n## ")[0]
    return body.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst().compactMap {
      $0.split(separator: "|").first?.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
    }
  }

  @Test func everyReasonIsDocumentedAndNoOther() throws {
    #expect(try firstCells("Reasons").sorted() == ReasonCode.allCases.map(\.rawValue).sorted())
  }

  @Test func everyWarningIsDocumentedAndNoOther() throws {
    #expect(try firstCells("Warnings").sorted() == WarningCode.allCases.map(\.rawValue).sorted())
  }

  /// By the sources, for the failures carry values.
  @Test func everyConnectionFailureIsDocumentedAndNoOther() throws {
    var codes: Set<String> = []
    for file in ["Transport/ConnectionFailure", "IMAP/IMAPFailure"] {
      let source = try text("Sources/MailCheck/\(file).swift")
      let body = try #require(source.components(separatedBy: "public var code: String {").last)
      let end = try #require(body.range(of: "\n  }"))
      for match in body[..<end.lowerBound].matches(of: /: "([a-z-]+)"/) {
        codes.insert(String(match.1))
      }
    }
    #expect(codes.count > 20)
    #expect(try firstCells("Connections").sorted() == codes.sorted())
  }

  @Test func everyCodeOfTestIsDocumentedAndNoOther() throws {
    #expect(try firstCells("Tests") == TestCode.allCases.map(\.rawValue))
  }

  @Test func everyExitStatusIsDocumentedAndNoOther() throws {
    #expect(try firstCells("Exit status") == ExitStatus.allCases.map { String($0.rawValue) })
  }

  @Test func everyFindingOfDoctorIsDocumentedAndNoOther() throws {
    let rules = try firstCells("Findings of doctor").sorted()
    #expect(rules == DoctorFinding.Rule.allCases.map(\.rawValue).sorted())
  }

  @Test func everyStateOfReportIsDocumentedAndNoOther() throws {
    #expect(try firstCells("States of report") == FleetRow.State.allCases.map(\.rawValue))
  }

  @Test func everyCodeOfRiskIsDocumentedAndNoOther() throws {
    let refusal = Refusal(.io, "")
    let counted = LocalMailCount.Counted(
      path: [], isShared: false, all: MailAmount(), damaged: 0, onlyHere: .unknown)
    var codes = MailOnServer.allCases.map(\.rawValue) + RuleRisk.Cover.allCases.map(\.rawValue)
    codes += LocalMailCount.Ground.allCases.map(\.rawValue)
    codes += [.notRead, .counted(counted), .unreadable(refusal)].map { (local: LocalMailCount) in
      local.code
    }
    codes += [.unknown, .estimated(MailAmount(), .setting), .exact(MailAmount())].map {
      (only: LocalMailCount.OnlyHere) in only.code
    }
    codes += [.notAsked, .asked(by: .imap, messages: 0, .unknown), .unanswered(refusal)].map {
      (server: ServerCount) in server.code
    }
    codes += [.unknown, .unlimited, .limited(MailRoom.Limits(bytes: nil, messages: nil))].map {
      (room: MailRoom) in room.code
    }
    #expect(try firstCells("Risk").sorted() == codes.sorted())
  }

  @Test func everyCommandIsInTheREADMEOrTheJSONSchemas() throws {
    let documents = try text("README.md") + text("docs/json.md")
    for command in ProfileRewriterCommand.configuration.subcommands {
      let name = try #require(command.configuration.commandName)
      #expect(documents.contains(name), "\(name)")
    }
  }

  @Test(arguments: [
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/json.md",
    "docs/codes.md", "docs/thunderbird.md", "docs/test.md", "docs/upload.md", "docs/report.md",
    "docs/clients.md", "docs/autoconfig.md", "docs/windows-mail.md", "docs/other-clients.md",
  ])
  func everyLinkLeadsToAFile(_ document: String) throws {
    let base = Self.root.appendingPathComponent(document).deletingLastPathComponent()
    for match in try text(document).matches(of: /\]\(([^)#:]+)\)/) {
      let target = base.appendingPathComponent(String(match.1))
      #expect(FileManager.default.fileExists(atPath: target.path), "\(match.1)")
    }
  }

  /// And a client that was never shown with the real one says so. `RECORD_SNAPSHOTS=1` writes it anew.
  @Test func theClientTableIsWhatWasRecorded() throws {
    let table = try ClientTable(
      record: text("Tests/RealClientTests/verified.jsonl"), adapters: builtInAdapters)
    #expect(table.unknown.isEmpty, "verified, but no adapter's: \(table.unknown)")
    let heading = "## Verified\n\n"
    let page = try text("docs/clients.md")
    let prose = try #require(page.components(separatedBy: heading).first)
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil {
      let place = Self.root.appendingPathComponent("docs/clients.md")
      try Data((prose + heading + table.markdown).utf8).write(to: place)
    }
    #expect(try text("docs/clients.md") == prose + heading + table.markdown)
  }

  /// `scripts/adapter-seams --write` writes it anew.
  @Test func whatAClientCostsElsewhereIsCounted() throws {
    let script = Self.root.appendingPathComponent("scripts/adapter-seams").path
    let result = try Program.run(["--check"], environment: ["PATH": "/usr/bin:/bin"], as: script)
    #expect(result.status == 0, "\(result.output)\(result.talk)")
  }

  @Test func everyTestThatArchitectureNamesExists() throws {
    var sources = ""
    let tests = Self.root.appendingPathComponent("Tests")
    let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      if ["swift", "py"].contains(file.pathExtension) || file.lastPathComponent == "run" {
        sources += (try? String(contentsOf: file, encoding: .utf8)) ?? ""
      }
    }
    for match in try text("docs/architecture.md").matches(of: /[Tt]est\s+`([^`]+)`/) {
      #expect(sources.contains(match.1), "no test named \(match.1)")
    }
  }
}
