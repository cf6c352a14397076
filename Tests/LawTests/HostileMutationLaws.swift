import Foundation
import Testing

@testable import ProfileRewriter

/// The laws about hostile homes must catch a program that is wrong about them. Each test here breaks
/// one on purpose.
@Suite(.serialized) struct HostileMutationLaws {
  /// Each is caught by one of the attacks that are made one by one.
  @Test(arguments: Breakage.allCases) func anAttackCatches(_ breakage: Breakage) throws {
    var caught: [String: [String]] = [:]
    for attack in HostileHomeLaws.attacks where caught.isEmpty {
      let broken = try HostileHomeLaws.broken(by: attack, breakage)
      if !broken.isEmpty { caught[attack.description] = broken }
    }
    #expect(!caught.isEmpty, "\(breakage) goes unnoticed")
  }

  /// What only a race can show: the racer finds what is not there for one who looks twice.
  @Test(arguments: [
    (Breakage.followsEveryLink, "was read"), (.followsTheLastLink, "open was read"),
    (.actsAsRoot, "other was read"), (.takesAnothersFileForTheirs, "other was read"),
    (.givesAwayByPath, "was given away"),
  ])
  func theRacerCatches(_ breakage: Breakage, _ text: String) throws {
    let fixture = try #require(Fixture.all.first { "\($0)" == "thunderbird/mbox" })
    var count = RacerLaws.Count()
    var broken: [String] = []
    let start = Date()
    while !broken.contains(where: { $0.contains(text) }), Date().timeIntervalSince(start) < 60 {
      broken += try RacerLaws.round(fixture, &count, breakage)
    }
    #expect(broken.contains { $0.contains(text) }, "\(breakage): \(Set(broken)), \(count)")
  }

  /// Outside sees what it is there to see.
  @Test func aReadingIsSeen() throws {
    let scene = try HostileHomeLaws.Scene(try Fixture.named("mbox"))
    #expect(try scene.outside.differences() == [])
    _ = try Data(contentsOf: URL(fileURLWithPath: scene.outside.path("shadow")))
    #expect(try scene.outside.differences() == ["shadow was read"])
    #expect(try scene.outside.differences() == [])
  }
}
