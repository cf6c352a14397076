import Autoconfig
import Foundation
import MailCheck
import MailUpload
import ProfileRewriter
import Reporting
import Testing

/// The closed lists of docs/schema are the program's own; Tests/SchemaTests looks at all else.
@Suite struct SchemaCodesTests {
  private static let file = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("docs/schema/codes.schema.json")

  private static func all<Code: CaseIterable & RawRepresentable>(_: Code.Type) -> [String]
  where Code.RawValue == String { Code.allCases.map(\.rawValue) }

  /// `connection` and four lists of `risk` are no enumerations: their pages are compared with the code
  /// (DocumentationTests), and with the schema (Tests/SchemaTests). `error` is what is left of the codes of errors.
  private static let others: Set = [
    "connection", "local-state", "only-here-state", "server-state", "quota-state", "error",
  ]

  private static let lists: [String: [String]] = [
    "reason": all(ReasonCode.self), "warning": all(WarningCode.self),
    "protocol": all(IncomingProtocol.self), "security": all(TransportSecurity.self),
    "auth": all(AuthMethod.self), "system": all(ProfileOrigin.System.self),
    "account-state": all(Account.State.self), "verdict": all(Verdict.self),
    "evidence-source": all(CheckEvidence.Source.self),
    "evidence-outcome": all(CheckEvidence.Outcome.self),
    "action-kind": all(RequiredAction.Kind.self), "tested-protocol": all(TestService.Kind.self),
    "test-stage": all(TestStage.self), "test-status": all(TestStatus.self),
    "test": all(TestCode.self), "file-action": all(FilePatch.Action.self),
    "on-server": all(MailOnServer.self), "rules-cover": all(RuleRisk.Cover.self),
    "only-here-ground": all(LocalMailCount.Ground.self),
    "result-status": all(ResultRow.Status.self),
    "ended-by": all(RunLimits.Reached.self), "upload-status": all(UploadedFolder.Status.self),
    "change-state": all(Change.State.self), "import-status": all(ImportedChange.Status.self),
    "report-state": all(FleetRow.State.self), "doctor-rule": all(DoctorFinding.Rule.self),
    "severity": all(DoctorFinding.Severity.self), "generated-format": all(AutoconfigFormat.self),
    "generated-status": all(OutputDirectory.Outcome.self), "lint-rule": all(LintRule.self),
    "autoconfig-client": all(AutoconfigClient.self),
  ]

  @Test func everyListOfTheSchemasIsTheProgramsOwn() throws {
    struct Schema: Decodable {
      struct Definition: Decodable { var `enum`: [String] }
      var defs: [String: Definition]
      enum CodingKeys: String, CodingKey { case defs = "$defs" }
    }
    let schema = try JSONDecoder().decode(Schema.self, from: Data(contentsOf: Self.file))
    for (name, codes) in Self.lists {
      #expect(schema.defs[name]?.enum.sorted() == codes.sorted(), "\(name)")
    }
    #expect(Set(schema.defs.keys) == Set(Self.lists.keys).union(Self.others))
    // Findings of doctor and of lint share one list.
    #expect(Self.all(LintSeverity.self) == Self.all(DoctorFinding.Severity.self))
  }
}
