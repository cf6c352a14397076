import ConfigFormats
import Foundation
import GRDB

/// Reads changes from the journal's tables. Changes of neighbouring numbers, as those of one run mostly
/// are, are read together: each table by one query for a whole range.
final class ChangeRowReader {
  private let db: Database
  /// Most edits of a change share their list of accounts.
  private var lists: [String: [String]] = [:]

  init(_ db: Database) { self.db = db }

  /// - Parameter numbers: rows of the table `change`, in the same snapshot, and each once.
  /// - Returns: their changes, in this order where it is that of the numbers, up or down.
  func changes(_ numbers: [Int64]) throws -> [RecordedChange] {
    var changes: [RecordedChange] = []
    changes.reserveCapacity(numbers.count)
    for run in Self.runs(numbers) { changes += try self.changes(run) }
    return changes
  }

  /// Numbers that follow one another without a gap.
  private struct Run {
    var range: ClosedRange<Int64>
    var isDescending: Bool
  }

  private static func runs(_ numbers: [Int64]) -> [Run] {
    var runs: [Run] = []
    for number in numbers {
      if let last = runs.last {
        let isOne = last.range.count == 1
        if number < last.range.lowerBound, number == last.range.lowerBound - 1,
          isOne || last.isDescending
        {
          runs[runs.count - 1] = Run(range: number...last.range.upperBound, isDescending: true)
          continue
        }
        if number > last.range.upperBound, number == last.range.upperBound + 1,
          isOne || !last.isDescending
        {
          runs[runs.count - 1] = Run(range: last.range.lowerBound...number, isDescending: false)
          continue
        }
      }
      runs.append(Run(range: number...number, isDescending: false))
    }
    return runs
  }

  private func changes(_ run: Run) throws -> [RecordedChange] {
    var changes = try heads(run.range)
    guard changes.count == run.range.count else { throw Self.missingRows }
    try readAccounts(run.range, into: &changes)
    try readRelocations(run.range, into: &changes)
    try readWarnings(run.range, into: &changes)
    try readFiles(run.range, into: &changes)
    try readEdits(run.range, into: &changes)
    try readSpans(run.range, into: &changes)
    try readBranches(run.range, into: &changes)
    return run.isDescending ? changes.reversed() : changes
  }

  /// - Parameter body: gets each row, and the index of its change, whose number is the first column.
  private func forEachRow(
    _ sql: String, _ range: ClosedRange<Int64>, _ body: (Row, Int) throws -> Void
  ) throws {
    // Of a cursor the row is where SQLite has it; an array of rows would be a copy of each value.
    let rows = try Row.fetchCursor(
      db.cachedStatement(sql: sql), arguments: [range.lowerBound, range.upperBound])
    while let row = try rows.next() {
      let number: Int64 = row[0]
      try body(row, Int(number - range.lowerBound))
    }
  }

  /// The changes alone, without what other tables have of them.
  private func heads(_ range: ClosedRange<Int64>) throws -> [RecordedChange] {
    var changes: [RecordedChange] = []
    try forEachRow(
      """
      SELECT number, id, run, root, home, client, profile, state, created_at, follow_up_of, staging,
        state_at, abandoned
      FROM change WHERE number BETWEEN ? AND ? ORDER BY number
      """, range
    ) { row, _ in
      let change = Change(
        id: row[1], run: row[2], root: try bytes(row, 3), home: try optionalBytes(row, 4),
        client: row[5], profile: try optionalBytes(row, 6).map(path), followUpOf: row[9],
        staging: try optionalBytes(row, 10).map(staging), accounts: [], files: [], warnings: [],
        state: try known(row[7]), createdAt: try Self.number(row, 8, .time, of: row[1]))
      changes.append(
        RecordedChange(
          change: change, stateAt: try Self.number(row, 11, .time, of: change.id),
          isAbandoned: row[12]))
    }
    return changes
  }

  private func readRelocations(
    _ range: ClosedRange<Int64>, into changes: inout [RecordedChange]
  ) throws {
    try forEachRow(
      """
      SELECT change, path, target FROM relocation
      WHERE change BETWEEN ? AND ? ORDER BY change, position
      """, range
    ) { row, index in
      changes[index].change.relocations.append(
        Relocation(try path(bytes(row, 1)), target: try bytes(row, 2)))
    }
  }

  private func readAccounts(
    _ range: ClosedRange<Int64>, into changes: inout [RecordedChange]
  ) throws {
    try forEachRow(
      """
      SELECT change, key, undone, from_host, from_port, from_security, from_auth, from_username,
        to_host, to_port, to_security, to_auth, to_username, note
      FROM account WHERE change BETWEEN ? AND ? ORDER BY change, position
      """, range
    ) { row, index in
      let key: String = row[1]
      changes[index].change.accounts.append(
        SwitchedAccount(
          key: key, from: try settings(row, 3), to: try settings(row, 8), note: row[13]))
      if row[2] as Bool { changes[index].change.undoneAccounts.append(key) }
    }
  }

  private func settings(_ row: Row, _ first: Int) throws -> ServerSettings {
    ServerSettings(
      host: row[first], port: row[first + 1], security: try known(row[first + 2]),
      auth: try known(row[first + 3]), username: row[first + 4])
  }

  private func readWarnings(
    _ range: ClosedRange<Int64>, into changes: inout [RecordedChange]
  ) throws {
    try forEachRow(
      """
      SELECT change, code, text FROM warning
      WHERE change BETWEEN ? AND ? ORDER BY change, position
      """, range
    ) { row, index in
      changes[index].change.warnings.append(Warning(try known(row[1]), row[2]))
    }
  }

  private func readFiles(
    _ range: ClosedRange<Int64>, into changes: inout [RecordedChange]
  ) throws {
    try forEachRow(
      """
      SELECT change, path, action, commits, sensitive, users, before_mode, before_uid, before_gid,
        before_size, before_sha256, after_mode, after_uid, after_gid, after_size, after_sha256,
        kept
      FROM file WHERE change BETWEEN ? AND ? ORDER BY change, position
      """, range
    ) { row, index in
      changes[index].change.files.append(
        FilePatch(
          path: try path(bytes(row, 1)), action: try known(row[2]), commits: row[3],
          sensitive: row[4], before: try state(row, 6, changes[index]),
          after: try state(row, 11, changes[index]),
          kept: try optionalBytes(row, 16), users: try list(row[5])))
    }
  }

  private func readBranches(
    _ range: ClosedRange<Int64>, into changes: inout [RecordedChange]
  ) throws {
    try forEachRow(
      """
      SELECT change, file, kind, prefix, users FROM branch
      WHERE change BETWEEN ? AND ? ORDER BY change, file, position
      """, range
    ) { row, index in
      let file: Int = row[1]
      try requireIndex(file, in: changes[index].change.files.count)
      guard let kind = CreatedBranch.Kind(rawValue: row[2]) else {
        throw Refusal(.journal, "the journal holds a branch of an unknown kind")
      }
      changes[index].change.files[file].branches.append(
        CreatedBranch(kind, prefix: row[3], users: try list(row[4])))
    }
  }

  private func readEdits(
    _ range: ClosedRange<Int64>, into changes: inout [RecordedChange]
  ) throws {
    let elements = try elements(range)
    try forEachRow(
      """
      SELECT change, file, position, key, before, after, secret, recipe, rule, deciding,
        client_rewrites, users, client_writes, client_prefix
      FROM edit WHERE change BETWEEN ? AND ? ORDER BY change, file, position
      """, range
    ) { row, index in
      let file: Int = row[1]
      try requireIndex(file, in: changes[index].change.files.count)
      let rule: UndoRule =
        switch row[8] as String {
        case "value": .value
        case "counter": .counter
        case "record": .record
        case "elements": .elements(elements[EditPlace(index, file, row[2])] ?? [])
        default: throw Self.unknown(row[8])
        }
      changes[index].change.files[file].edits.append(
        KeyedEdit(
          key: row[3], before: try optionalBytes(row, 4), after: try optionalBytes(row, 5),
          secret: row[6], recipe: row[7], spans: [], rule: rule, deciding: row[9],
          clientRewrites: try rewrite(row), users: try list(row[11])))
    }
  }

  private func readSpans(
    _ range: ClosedRange<Int64>, into changes: inout [RecordedChange]
  ) throws {
    try forEachRow(
      """
      SELECT change, file, edit, start, old, new, new_length FROM span
      WHERE change BETWEEN ? AND ? ORDER BY change, file, edit, position
      """, range
    ) { row, index in
      let (file, edit): (Int, Int) = (row[1], row[2])
      try requireIndex(file, in: changes[index].change.files.count)
      try requireIndex(edit, in: changes[index].change.files[file].edits.count)
      changes[index].change.files[file].edits[edit].spans.append(
        Span(
          offset: try Self.number(row, 3, .place, of: changes[index].change.id),
          old: try bytes(row, 4), new: try optionalBytes(row, 5),
          newLength: try Self.number(row, 6, .place, of: changes[index].change.id)))
    }
  }

  private func rewrite(_ row: Row) throws -> ClientRewrite? {
    guard let evidence = row[10] as String? else { return nil }
    switch row[12] as String? {
    case "any": return ClientRewrite(evidence)
    case "absent": return ClientRewrite(evidence, .absent)
    case "beginning": return ClientRewrite(evidence, .beginning(try bytes(row, 13)))
    case let other: throw Self.unknown(other ?? "NULL")
    }
  }

  /// An edit of a change that is being read.
  private struct EditPlace: Hashable {
    var change, file, edit: Int

    init(_ change: Int, _ file: Int, _ edit: Int) {
      self.change = change
      self.file = file
      self.edit = edit
    }
  }

  private func elements(_ range: ClosedRange<Int64>) throws -> [EditPlace: [ListElement]] {
    var elements: [EditPlace: [ListElement]] = [:]
    try forEachRow(
      """
      SELECT change, file, edit, bytes, users FROM element
      WHERE change BETWEEN ? AND ? ORDER BY change, file, edit, position
      """, range
    ) { row, index in
      elements[EditPlace(index, row[1], row[2]), default: []].append(
        ListElement(bytes: try bytes(row, 3), users: try list(row[4])))
    }
    return elements
  }

  private func state(
    _ row: Row, _ first: Int, _ recorded: RecordedChange
  ) throws -> FileState? {
    guard let sha256 = try optionalBytes(row, first + 4) else { return nil }
    let id = recorded.change.id
    // A mode and an id are within 32 bits by their bounds.
    return FileState(
      mode: UInt32(try Self.number(row, first, .mode, of: id)),
      uid: UInt32(try Self.number(row, first + 1, .identity, of: id)),
      gid: UInt32(try Self.number(row, first + 2, .identity, of: id)),
      size: try Self.number(row, first + 3, .size, of: id), sha256: sha256)
  }

  /// A number that is one: SQLite's check says no more of it than that it has 64 bits, or is none.
  static func number(
    _ row: Row, _ index: Int, _ bound: JournalBound, of change: String
  ) throws -> Int {
    let number: Int64? = row[index]
    if let number, bound.range.contains(number) { return Int(number) }
    let column = Array(row.columnNames)[index]
    throw Refusal(
      .journal,
      "change \(change.printable) in the journal has \(number.map(String.init) ?? "nothing") as "
        + "\(column.printable), which cannot be")
  }

  func list(_ json: String) throws -> [String] {
    if let known = lists[json] { return known }
    let list = try JournalText.parsedList(json)
    lists[json] = list
    return list
  }

  func path(_ bytes: [UInt8]) throws -> RelativePath {
    guard let path = RelativePath(bytes) else {
      throw Refusal(
        .journal, "the journal holds the path \(bytes.printable), which leads out of its root")
    }
    return path
  }

  /// An undo removes such a directory with all that is in it.
  private func staging(_ bytes: [UInt8]) throws -> RelativePath {
    let path = try path(bytes)
    guard StagingDirectory.isName(path) else {
      throw Refusal(
        .journal, "the journal calls \(bytes.printable) a temporary directory, which it is not")
    }
    return path
  }

  func bytes(_ row: Row, _ index: Int) throws -> [UInt8] {
    guard let bytes = try optionalBytes(row, index) else {
      throw Refusal(.journal, "the journal lacks bytes where there must be some")
    }
    return bytes
  }

  func optionalBytes(_ row: Row, _ index: Int) throws -> [UInt8]? {
    try row.withUnsafeData(atIndex: index) { $0.map { Array($0) } }
  }

  private func known<Value: RawRepresentable<String>>(_ name: String) throws -> Value {
    guard let value = Value(rawValue: name) else { throw Self.unknown(name) }
    return value
  }

  /// A program that wrote this format may not have written it; another, or a hand, has.
  private static func unknown(_ name: String) -> Refusal {
    Refusal(.journal, "the journal holds “\(Array(name.utf8).printable)”, which is not known")
  }

  private static var missingRows: Refusal {
    Refusal(.journal, "the journal numbers rows that are not there")
  }

  private func requireIndex(_ index: Int, in count: Int) throws {
    guard index >= 0, index < count else { throw Self.missingRows }
  }
}
