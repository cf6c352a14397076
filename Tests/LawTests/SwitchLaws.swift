import Foundation
import Testing

@testable import ProfileRewriter

/// The laws that every adapter keeps on every fixture. A new client joins by having a folder under
/// profiles-fixtures/.
@Suite struct SwitchLaws {
  @Test func fixturesAreThere() {
    for client in ["thunderbird", "evolution", "autoconfig-xml"] {
      #expect(Fixture.all(of: client).count >= 12)
    }
    #expect(Set(Fixture.all.map(\.client)) == Set(ClientHabits.all.map(\.client)))
  }

  @Test(arguments: Fixture.all) func everyAccountSwitches(_ fixture: Fixture) throws {
    #expect(try Laws.everyAccountSwitches(Sandbox(fixture)) == [])
  }

  /// Otherwise the variants would show nothing.
  @Test func whereSMTPIsToBeFixedItIs() throws {
    let fixtures = Fixture.all.filter(\.fixesSMTP)
    #expect(fixtures.count == 4)
    for fixture in fixtures {
      let sandbox = try Sandbox(fixture)
      let rows = try sandbox.apply()
      #expect(rows.allSatisfy { $0.warnings.contains { $0.code == .smtpChanged } }, "\(fixture)")
      let change = try #require(try sandbox.engine.history().first)
      let edits = change.files.flatMap(\.edits)
      let keys = edits.filter { $0.deciding && $0.before != $0.after }.map(\.key)
      #expect(
        keys.contains { $0.hasPrefix("mail.smtpserver.") }
          || change.files.contains { file in
            file.edits.contains { $0.after == Array("submission.lab.test".utf8) }
          }, "\(fixture)")
      #expect(
        fixture.client != "thunderbird"
          || edits.contains { $0.recipe?.contains("as smtp://submission.lab.test") == true })
    }
  }

  @Test(arguments: Fixture.all) func nothingElseChanges(_ fixture: Fixture) throws {
    #expect(try Laws.nothingElseChanges(Sandbox(fixture)) == [])
  }

  @Test(arguments: Fixture.all) func commitsLast(_ fixture: Fixture) throws {
    #expect(try Laws.commitsLast(Sandbox(fixture)) == [])
  }

  @Test(arguments: Fixture.all) func undoIsExact(_ fixture: Fixture) throws {
    #expect(try Laws.undoIsExact(Sandbox(fixture)) == [])
  }

  @Test(arguments: Fixture.all) func applyTwiceIsApplyOnce(_ fixture: Fixture) throws {
    #expect(try Laws.applyTwiceIsApplyOnce(Sandbox(fixture)) == [])
  }

  @Test(arguments: Fixture.all) func scanAndPlanWriteNothing(_ fixture: Fixture) throws {
    #expect(try Laws.scanAndPlanWriteNothing(Sandbox(fixture)) == [])
  }

  @Test(arguments: Fixture.all) func planAgreesWithApply(_ fixture: Fixture) throws {
    #expect(try Laws.planAgreesWithApply(Sandbox(fixture)) == [])
  }

  @Test(arguments: Fixture.all) func noSecretLeavesItsFile(_ fixture: Fixture) throws {
    let sandbox = try Sandbox(fixture)
    let secrets = try ClientHabits.of(fixture.client).secrets(sandbox)
    #expect(!secrets.isEmpty)
    #expect(try Laws.noSecretLeavesItsFile(sandbox, secrets: secrets) == [])
  }
}
