import ConfigFormats
import GRDB
import Glibc

extension Journal {
  /// A new change's id: ten letters and digits that cannot be taken for each other.
  public func newChangeID() -> String {
    String(decoding: RandomText.letters(10), as: UTF8.self)
  }

  /// Begins a run. It is recorded with its first change, and not at all without one.
  /// - Returns: its id, which sorts by time: "20261124T015912-k3vq".
  public func beginRun(command: String) -> String {
    let startedAt = now()
    var clock = time_t(startedAt)
    var calendar = tm()
    gmtime_r(&clock, &calendar)
    func digits(_ number: Int32, _ count: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    let day =
      digits(calendar.tm_year + 1900, 4) + digits(calendar.tm_mon + 1, 2)
      + digits(calendar.tm_mday, 2)
    let time = digits(calendar.tm_hour, 2) + digits(calendar.tm_min, 2) + digits(calendar.tm_sec, 2)
    let id = "\(day)T\(time)-\(String(decoding: RandomText.letters(4), as: UTF8.self))"
    begunRuns.withLock { $0[id] = BegunRun(command: command, startedAt: startedAt) }
    return id
  }

  /// Records changes as prepared, in one transaction. Their files may be written when it returns.
  /// - Throws: `unsupported` when a text holds a NUL, which no text of the database can keep.
  public func prepare(_ changes: [Change]) throws(Refusal) {
    let time = now()
    let begun = begunRuns.withLock { $0 }
    try write { db in
      let writer = try ChangeRowWriter(db)
      for change in changes {
        let run = begun[change.run] ?? BegunRun(command: "", startedAt: change.createdAt)
        try writer.insertRun(change.run, run)
        try writer.insert(change, at: time)
      }
    }
  }

  /// Records the files of a change that makes new folders: all of them are made, and may be moved to
  /// their places when this returns.
  public func recordMade(_ change: Change) throws(Refusal) {
    let time = now()
    try write { db in
      let number = try db.move(change.id, from: [.prepared], to: .prepared, at: time)
      try ChangeRowWriter(db).insertFiles(of: change, number)
    }
  }

  /// Every file of these changes is in place. Of a change that was undoing, this takes the undo
  /// back.
  public func markApplied(_ ids: [String]) throws(Refusal) {
    let time = now()
    try write { db in
      for id in ids {
        let (number, was) = try db.step(
          id, from: [.prepared, .undoing, .conflict], to: .applied, at: time)
        // What is only prepared is not being undone.
        if was != .prepared { try db.forgetUndoIntent(number) }
      }
    }
  }

  /// A prepared change was taken back, and every file is as it was.
  public func abandon(_ id: String) throws(Refusal) {
    let time = now()
    try write { db in
      let number = try db.move(id, from: [.prepared, .conflict], to: .undone, at: time)
      try db.execute(sql: "UPDATE change SET abandoned = 1 WHERE number = ?", arguments: [number])
      try db.execute(sql: "UPDATE account SET undone = 1 WHERE change = ?", arguments: [number])
    }
  }

  /// Records what an undo is about to do. Files may be written when it returns. A later intent for
  /// the same change takes the earlier one's place.
  public func recordUndoIntent(_ intent: UndoIntent) throws(Refusal) {
    try recordUndoIntents([intent])
  }

  /// Several, in one transaction.
  func recordUndoIntents(_ intents: [UndoIntent]) throws(Refusal) {
    let time = now()
    try write { db in
      for intent in intents { try db.recordUndoIntent(intent, at: time) }
    }
  }

  /// The files are as the undo wants them.
  /// - Parameters:
  ///   - accounts: those that went back.
  ///   - fully: nothing of the change is left to undo; else it is applied again, less these. nil:
  ///     as soon as every account is undone.
  public func markUndone(_ id: String, accounts: [String], fully: Bool? = nil) throws(Refusal) {
    let time = now()
    try write { db in try db.markUndone(id, accounts: accounts, fully: fully, at: time) }
  }

  /// The same of several, in one transaction.
  func markUndone(_ changes: [(id: String, accounts: [String])]) throws(Refusal) {
    let time = now()
    try write { db in
      for change in changes {
        try db.markUndone(change.id, accounts: change.accounts, fully: nil, at: time)
      }
    }
  }

  /// It cannot be settled without a person. An undo's intent is kept for them.
  public func markConflict(_ id: String) throws(Refusal) {
    let time = now()
    try write { db in
      _ = try db.move(
        id, from: [.prepared, .applied, .undoing, .conflict], to: .conflict, at: time)
    }
  }
}

extension Database {
  fileprivate func recordUndoIntent(_ intent: UndoIntent, at time: Int) throws {
    let number = try move(
      intent.change, from: [.applied, .undoing, .conflict], to: .undoing, at: time)
    try forgetUndoIntent(number)
    try cachedStatement(sql: "INSERT INTO undo (change, accounts, started_at) VALUES (?, ?, ?)")
      .execute(arguments: [number, try JournalText.list(intent.accounts), time])
    let undoFile = try RowInsertion(
      self, "undo_file", ["change", "position", "path", "before_sha256", "after_sha256"])
    for (position, file) in intent.files.enumerated() {
      try undoFile.insert { row in
        try row.add(number)
        try row.add(position)
        try row.add(file.path.bytes)
        try row.add(file.before)
        try row.add(file.after)
      }
    }
    guard !intent.extraValues.isEmpty else { return }
    let undoValue = try RowInsertion(
      self, "undo_value", ["change", "position", "key", "value", "path"])
    for (position, item) in intent.extraValues.enumerated() {
      try undoValue.insert { row in
        try row.add(number)
        try row.add(position)
        try row.add(item.key)
        try row.add(item.value)
        try row.add(item.file?.bytes)
      }
    }
  }

  fileprivate func markUndone(
    _ id: String, accounts: [String], fully: Bool?, at time: Int
  ) throws {
    let number = try move(id, from: [.undoing, .conflict], to: .undone, at: time)
    for account in accounts {
      try cachedStatement(sql: "UPDATE account SET undone = 1 WHERE change = ? AND key = ?")
        .execute(arguments: [number, try JournalText.checked(account)])
    }
    let left = try Bool.fetchOne(
      cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM account WHERE change = ? AND NOT undone)"),
      arguments: [number])
    if !(fully ?? (left == false)) {
      try move(id, from: [.undone], to: .applied, at: time)
    }
    try forgetUndoIntent(number)
  }

  fileprivate func forgetUndoIntent(_ number: Int64) throws {
    try cachedStatement(sql: "DELETE FROM undo WHERE change = ?").execute(arguments: [number])
  }

  /// Takes a change from one of some states to another; its number.
  @discardableResult
  fileprivate func move(
    _ id: String, from: Set<Change.State>, to state: Change.State, at time: Int
  ) throws -> Int64 {
    try step(id, from: from, to: state, at: time).number
  }

  /// The same; also what its state was.
  fileprivate func step(
    _ id: String, from: Set<Change.State>, to state: Change.State, at time: Int
  ) throws -> (number: Int64, was: Change.State) {
    let found = try cachedStatement(sql: "SELECT number FROM change WHERE id = ?")
    let standing = try cachedStatement(sql: "SELECT state FROM change WHERE number = ?")
    guard let number = try Int64.fetchOne(found, arguments: [id]),
      let current = try String.fetchOne(standing, arguments: [number])
    else { throw Refusal(.notFound, "the journal has no change \(id.printable)") }
    guard let was = Change.State(rawValue: current), from.contains(was) else {
      throw Refusal(.journal, "change \(id) is \(current) and cannot become \(state.rawValue)")
    }
    try cachedStatement(sql: "UPDATE change SET state = ?, state_at = ? WHERE number = ?")
      .execute(arguments: [state.rawValue, time, number])
    return (number, was)
  }
}
