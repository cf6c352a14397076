import Foundation
import GRDB

/// What the journal may forget.
public struct PruneRequest: Sendable, Hashable {
  /// Seconds since 1970: only what came into its state before.
  public var before: Int
  /// Changes that stand, too: they can never be undone afterwards. Else only undone ones.
  public var includesApplied: Bool
  /// Limits to changes at or below these absolute paths; empty does not limit.
  public var paths: [[UInt8]]

  public init(before: Int, includesApplied: Bool = false, paths: [[UInt8]] = []) {
    self.before = before
    self.includesApplied = includesApplied
    self.paths = paths
  }
}

extension Journal {
  /// The changes that a request would forget, newest first.
  ///
  /// Undone ones go each by itself. One that stands goes only with all of its profile's: what others
  /// still need (a login they share) is told by the changes that stand. What is unsettled or in
  /// conflict stays, and with it what stands of its profile.
  public func prunable(_ request: PruneRequest) throws(Refusal) -> [String] {
    let rows = try read { db in
      try Row.fetchAll(
        db,
        sql: "SELECT id, client, place, state, state_at FROM change ORDER BY number DESC")
    }
    var held: Set<[UInt8]> = []
    var candidates: [(id: String, profile: [UInt8], isUndone: Bool)] = []
    for row in rows {
      let client: String = row[1]
      let place: Data = row[2]
      let state: String = row[3]
      let isUndone = state == Change.State.undone.rawValue
      let isApplied = state == Change.State.applied.rawValue
      let profile = Array(client.utf8) + [0] + Array(place)
      let stateAt: Int = row[4]
      let isOld = stateAt < request.before
      let isSelected = Self.isSelected(Array(place), request.paths)
      if isUndone {
        if isOld, isSelected { candidates.append((row[0], profile, true)) }
      } else if isApplied, isOld, isSelected, request.includesApplied {
        candidates.append((row[0], profile, false))
      } else {
        held.insert(profile)
      }
    }
    return candidates.filter { $0.isUndone || !held.contains($0.profile) }.map(\.id)
  }

  private static func isSelected(_ place: [UInt8], _ paths: [[UInt8]]) -> Bool {
    paths.isEmpty
      || paths.contains { path in
        place == path || path == [UInt8(ascii: "/")]
          || place.starts(with: path + [UInt8(ascii: "/")])
      }
  }

  /// Forgets what ``prunable(_:)`` has named, in one transaction, and gives the room back: no byte
  /// of it stays in the file. What has become unsettled meanwhile stays.
  public func forget(_ ids: [String]) throws(Refusal) {
    guard !ids.isEmpty else { return }
    try write { db in
      let delete = try db.cachedStatement(
        sql: "DELETE FROM change WHERE id = ? AND state IN ('applied', 'undone')")
      for id in ids { try delete.execute(arguments: [id]) }
      try db.execute(sql: "DELETE FROM run WHERE id NOT IN (SELECT run FROM change)")
    }
    try compact()
  }

  private func compact() throws(Refusal) {
    do {
      try database.writeWithoutTransaction { db in
        try db.execute(sql: "VACUUM")
        if state.isLocal { _ = try Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
      }
    } catch {
      throw refusal(error)
    }
  }
}
