import Foundation
import GRDB

/// Writes changes into the journal's tables, with every statement compiled once.
struct ChangeRowWriter {
  private let db: Database
  private let run, change, relocation, account, warning, file, edit, span, element,
    branch: Statement

  init(_ db: Database) throws {
    self.db = db
    run = try db.cachedStatement(
      sql: "INSERT OR IGNORE INTO run (id, command, started_at) VALUES (?, ?, ?)")
    change = try Self.insertion(
      db, "change",
      [
        "id", "run", "root", "home", "client", "profile", "place", "state", "created_at",
        "state_at", "follow_up_of", "staging",
      ])
    relocation = try Self.insertion(
      db, "relocation", ["change", "position", "path", "target"])
    account = try Self.insertion(
      db, "account",
      [
        "change", "position", "key", "undone", "from_host", "from_port", "from_security",
        "from_auth", "from_username", "to_host", "to_port", "to_security", "to_auth", "to_username",
        "note",
      ])
    warning = try Self.insertion(db, "warning", ["change", "position", "code", "text"])
    file = try Self.insertion(
      db, "file",
      [
        "change", "position", "path", "place", "action", "commits", "sensitive", "before_mode",
        "before_uid", "before_gid", "before_size", "before_sha256", "after_mode", "after_uid",
        "after_gid", "after_size", "after_sha256", "users", "kept",
      ])
    edit = try Self.insertion(
      db, "edit",
      [
        "change", "file", "position", "key", "before", "after", "secret", "recipe", "rule",
        "deciding", "client_rewrites", "client_writes", "client_prefix", "users",
      ])
    span = try Self.insertion(
      db, "span",
      ["change", "file", "edit", "position", "start", "old", "new", "new_length"])
    element = try Self.insertion(
      db, "element", ["change", "file", "edit", "position", "bytes", "users"])
    branch = try Self.insertion(
      db, "branch", ["change", "file", "position", "kind", "prefix", "users"])
  }

  private static func insertion(_ db: Database, _ table: String, _ columns: [String]) throws
    -> Statement
  {
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    return try db.cachedStatement(
      sql: "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(marks))")
  }

  func insertRun(_ id: String, _ begun: Journal.BegunRun) throws {
    try run.execute(
      arguments: [
        try JournalText.checked(id), try JournalText.checked(begun.command), begun.startedAt,
      ])
  }

  func insert(_ value: Change, at time: Int) throws {
    try change.execute(
      arguments: [
        try JournalText.checked(value.id), value.run, Data(value.root), value.home.map { Data($0) },
        try JournalText.checked(value.client), value.profile.map { Data($0.bytes) },
        Data(value.place), Change.State.prepared.rawValue, value.createdAt, time,
        try value.followUpOf.map(JournalText.checked), value.staging.map { Data($0.bytes) },
      ])
    let number = db.lastInsertedRowID
    for (position, item) in value.relocations.enumerated() {
      try relocation.execute(
        arguments: [number, position, Data(item.place.bytes), Data(item.target)])
    }
    for (position, item) in value.accounts.enumerated() {
      let undone = value.undoneAccounts.contains(item.key)
      try insert(item, position, number, undone: undone)
    }
    for (position, item) in value.warnings.enumerated() {
      try warning.execute(
        arguments: [number, position, item.code.rawValue, try JournalText.checked(item.text)])
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
    func columns(_ settings: ServerSettings) throws -> StatementArguments {
      [
        try JournalText.checked(settings.host), settings.port, settings.security.rawValue,
        settings.auth.rawValue, try JournalText.checked(settings.username),
      ]
    }
    let head: StatementArguments = [number, position, try JournalText.checked(value.key), undone]
    try account.execute(
      arguments: head + columns(value.from) + columns(value.to)
        + [try value.note.map(JournalText.checked)])
  }

  private func insert(_ value: FilePatch, _ position: Int, _ number: Int64, place: [UInt8]) throws {
    func columns(_ state: FileState?) -> StatementArguments {
      [state?.mode, state?.uid, state?.gid, state?.size, state.map { Data($0.sha256) }]
    }
    let head: StatementArguments = [
      number, position, Data(value.path.bytes), Data(place),
      value.action.rawValue, value.commits, value.sensitive,
    ]
    let users = try JournalText.list(value.users)
    try file.execute(
      arguments: head + columns(value.before) + columns(value.after) + [
        users, value.kept.map { Data($0) },
      ])
    for (index, item) in value.edits.enumerated() {
      try insert(item, index, file: position, number)
    }
    for (index, item) in value.branches.enumerated() {
      try branch.execute(
        arguments: [
          number, position, index, item.kind.rawValue, try JournalText.checked(item.prefix),
          try JournalText.list(item.users),
        ])
    }
  }

  private func insert(_ value: KeyedEdit, _ position: Int, file: Int, _ number: Int64) throws {
    try edit.execute(
      arguments: [
        number, file, position, try JournalText.checked(value.key), value.before.map { Data($0) },
        value.after.map { Data($0) }, value.secret, try value.recipe.map(JournalText.checked),
        value.rule.name, value.deciding,
        try value.clientRewrites.map { try JournalText.checked($0.evidence) },
        value.clientRewrites?.values.name, value.clientRewrites?.values.prefix.map { Data($0) },
        try JournalText.list(value.users),
      ])
    for (index, item) in value.spans.enumerated() {
      try span.execute(
        arguments: [
          number, file, position, index, item.offset, Data(item.old), item.new.map { Data($0) },
          item.newLength,
        ])
    }
    guard case .elements(let elements) = value.rule else { return }
    for (index, item) in elements.enumerated() {
      try element.execute(
        arguments: [
          number, file, position, index, Data(item.bytes), try JournalText.list(item.users),
        ])
    }
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
