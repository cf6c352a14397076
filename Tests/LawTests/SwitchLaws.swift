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
