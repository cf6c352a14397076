import ConfigFormats
import Foundation

@testable import ProfileRewriter

/// The laws as functions that answer with what they found broken, so that the tests can also show
/// that each of them catches a program that breaks it.
enum Laws {
  /// Every POP account of the fixture is IMAP afterwards, by the adapter's own reading.
  static func everyAccountSwitches(_ sandbox: Sandbox) throws -> [String] {
    var broken: [String] = []
    let rows = try sandbox.apply()
    for key in sandbox.fixture.imap.keys.sorted()
    where !rows.contains(where: { $0.account == key && $0.status == .applied }) {
      broken.append("\(key) was not applied: \(rows.map { $0.text ?? "\($0.status)" })")
    }
    var states: [String: Account.State] = [:]
    sandbox.engine.scan(sandbox.selection()) { row in
      if let account = row.account { states[account.key] = account.state }
    }
    let merges = try ClientHabits.of(sandbox.fixture.client).mergesAccounts
    if merges, states.isEmpty || states.values.contains(where: { $0 != .current }) {
      broken.append("the accounts read as \(states)")
    }
    for key in sandbox.fixture.imap.keys.sorted()
    where states[key] != .current && !(merges && states[key] == nil) {
      broken.append("\(key) reads as \(String(describing: states[key]))")
    }
    return broken
  }

  /// Law 1: outside the recorded spans every byte stands, spans stay within a line of their key,
  /// modes and owners stay, and no file is touched that the patch does not name.
  static func nothingElseChanges(_ sandbox: Sandbox) throws -> [String] {
    var broken: [String] = []
    let before = try sandbox.tree()
    try sandbox.apply()
    let after = try sandbox.tree()
    guard let change = try sandbox.engine.history().first else { return ["nothing was recorded"] }
    let patched = Dictionary(uniqueKeysWithValues: change.files.map { ($0.path.text, $0) })
    let touched = Set(differences(before, after))
    broken += touched.subtracting(patched.keys).sorted().map { "\($0) changed, unrecorded" }
    for (path, patch) in patched where patch.action == .edit {
      guard let old = before[path], let new = after[path] else {
        broken.append("\(path) is gone")
        continue
      }
      if old.mode != new.mode || old.uid != new.uid || old.gid != new.gid {
        broken.append("\(path): mode or owner changed")
      }
      broken += spansAreTight(
        patch, mayTakeLines: try ClientHabits.of(sandbox.fixture.client).mergesAccounts)
      let oldParts = unchanged([UInt8](old.content ?? Data()), patch) { $0.old.count }
      let newParts = unchanged([UInt8](new.content ?? Data()), patch) { $0.newLength }
      if oldParts != newParts { broken.append("\(path): bytes outside the spans changed") }
    }
    return broken
  }

  /// - Parameter mayTakeLines: what goes altogether, or gives way to what stands behind it, may be of
  ///   several lines.
  private static func spansAreTight(_ patch: FilePatch, mayTakeLines: Bool) -> [String] {
    patch.edits.flatMap { edit in
      mayTakeLines && edit.key.hasSuffix("/.")
        ? []
        : edit.spans.filter { span in
          span.old.dropLast().contains(UInt8(ascii: "\n"))
        }.map { _ in "\(patch.path.text): the edit of \(edit.key) takes more than its line" }
    }
  }

  private static func unchanged(
    _ bytes: [UInt8], _ patch: FilePatch, length: (Span) -> Int
  ) -> [UInt8] {
    let spans = patch.edits.flatMap(\.spans).sorted {
      ($0.offset, $0.old.count) < ($1.offset, $1.old.count)
    }
    var result: [UInt8] = []
    var position = 0
    var oldPosition = 0
    for span in spans {
      let kept = span.offset - oldPosition
      guard kept >= 0, position + kept <= bytes.count else { return [] }
      result += bytes[position..<position + kept]
      position += kept + length(span)
      oldPosition = span.offset + span.old.count
    }
    return position <= bytes.count ? result + bytes[position...] : []
  }

  /// Law 3's order: additions first, the committing file last and only one.
  static func commitsLast(_ sandbox: Sandbox) throws -> [String] {
    try sandbox.apply()
    return try sandbox.engine.history().filter {
      $0.files.last?.commits != true
        || $0.files.dropLast().contains(where: \.commits)
    }.map { "change \($0.id) does not end with its one committing file" }
  }

  /// Laws 1 and 4: undo of an untouched change gives every byte, mode and owner back.
  static func undoIsExact(_ sandbox: Sandbox) throws -> [String] {
    let before = try sandbox.tree()
    try sandbox.apply()
    let rows = try sandbox.rollback()
    var broken = rows.filter { $0.status != .undone }.map {
      "\($0.account ?? ""): \($0.text ?? "")"
    }
    broken += differences(before, try sandbox.tree()).map { "\($0) is not as it was" }
    let state = try sandbox.engine.history().first?.state
    if state != .undone { broken.append("state is \(String(describing: state))") }
    return broken
  }

  /// A second apply writes nothing in the home and records nothing.
  static func applyTwiceIsApplyOnce(_ sandbox: Sandbox) throws -> [String] {
    try sandbox.apply()
    let stamps = try sandbox.stamps()
    let recorded = try sandbox.engine.history()
    let rows = try sandbox.apply()
    var broken = rows.filter { $0.status != .unchanged }.map { "\($0.account ?? ""): \($0.status)" }
    if try sandbox.stamps() != stamps { broken.append("something was written") }
    if try sandbox.engine.history() != recorded { broken.append("something was recorded") }
    return broken
  }

  static func scanAndPlanWriteNothing(_ sandbox: Sandbox) throws -> [String] {
    let stamps = try sandbox.stamps()
    sandbox.engine.scan(sandbox.selection()) { _ in }
    var files = 0
    var broken: [String] = []
    try sandbox.engine.plan(sandbox.request(), { files += $0.files.count }) { _, refusal in
      broken.append(refusal.text)
    }
    if files == 0 { broken.append("nothing was planned") }
    if try sandbox.stamps() != stamps { broken.append("something was written") }
    if FileManager.default.fileExists(atPath: sandbox.state.path) {
      broken.append("a state directory was made")
    }
    return broken
  }

  /// What plan shows is what apply does.
  static func planAgreesWithApply(_ sandbox: Sandbox) throws -> [String] {
    var planned: [FilePatch] = []
    try sandbox.engine.plan(sandbox.request(), { planned += $0.files.map(\.patch) }) { _, _ in }
    try sandbox.apply()
    let applied = try sandbox.engine.history().first?.files ?? []
    // Identifiers are chosen anew by every plan that is not saved.
    func keys(_ files: [FilePatch]) -> [String] {
      files.map { file in
        let keys = file.edits.map { $0.key.replacing(/\{[0-9a-f-]{36}\}/, with: "{…}") }
        let path = file.path.text.replacing(/\{[0-9A-F-]{36}\}/, with: "{…}")
        return "\(path): \(keys.sorted())"
      }
    }
    let plannedKeys = keys(planned)
    let appliedKeys = keys(applied)
    return plannedKeys == appliedKeys ? [] : ["planned \(plannedKeys), applied \(appliedKeys)"]
  }

  /// Law 8: no value of a sensitive file is in the journal's files or in a diff.
  static func noSecretLeavesItsFile(_ sandbox: Sandbox, secrets: [String]) throws -> [String] {
    try sandbox.apply()
    guard let change = try sandbox.engine.history().first else { return ["nothing was recorded"] }
    var places = ["diff": Data(try sandbox.engine.diff(of: change))]
    for file in try FileManager.default.contentsOfDirectory(atPath: sandbox.state.path) {
      places[file] = FileManager.default.contents(
        atPath: sandbox.state.appendingPathComponent(file).path)
    }
    return secrets.flatMap { secret in
      places.filter { $0.value.range(of: Data(secret.utf8)) != nil }.map { "a secret in \($0.key)" }
    }
  }
}

extension Sandbox {
  /// What would move if anything in the home were written: inode and times of every entry.
  func stamps() throws -> [String: [Int]] {
    var stamps: [String: [Int]] = [:]
    let files = FileManager.default.enumerator(atPath: home.path)
    while let path = files?.nextObject() as? String {
      var status = stat()
      guard lstat(home.appendingPathComponent(path).path, &status) == 0 else { continue }
      stamps[path] = [
        Int(status.st_ino), status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
        status.st_ctim.tv_nsec,
      ]
    }
    return stamps
  }
}
