import Foundation
import GRDB

extension Journal {
  /// Which of some profiles have changes that an interrupted run left, or that are in conflict: those
  /// of which ``unfinished(root:client:profile:relocations:)`` knows any, asked about at once.
  /// - Parameter places: the profiles' absolute paths.
  func unfinishedPlaces(among places: [[UInt8]]) throws(Refusal) -> Set<[UInt8]> {
    guard !places.isEmpty else { return [] }
    return try read { db in
      let marks = Array(repeating: "?", count: places.count).joined(separator: ", ")
      let found = try Data.fetchAll(
        db,
        sql: """
          SELECT place FROM change
          WHERE place IN (\(marks)) AND state IN ('prepared', 'undoing', 'conflict')
          """, arguments: StatementArguments(places.map { Data($0) }))
      return Set(found.map(Array.init))
    }
  }
}
