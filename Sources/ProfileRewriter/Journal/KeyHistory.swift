import ConfigFormats
import Foundation
import GRDB

/// What all changes did with one key of one file, in their order: who needs its value now, and what it
/// was before any of them.
struct KeyHistory {
  fileprivate struct Entry {
    var number: Int64
    var id: String
    /// Seconds since 1970.
    var created: Int
    /// nil while it stands.
    var undone: Int?
    /// It found the value as it needs it.
    var isHold: Bool
    var before: [UInt8]?
    /// SHA-256 of the whole file, before it and after it.
    var file: (before: Data?, after: Data?)

    /// Whether it stood when a later change was made. Within one second the file tells.
    func stood(at later: Entry) -> Bool {
      guard let undone else { return true }
      return undone > later.created || undone == later.created && file.after == later.file.before
    }
  }

  fileprivate var entries: [Entry]

  /// Changes that stand, but for one.
  func standing(besides id: String) -> [String] {
    entries.filter { $0.id != id && $0.undone == nil }.map(\.id)
  }

  /// Whether one of these changes needs the value as it found it.
  func isHeld(by changes: [String]) -> Bool {
    entries.contains { $0.isHold && changes.contains($0.id) }
  }

  /// What the key was before the change that gave it the value which `id` found and needed. Where that
  /// change was undone since, the value was kept for those that still needed it.
  /// - Returns: nil where no change gave it: the value is the user's.
  func origin(of id: String) -> Origin? {
    guard var current = entries.first(where: { $0.id == id }) else { return nil }
    while true {
      let earlier = entries.last { $0.number < current.number && $0.stood(at: current) }
      guard let earlier else { return nil }
      if !earlier.isHold { return Origin(value: earlier.before) }
      current = earlier
    }
  }

  struct Origin {
    /// nil: absent.
    var value: [UInt8]?
  }
}

extension Journal {
  /// - Parameter file: the file's absolute path.
  func history(ofKey key: String, client: String, file: [UInt8]) throws(Refusal) -> KeyHistory {
    try read { db in
      let sql = """
        SELECT change.number, change.id, change.created_at, change.state, change.state_at, edit.rule,
          edit.before, file.before_sha256, file.after_sha256
        FROM file
        JOIN change ON change.number = file.change
        JOIN edit ON edit.change = file.change AND edit.file = file.position
        WHERE file.place = ? AND edit.key = ? AND edit.rule IN ('value', 'record')
          AND change.client = ?
        ORDER BY change.number
        """
      let rows = try Row.fetchAll(
        db.cachedStatement(sql: sql), arguments: [Data(file), key, client])
      return KeyHistory(
        entries: rows.map { row in
          let isUndone = row[3] as String == Change.State.undone.rawValue
          return KeyHistory.Entry(
            number: row[0], id: row[1], created: row[2], undone: isUndone ? row[4] : nil,
            isHold: row[5] as String == "record", before: (row[6] as Data?).map { Array($0) },
            file: (row[7], row[8]))
        })
    }
  }
}
