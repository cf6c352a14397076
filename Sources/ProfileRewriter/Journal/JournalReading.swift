import ConfigFormats
import Foundation
import GRDB

/// Which changes are asked for; what is nil does not limit.
public struct ChangeFilter: Sendable, Hashable {
  public var run: String?
  /// An absolute path: changes of this profile, of profiles below it, and of this home.
  public var under: [UInt8]?
  public var client: String?
  /// The profile's absolute path, exactly.
  public var place: [UInt8]?
  public var states: Set<Change.State>?
  /// No more than this many, the newest.
  public var limit: Int?

  public init(
    run: String? = nil, under: [UInt8]? = nil, client: String? = nil, place: [UInt8]? = nil,
    states: Set<Change.State>? = nil, limit: Int? = nil
  ) {
    self.run = run
    self.under = under
    self.client = client
    self.place = place
    self.states = states
    self.limit = limit
  }
}

/// What an id, or the beginning of one, names.
public enum ChangeLookup: Sendable {
  case one(Change)
  case none
  /// The ids that begin so, at most ten.
  case ambiguous([String])
}

/// A run and how many of its changes are in which state.
public struct RunSummary: Sendable, Hashable {
  public var id: String
  public var command: String
  /// Seconds since 1970.
  public var startedAt: Int
  public var changes: [Change.State: Int]
}

/// A place that two changes touch.
public struct KeyOverlap: Sendable, Hashable {
  /// The other change's id.
  public var change: String
  /// The file's absolute path.
  public var file: [UInt8]
  public var key: String
  /// The name of the other edit's rule: value, elements, counter or record.
  public var rule: String
}

/// Another change that has the same record under the same key.
public struct KeyUse: Sendable, Hashable {
  public var change: String
  /// The accounts that need it and have not been undone.
  public var users: [String]
}

extension Journal {
  /// Changes, newest first.
  public func changes(_ filter: ChangeFilter = ChangeFilter()) throws(Refusal) -> [Change] {
    try read { db in
      var (sql, arguments) = filter.condition
      sql = "SELECT number FROM change WHERE \(sql) ORDER BY number DESC"
      if let limit = filter.limit { sql += " LIMIT \(limit)" }
      return try Self.load(db, sql, arguments)
    }
  }

  /// Their ids, newest first: where there are many, the changes are read a few at a time.
  func changeIDs(_ filter: ChangeFilter) throws(Refusal) -> [String] {
    try read { db in
      let (sql, arguments) = filter.condition
      return try String.fetchAll(
        db, sql: "SELECT id FROM change WHERE \(sql) ORDER BY number DESC", arguments: arguments)
    }
  }

  /// The run with an id, or the only one whose id begins so; what names none, as it is.
  /// - Throws: `not-found` where several begin so.
  func runID(named name: String) throws(Refusal) -> String {
    guard !name.isEmpty, !name.utf8.contains(0) else { return name }
    return try read { db in
      let ids = try String.fetchAll(
        db, sql: "SELECT id FROM run WHERE id >= ? AND id < ? ORDER BY id LIMIT 10",
        arguments: [name, name + "~"])
      guard let first = ids.first, first != name, ids.count > 1 else { return ids.first ?? name }
      throw Self.ambiguous(name, ids, "runs")
    }
  }

  /// The last run that switched anything.
  func lastSwitchingRun() throws(Refusal) -> String? {
    try read { db in
      try String.fetchOne(
        db,
        sql: "SELECT run FROM change WHERE follow_up_of IS NULL ORDER BY number DESC LIMIT 1")
    }
  }

  /// The change with an id, or the only one whose id begins so.
  /// - Throws: `not-found` when there is none, or more than one.
  public func change(_ id: String) throws(Refusal) -> Change {
    switch try lookUp(id) {
    case .one(let change): return change
    case .none: throw Self.unknown(id)
    case .ambiguous(let ids): throw Self.ambiguous(id, ids)
    }
  }

  private static func unknown(_ id: String) -> Refusal {
    Refusal(.notFound, "the journal has no change \(Array(id.utf8).printable)")
  }

  private static func ambiguous(
    _ id: String, _ ids: [String], _ kind: String = "changes"
  ) -> Refusal {
    Refusal(
      .notFound,
      "several \(kind) begin with \(id.printable): \(ids.joined(separator: ", ")); "
        + "give more of it")
  }

  /// The change with an id, or those whose ids begin so.
  public func lookUp(_ id: String) throws(Refusal) -> ChangeLookup {
    guard !id.isEmpty, !id.utf8.contains(0) else { return .none }
    return try read { db in
      switch try Self.lookUp(id, db) {
      case .one(let number):
        guard let change = try Self.load(db, [number]).first else { return .none }
        return .one(change)
      case .none: return .none
      case .ambiguous(let ids): return .ambiguous(ids)
      }
    }
  }

  private enum NumberLookup {
    case one(Int64)
    case none
    case ambiguous([String])
  }

  private static func lookUp(_ id: String, _ db: Database) throws -> NumberLookup {
    let exact = try db.cachedStatement(sql: "SELECT number FROM change WHERE id = ?")
    if let number = try Int64.fetchOne(exact, arguments: [id]) { return .one(number) }
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT number, id FROM change WHERE id >= ? AND id < ? ORDER BY number DESC LIMIT 10
          """), arguments: [id, id + "~"])
    guard let first = rows.first else { return .none }
    return rows.count == 1 ? .one(first[0]) : .ambiguous(rows.map { $0[1] }.sorted())
  }

  /// The last run that made a change.
  public func lastRun() throws(Refusal) -> String? {
    try read { db in
      try String.fetchOne(
        db, sql: "SELECT run FROM change WHERE abandoned = 0 ORDER BY number DESC LIMIT 1")
    }
  }

  /// The changes of the last run, newest first.
  public func changesOfLastRun() throws(Refusal) -> [Change] {
    guard let run = try lastRun() else { return [] }
    return try changes(ChangeFilter(run: run))
  }

  /// Runs, newest first.
  public func runs(limit: Int? = nil) throws(Refusal) -> [RunSummary] {
    try read { db in
      var runs: [RunSummary] = []
      var positions: [String: Int] = [:]
      let sql = """
        SELECT run.id, run.command, run.started_at, change.state, count(*), max(change.number)
        FROM run JOIN change ON change.run = run.id
        GROUP BY run.id, change.state ORDER BY max(change.number) DESC
        """
      for row in try Row.fetchAll(db, sql: sql) {
        let id: String = row[0]
        if positions[id] == nil {
          positions[id] = runs.count
          let startedAt = try ChangeRowReader.number(row, 2, .time, of: id)
          runs.append(RunSummary(id: id, command: row[1], startedAt: startedAt, changes: [:]))
        }
        if let position = positions[id], let state = Change.State(rawValue: row[3]) {
          runs[position].changes[state] = row[4]
        }
      }
      return limit.map { Array(runs.prefix($0)) } ?? runs
    }
  }

  /// Changes that an interrupted run left prepared or undoing, newest first: the order in which
  /// they are settled.
  public func unsettled() throws(Refusal) -> [Change] {
    try changes(ChangeFilter(states: [.prepared, .undoing]))
  }

  /// Those, and changes in conflict that may have become clear, of one profile.
  public func unfinished(
    root: [UInt8], client: String, profile: RelativePath?, relocations: [Relocation] = []
  ) throws(Refusal) -> [Change] {
    try changes(
      ChangeFilter(
        client: client, place: Relocation.absolute(profile, root: root, relocations),
        states: Change.State.unfinished))
  }

  /// Changes by their ids or beginnings of them, each once, newest first.
  /// - Throws: `not-found` when there is none, or more than one, for one of them.
  public func changes(ids: [String]) throws(Refusal) -> [Change] {
    try read { db in try Self.load(db, Self.numbers(of: ids, db)) }
  }

  /// The whole ids of changes that are named by them or by beginnings of them, newest first.
  /// - Throws: as ``changes(ids:)`` does.
  func changeIDs(named ids: [String]) throws(Refusal) -> [String] {
    try read { db in
      let id = try db.cachedStatement(sql: "SELECT id FROM change WHERE number = ?")
      return try Self.numbers(of: ids, db).compactMap {
        try String.fetchOne(id, arguments: [$0])
      }
    }
  }

  private static func numbers(of ids: [String], _ db: Database) throws -> [Int64] {
    var numbers: Set<Int64> = []
    for id in ids {
      guard !id.isEmpty, !id.utf8.contains(0) else { throw unknown(id) }
      switch try lookUp(id, db) {
      case .one(let number): numbers.insert(number)
      case .none: throw unknown(id)
      case .ambiguous(let ids): throw ambiguous(id, ids)
      }
    }
    return numbers.sorted(by: >)
  }

  /// What an interrupted run left prepared or undoing, of one profile.
  public func unsettled(root: [UInt8], client: String, profile: RelativePath?) throws(Refusal)
    -> [Change]
  {
    try changes(
      ChangeFilter(
        client: client, place: JournalPlace.join(root, profile), states: [.prepared, .undoing]))
  }

  /// The changes that complete others and stand, newest first, by the id of what they complete.
  func followUps(to ids: [String]) throws(Refusal) -> [String: [Change]] {
    try read { db in
      let completing = try db.cachedStatement(
        sql: """
          SELECT number FROM change WHERE follow_up_of = ? AND state <> 'undone'
          ORDER BY number DESC
          """)
      var found: [String: [Change]] = [:]
      for id in ids {
        let numbers = try Int64.fetchAll(completing, arguments: [id])
        if !numbers.isEmpty { found[id] = try Self.load(db, numbers) }
      }
      return found
    }
  }

  /// What the undo of a change set out to do, while it is undoing or in conflict.
  public func undoIntent(of id: String) throws(Refusal) -> UndoIntent? {
    try read { db in
      let sql = """
        SELECT undo.change, accounts FROM undo
        JOIN change ON change.number = undo.change WHERE change.id = ?
        """
      guard let row = try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [id]) else {
        return nil
      }
      let reader = ChangeRowReader(db)
      let files = try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT path, before_sha256, after_sha256 FROM undo_file
            WHERE change = ? ORDER BY position
            """), arguments: [row[0] as Int64]
      ).map {
        UndoIntent.File(
          path: try reader.path(reader.bytes($0, 0)), before: try reader.optionalBytes($0, 1),
          after: try reader.optionalBytes($0, 2))
      }
      let values = try Row.fetchAll(
        db.cachedStatement(
          sql: "SELECT key, value, path FROM undo_value WHERE change = ? ORDER BY position"),
        arguments: [row[0] as Int64]
      ).map {
        KeyValue(
          file: try reader.optionalBytes($0, 2).map(reader.path), key: $0[0],
          value: try reader.optionalBytes($0, 1))
      }
      return UndoIntent(
        change: id, accounts: try reader.list(row[1]), files: files, extraValues: values)
    }
  }

  /// Other changes that stand (applied, or on the way in or out) and have a record under this key
  /// of this file: as long as there is one, the record is still needed.
  /// - Parameter file: the file's absolute path.
  public func usersOfKey(client: String, file: [UInt8], key: String, excluding id: String)
    throws(Refusal) -> [KeyUse]
  {
    try read { db in
      let sql = """
        SELECT change.number, change.id, edit.users FROM file
        JOIN change ON change.number = file.change
        JOIN edit ON edit.change = file.change AND edit.file = file.position
        WHERE file.place = ? AND edit.key = ? AND edit.rule = 'record' AND change.client = ?
          AND change.id <> ? AND change.state <> 'undone'
        ORDER BY change.number
        """
      let rows = try Row.fetchAll(
        db.cachedStatement(sql: sql), arguments: [Data(file), key, client, id])
      let reader = ChangeRowReader(db)
      return try rows.compactMap { row in
        let undone = try String.fetchSet(
          db.cachedStatement(sql: "SELECT key FROM account WHERE change = ? AND undone"),
          arguments: [row[0] as Int64])
        let users = try reader.list(row[2]).filter { !undone.contains($0) }
        return users.isEmpty ? nil : KeyUse(change: row[1], users: users)
      }
    }
  }

  /// Keys of a change that a later one, not undone, has too. The caller decides by the rule whether
  /// that is in the way: lists and counters undo by element.
  public func newerChanges(onKeysOf id: String) throws(Refusal) -> [KeyOverlap] {
    try read { db in
      // In the order in which the least is found: there is mostly no later change.
      let sql = """
        SELECT DISTINCT later.id, theirs.place, theirs_edit.key, theirs_edit.rule
        FROM change AS ours
        CROSS JOIN file AS ours_file ON ours_file.change = ours.number
        CROSS JOIN file AS theirs ON theirs.place = ours_file.place AND theirs.change > ours.number
        CROSS JOIN change AS later ON later.number = theirs.change AND later.state <> 'undone'
        CROSS JOIN edit AS theirs_edit ON theirs_edit.change = theirs.change
          AND theirs_edit.file = theirs.position
        CROSS JOIN edit AS ours_edit ON ours_edit.change = ours.number
          AND ours_edit.file = ours_file.position AND ours_edit.key = theirs_edit.key
        WHERE ours.id = ? ORDER BY later.number DESC, theirs.place, theirs_edit.key
        """
      return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: [id]).map {
        KeyOverlap(
          change: $0[0], file: try ChangeRowReader(db).bytes($0, 1), key: $0[2], rule: $0[3])
      }
    }
  }

  /// - Parameter sql: asks for numbers, newest first.
  private static func load(_ db: Database, _ sql: String, _ arguments: StatementArguments) throws
    -> [Change]
  {
    // A run asks the same of every profile.
    try load(db, Int64.fetchAll(db.cachedStatement(sql: sql), arguments: arguments))
  }

  private static func load(_ db: Database, _ numbers: [Int64]) throws -> [Change] {
    try ChangeRowReader(db).changes(numbers).map(\.change)
  }
}

extension ChangeFilter {
  /// What a row of the table `change` must fulfil.
  var condition: (sql: String, arguments: StatementArguments) {
    var terms: [String] = ["1"]
    var arguments = StatementArguments()
    func add(_ term: String, _ values: StatementArguments) {
      terms.append(term)
      arguments += values
    }
    if let run { add("run = ?", [run]) }
    if let client { add("client = ?", [client]) }
    if let place { add("place = ?", [Data(place)]) }
    if let under {
      let path = under.count > 1 && under.last == UInt8(ascii: "/") ? under.dropLast() : under[...]
      // Below it is what begins with "path/": from there up to "path0", "0" coming next after "/".
      let below = path == [UInt8(ascii: "/")] ? [] : Array(path)
      let range: StatementArguments = [
        Data(path), Data(below + [UInt8(ascii: "/")]), Data(below + [UInt8(ascii: "0")]),
      ]
      let test = "= ? OR %@ >= ? AND %@ < ?"
      let both = ["place", "home"].map { "\($0) " + test.replacingOccurrences(of: "%@", with: $0) }
      add("(\(both.joined(separator: " OR ")))", range + range)
    }
    if let states {
      let list = states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
      terms.append("state IN (\(list))")
    }
    return (terms.joined(separator: " AND "), arguments)
  }
}
