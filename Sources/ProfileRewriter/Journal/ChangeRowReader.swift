import ConfigFormats
import Foundation
import GRDB

/// Reads changes from the journal's tables: a handful of range queries for each.
final class ChangeRowReader {
  private let db: Database
  /// Most edits of a change share their list of accounts.
  private var lists: [String: [String]] = [:]

  init(_ db: Database) { self.db = db }

  static let columns =
    "number, id, run, root, home, client, profile, state, created_at, follow_up_of, staging"

  /// - Parameter row: of ``columns``.
  func change(_ row: Row) throws -> Change {
    let number: Int64 = row[0]
    let id: String = row[1]
    let (accounts, undone) = try accounts(number)
    return Change(
      id: id, run: row[2], root: try bytes(row, 3), home: try optionalBytes(row, 4), client: row[5],
      profile: try optionalBytes(row, 6).map(path), relocations: try relocations(number),
      followUpOf: row[9], staging: try optionalBytes(row, 10).map(staging), accounts: accounts,
      files: try files(number),
      warnings: try warnings(number), state: try known(row[7]), createdAt: row[8],
      undoneAccounts: undone)
  }

  private func relocations(_ number: Int64) throws -> [Relocation] {
    try rows("SELECT path, target FROM relocation WHERE change = ? ORDER BY position", number)
      .map { Relocation(try path(bytes($0, 0)), target: try bytes($0, 1)) }
  }

  private func rows(_ sql: String, _ number: Int64) throws -> [Row] {
    try Row.fetchAll(db.cachedStatement(sql: sql), arguments: [number])
  }

  private func accounts(_ number: Int64) throws -> ([SwitchedAccount], undone: [String]) {
    let rows = try rows(
      """
      SELECT key, undone, from_host, from_port, from_security, from_auth, from_username,
        to_host, to_port, to_security, to_auth, to_username, note
      FROM account WHERE change = ? ORDER BY position
      """, number)
    var accounts: [SwitchedAccount] = []
    var undone: [String] = []
    for row in rows {
      let key: String = row[0]
      accounts.append(
        SwitchedAccount(
          key: key, from: try settings(row, 2), to: try settings(row, 7), note: row[12]))
      if row[1] as Bool { undone.append(key) }
    }
    return (accounts, undone)
  }

  private func settings(_ row: Row, _ first: Int) throws -> ServerSettings {
    ServerSettings(
      host: row[first], port: row[first + 1], security: try known(row[first + 2]),
      auth: try known(row[first + 3]), username: row[first + 4])
  }

  private func warnings(_ number: Int64) throws -> [Warning] {
    try rows("SELECT code, text FROM warning WHERE change = ? ORDER BY position", number).map {
      Warning(try known($0[0]), $0[1])
    }
  }

  private func files(_ number: Int64) throws -> [FilePatch] {
    let rows = try rows(
      """
      SELECT path, action, commits, sensitive, users, before_mode, before_uid, before_gid,
        before_size, before_sha256, after_mode, after_uid, after_gid, after_size, after_sha256,
        kept
      FROM file WHERE change = ? ORDER BY position
      """, number)
    var files: [FilePatch] = []
    for row in rows {
      files.append(
        FilePatch(
          path: try path(bytes(row, 0)), action: try known(row[1]), commits: row[2],
          sensitive: row[3], before: try state(row, 5), after: try state(row, 10),
          kept: try optionalBytes(row, 15), users: try list(row[4])))
    }
    try readEdits(number, into: &files)
    for row in try self.rows(
      "SELECT file, kind, prefix, users FROM branch WHERE change = ? ORDER BY file, position",
      number)
    {
      try requireIndex(row[0], in: files.count)
      guard let kind = CreatedBranch.Kind(rawValue: row[1]) else {
        throw Refusal(.journal, "the journal holds a branch of an unknown kind")
      }
      files[row[0]].branches.append(
        CreatedBranch(kind, prefix: row[2], users: try list(row[3])))
    }
    return files
  }

  private func readEdits(_ number: Int64, into files: inout [FilePatch]) throws {
    let elements = try elements(number)
    for row in try rows(
      """
      SELECT file, position, key, before, after, secret, recipe, rule, deciding, client_rewrites,
        users, client_writes, client_prefix
      FROM edit WHERE change = ? ORDER BY file, position
      """, number)
    {
      let file: Int = row[0]
      try requireIndex(file, in: files.count)
      let rule: UndoRule =
        switch row[7] as String {
        case "value": .value
        case "counter": .counter
        case "record": .record
        case "elements": .elements(elements[[file, row[1]]] ?? [])
        default: throw Self.unknown(row[7])
        }
      files[file].edits.append(
        KeyedEdit(
          key: row[2], before: try optionalBytes(row, 3), after: try optionalBytes(row, 4),
          secret: row[5], recipe: row[6], spans: [], rule: rule, deciding: row[8],
          clientRewrites: try rewrite(row), users: try list(row[10])))
    }
    for row in try rows(
      """
      SELECT file, edit, start, old, new, new_length FROM span
      WHERE change = ? ORDER BY file, edit, position
      """, number)
    {
      let (file, edit): (Int, Int) = (row[0], row[1])
      try requireIndex(file, in: files.count)
      try requireIndex(edit, in: files[file].edits.count)
      files[file].edits[edit].spans.append(
        Span(
          offset: row[2], old: try bytes(row, 3), new: try optionalBytes(row, 4), newLength: row[5])
      )
    }
  }

  private func rewrite(_ row: Row) throws -> ClientRewrite? {
    guard let evidence = row[9] as String? else { return nil }
    switch row[11] as String? {
    case "any": return ClientRewrite(evidence)
    case "absent": return ClientRewrite(evidence, .absent)
    case "beginning": return ClientRewrite(evidence, .beginning(try bytes(row, 12)))
    case let other: throw Self.unknown(other ?? "NULL")
    }
  }

  private func elements(_ number: Int64) throws -> [[Int]: [ListElement]] {
    var elements: [[Int]: [ListElement]] = [:]
    for row in try rows(
      """
      SELECT file, edit, bytes, users FROM element
      WHERE change = ? ORDER BY file, edit, position
      """, number)
    {
      elements[[row[0], row[1]], default: []].append(
        ListElement(bytes: try bytes(row, 2), users: try list(row[3])))
    }
    return elements
  }

  private func state(_ row: Row, _ first: Int) throws -> FileState? {
    guard let sha256 = try optionalBytes(row, first + 4) else { return nil }
    return FileState(
      mode: row[first], uid: row[first + 1], gid: row[first + 2], size: row[first + 3],
      sha256: sha256)
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
    (row[index] as Data?).map { Array($0) }
  }

  private func known<Value: RawRepresentable<String>>(_ name: String) throws -> Value {
    guard let value = Value(rawValue: name) else { throw Self.unknown(name) }
    return value
  }

  /// A program that wrote this format may not have written it; another, or a hand, has.
  private static func unknown(_ name: String) -> Refusal {
    Refusal(.journal, "the journal holds “\(Array(name.utf8).printable)”, which is not known")
  }

  private func requireIndex(_ index: Int, in count: Int) throws {
    guard index >= 0, index < count else {
      throw Refusal(.journal, "the journal numbers rows that are not there")
    }
  }
}
