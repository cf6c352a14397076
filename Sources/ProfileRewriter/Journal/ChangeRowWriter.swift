import GRDB

/// Writes changes into the journal's tables, with every statement compiled once.
final class ChangeRowWriter {
  private let db: Database
  private let run: Statement
  private let change, relocation, account, warning, file, edit, span, element, branch: RowInsertion
  /// Most edits of a change share their list of accounts.
  private var lastList: (texts: [String], json: String) = ([], "[]")

  init(_ db: Database) throws {
    self.db = db
    run = try db.cachedStatement(
      sql: "INSERT OR IGNORE INTO run (id, command, started_at) VALUES (?, ?, ?)")
    change = try RowInsertion(
      db, "change",
      [
        "id", "run", "root", "home", "client", "profile", "place", "state", "created_at",
        "state_at", "follow_up_of", "staging",
      ])
    relocation = try RowInsertion(
      db, "relocation", ["change", "position", "path", "target"])
    account = try RowInsertion(
      db, "account",
      [
        "change", "position", "key", "undone", "from_host", "from_port", "from_security",
        "from_auth", "from_username", "to_host", "to_port", "to_security", "to_auth", "to_username",
        "note",
      ])
    warning = try RowInsertion(db, "warning", ["change", "position", "code", "text"])
    file = try RowInsertion(
      db, "file",
      [
        "change", "position", "path", "place", "action", "commits", "sensitive", "before_mode",
        "before_uid", "before_gid", "before_size", "before_sha256", "after_mode", "after_uid",
        "after_gid", "after_size", "after_sha256", "users", "kept",
      ])
    edit = try RowInsertion(
      db, "edit",
      [
        "change", "file", "position", "key", "before", "after", "secret", "recipe", "rule",
        "deciding", "client_rewrites", "client_writes", "client_prefix", "users",
      ])
    span = try RowInsertion(
      db, "span",
      ["change", "file", "edit", "position", "start", "old", "new", "new_length"])
    element = try RowInsertion(
      db, "element", ["change", "file", "edit", "position", "bytes", "users"])
    branch = try RowInsertion(
      db, "branch", ["change", "file", "position", "kind", "prefix", "users"])
  }

  func insertRun(_ id: String, _ begun: Journal.BegunRun) throws {
    try run.execute(
      arguments: [
        try JournalText.checked(id), try JournalText.checked(begun.command), begun.startedAt,
      ])
  }

  func insert(_ value: Change, at time: Int) throws {
    try change.insert { row in
      try row.add(value.id)
      try row.add(value.run)
      try row.add(value.root)
      try row.add(value.home)
      try row.add(value.client)
      try row.add(value.profile?.bytes)
      try row.add(value.place)
      try row.add(Change.State.prepared.rawValue)
      try row.add(value.createdAt)
      try row.add(time)
      try row.add(value.followUpOf)
      try row.add(value.staging?.bytes)
    }
    let number = db.lastInsertedRowID
    for (position, item) in value.relocations.enumerated() {
      try relocation.insert { row in
        try row.add(number)
        try row.add(position)
        try row.add(item.place.bytes)
        try row.add(item.target)
      }
    }
    for (position, item) in value.accounts.enumerated() {
      let undone = value.undoneAccounts.contains(item.key)
      try insert(item, position, number, undone: undone)
    }
    for (position, item) in value.warnings.enumerated() {
      try warning.insert { row in
        try row.add(number)
        try row.add(position)
        try row.add(item.code.rawValue)
        try row.add(item.text)
      }
    }
    try insertFiles(of: value, number)
  }

  func insertFiles(of value: Change, _ number: Int64) throws {
    for (position, item) in value.files.enumerated() {
      try insert(item, position, number, place: value.place(of: item.path))
    }
  }

  private func insert(_ value: SwitchedAccount, _ position: Int, _ number: Int64, undone: Bool)
    throws
  {
    func add(_ settings: ServerSettings, _ row: inout RowValues) throws {
      try row.add(settings.host)
      try row.add(settings.port)
      try row.add(settings.security.rawValue)
      try row.add(settings.auth.rawValue)
      try row.add(settings.username)
    }
    try account.insert { row in
      try row.add(number)
      try row.add(position)
      try row.add(value.key)
      try row.add(undone)
      try add(value.from, &row)
      try add(value.to, &row)
      try row.add(value.note)
    }
  }

  private func insert(_ value: FilePatch, _ position: Int, _ number: Int64, place: [UInt8]) throws {
    func add(_ state: FileState?, _ row: inout RowValues) throws {
      try row.add(state?.mode)
      try row.add(state?.uid)
      try row.add(state?.gid)
      try row.add(state?.size)
      try row.add(state?.sha256)
    }
    try file.insert { row in
      try row.add(number)
      try row.add(position)
      try row.add(value.path.bytes)
      try row.add(place)
      try row.add(value.action.rawValue)
      try row.add(value.commits)
      try row.add(value.sensitive)
      try add(value.before, &row)
      try add(value.after, &row)
      try row.add(list(value.users))
      try row.add(value.kept)
    }
    for (index, item) in value.edits.enumerated() {
      try insert(item, index, file: position, number)
    }
    for (index, item) in value.branches.enumerated() {
      try branch.insert { row in
        try row.add(number)
        try row.add(position)
        try row.add(index)
        try row.add(item.kind.rawValue)
        try row.add(item.prefix)
        try row.add(list(item.users))
      }
    }
  }

  private func insert(_ value: KeyedEdit, _ position: Int, file: Int, _ number: Int64) throws {
    try edit.insert { row in
      try row.add(number)
      try row.add(file)
      try row.add(position)
      try row.add(value.key)
      try row.add(value.before)
      try row.add(value.after)
      try row.add(value.secret)
      try row.add(value.recipe)
      try row.add(value.rule.name)
      try row.add(value.deciding)
      try row.add(value.clientRewrites?.evidence)
      try row.add(value.clientRewrites?.values.name)
      try row.add(value.clientRewrites?.values.prefix)
      try row.add(list(value.users))
    }
    for (index, item) in value.spans.enumerated() {
      try span.insert { row in
        try row.add(number)
        try row.add(file)
        try row.add(position)
        try row.add(index)
        try row.add(item.offset)
        try row.add(item.old)
        try row.add(item.new)
        try row.add(item.newLength)
      }
    }
    guard case .elements(let elements) = value.rule else { return }
    for (index, item) in elements.enumerated() {
      try element.insert { row in
        try row.add(number)
        try row.add(file)
        try row.add(position)
        try row.add(index)
        try row.add(item.bytes)
        try row.add(list(item.users))
      }
    }
  }

  private func list(_ texts: [String]) throws -> String {
    if texts != lastList.texts { lastList = (texts, try JournalText.list(texts)) }
    return lastList.json
  }
}

extension ClientRewrite.Values {
  /// As the column `client_writes` has it.
  var name: String {
    switch self {
    case .any: "any"
    case .absent: "absent"
    case .beginning: "beginning"
    }
  }

  var prefix: [UInt8]? {
    if case .beginning(let prefix) = self { prefix } else { nil }
  }
}

extension Change {
  /// The profile's absolute path, whichever root it was reached from.
  var place: [UInt8] { place(of: profile) }

  /// The absolute path of one of its files.
  func place(of path: RelativePath?) -> [UInt8] {
    Relocation.absolute(path, root: root, relocations)
  }
}

/// Absolute paths by which one place is known, whichever root it was reached from.
enum JournalPlace {
  static func join(_ root: [UInt8], _ below: RelativePath?) -> [UInt8] {
    guard let below else { return root }
    return (root == [UInt8(ascii: "/")] ? [] : root) + [UInt8(ascii: "/")] + below.bytes
  }
}

extension UndoRule {
  /// The rule's name in the table `edit`; the elements of a list are rows of their own.
  var name: String {
    switch self {
    case .value: "value"
    case .elements: "elements"
    case .counter: "counter"
    case .record: "record"
    }
  }
}
