import Foundation
import GRDB

extension Journal {
  /// Of each of some profiles, whether an interrupted run left a change there, or one is in conflict:
  /// whether ``unfinished(root:client:profile:relocations:)`` knows any, asked about at once.
  /// - Parameter profiles: clients, and the profiles' absolute paths.
  func areUnfinished(
    _ profiles: [(client: String, place: [UInt8])]
  ) throws(Refusal) -> [Bool] {
    guard !profiles.isEmpty else { return [] }
    return try read { db in
      let isUnfinished = try db.cachedStatement(
        sql: """
          SELECT EXISTS (
            SELECT 1 FROM change
            WHERE client = ? AND place = ? AND state IN ('prepared', 'undoing', 'conflict'))
          """)
      return try profiles.map { client, place in
        try Bool.fetchOne(isUnfinished, arguments: [client, Data(place)]) ?? false
      }
    }
  }
}
