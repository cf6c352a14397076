import Adapters
import Foundation
import Testing

@testable import ProfileRewriter

/// Every client in one home: switched in one run, and taken back in one.
@Suite struct FullHomeLaws {
  /// A place: what is an account's own.
  private struct Place: Hashable {
    var client: String
    var account: String?
  }

  @Test(arguments: [1, 4]) func everyClientIsSwitchedAndTakenBackInOneRun(_ jobs: Int) throws {
    let home = try FullHome(jobs: jobs)
    let before = try home.sandbox.tree()
    let scanned = home.scan()
    let clients = builtInAdapters.filter(\.livesInHomes).map(\.client)
    #expect(Set(scanned.map(\.name.client)) == Set(clients), "a client is not in the home")
    let wanted = Set(
      home.fixtures.flatMap { fixture in
        fixture.imap.keys.map { Place(client: fixture.client, account: $0) }
      })
    #expect(places(scanned, .ready) == wanted)

    let applied = try home.apply()
    let done = applied.filter { $0.status == .applied }
    #expect(Set(done.map { Place(client: $0.name.client, account: $0.account) }) == wanted)
    #expect(done.count == wanted.count)
    let changes = try home.engine.history()
    #expect(changes.count == home.fixtures.count, "one for each profile")
    let run = try #require(changes.first?.run)
    #expect(changes.allSatisfy { $0.run == run })
    let switched = home.scan()
    #expect(places(switched, .ready) == [])
    #expect(places(switched, .current).isSuperset(of: wanted))
    #expect(Set(switched.map(\.name.client)) == Set(clients))

    let undone = try home.rollback(jobs == 1 ? .lastRun : .run(run))
    #expect(undone.count == wanted.count && undone.allSatisfy { $0.status == .undone }, "\(undone)")
    #expect(differences(before, try home.sandbox.tree()) == [])
    #expect(places(home.scan(), .ready) == wanted)
  }

  private func places(_ rows: [ScanRow], _ state: Account.State) -> Set<Place> {
    Set(
      rows.filter { $0.account?.state == state }.map {
        Place(client: $0.name.client, account: $0.account?.key)
      })
  }
}
