import Foundation
import GRDB

extension Journal {
  /// Those of some changes whose undo nothing recorded has a part in: each is applied and as it was
  /// when it was read, nothing of its profile is unfinished, and no other change that stands has to
  /// do with one of its files.
  func undisturbed(_ changes: [Change]) throws(Refusal) -> Set<String> {
    try read { db in
      // The joins are in the order in which they find the least: there is mostly nothing to find.
      let isAlone = try db.cachedStatement(
        sql: """
          SELECT ours.state = 'applied'
            AND NOT EXISTS (
              SELECT 1 FROM change AS other
              WHERE other.place = ours.place AND other.client = ours.client
                AND other.state IN ('prepared', 'undoing', 'conflict'))
            AND NOT EXISTS (
              SELECT 1 FROM file AS mine CROSS JOIN file AS theirs CROSS JOIN change AS other
              WHERE mine.change = ours.number AND theirs.place = mine.place
                AND theirs.change <> ours.number
                AND other.number = theirs.change AND other.state <> 'undone')
          FROM change AS ours WHERE ours.id = ?
          """)
      let undone = try db.cachedStatement(
        sql: """
          SELECT account.key FROM change CROSS JOIN account ON account.change = change.number
          WHERE change.id = ? AND account.undone ORDER BY account.position
          """)
      var ids: Set<String> = []
      for change in changes {
        guard try Bool.fetchOne(isAlone, arguments: [change.id]) == true,
          try String.fetchAll(undone, arguments: [change.id]) == change.undoneAccounts
        else { continue }
        ids.insert(change.id)
      }
      return ids
    }
  }
}
