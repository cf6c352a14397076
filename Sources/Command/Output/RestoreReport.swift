import ConfigFormats
import MailBackup
import ProfileRewriter

/// What `backup restore` prints: a row for each folder.
struct RestoreReport {
  private let json: Bool
  private let isDryRun: Bool
  private var table = Table(["FOLDER", "NEW FOLDER", "STATUS", "MESSAGES", "SIZE"])
  private var notes: [String] = []
  private var changes: [String] = []
  private(set) var run: String?
  private var folders = 0
  private var messages = 0
  private var bytes = 0
  private var refused = 0

  init(json: Bool, isDryRun: Bool) {
    self.json = json
    self.isDryRun = isDryRun
  }

  mutating func add(_ outcome: RestoreOutcome, of backup: [UInt8], into name: ProfileName) {
    if let change = outcome.change { changes.append(change) }
    run = outcome.run ?? run
    for folder in outcome.folders { add(folder, outcome, backup, name) }
    notes += outcome.warnings.map { "\(name.shown): warning: \($0.shown)" }
    let lost = outcome.folders.map(\.withoutKeywords).saturatingSum
    if lost > 0 {
      notes.append(
        "the tags of \(Talk.count(lost, "message")) are not restored: \(name.client) keeps them in its own "
          + "index")
    }
  }

  private mutating func add(
    _ folder: RestoreOutcome.Folder, _ outcome: RestoreOutcome, _ backup: [UInt8],
    _ name: ProfileName
  ) {
    folders += 1
    messages.add(saturating: folder.messages)
    bytes.add(saturating: folder.bytes)
    let status = isDryRun ? "planned" : "restored"
    guard !json else {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "folder")
          line.add("backup", backup)
          line.add(name)
          line.add("change", outcome.change)
          line.add("folder", folder.names)
          line.add("target", folder.target)
          line.add("status", status)
          line.add("messages", folder.messages)
          line.add("bytes", folder.bytes)
          line.add("without_keywords", folder.withoutKeywords)
          line.add(outcome.warnings)
        })
      return
    }
    table.add([
      .init(text: Self.shown(folder.names)), .init(text: Self.shown(folder.target)),
      .init(text: status, style: isDryRun ? .plain : .good), .init(text: String(folder.messages)),
      .init(text: Progress.size(folder.bytes)),
    ])
  }

  private static func shown(_ names: [String]) -> String {
    names.map(\.printable).joined(separator: "/")
  }

  /// - Parameter backup: nil where none was looked at.
  mutating func add(_ refusal: Refusal, _ backup: [UInt8]?, _ name: ProfileName) {
    refused += 1
    guard !json else {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "refused")
          line.add("backup", backup)
          line.add(name)
          line.add("reason", refusal.reason.rawValue)
          line.add("text", Talk.readable(refusal.text))
        })
      return
    }
    let place = backup.map { $0.printable } ?? name.shown
    notes.append("\(place): \(refusal.shown)")
  }

  /// - Parameter state: `--state` again, for the command that is suggested.
  func finish(_ state: String) {
    guard !json else {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "summary")
          line.add("command", "backup restore")
          line.add("dry_run", isDryRun)
          line.add("run", run)
          line.add("folders", folders)
          line.add("messages", messages)
          line.add("bytes", bytes)
          line.add("refused", refused)
        })
      return
    }
    if !table.isEmpty { StandardOutput.shared.write(table.rendered(for: .output)) }
    StandardOutput.shared.flush()
    for note in notes { Talk.say(note) }
    guard folders > 0 else { return }
    guard !isDryRun else { return Talk.say("nothing was done (--dry-run)") }
    Talk.say("\(Talk.count(messages, "message")) in \(Talk.count(folders, "folder")) restored")
    let what = changes.count == 1 ? changes[0] : "--run \(run ?? "")"
    Talk.say("to take it back: profile-rewriter rollback \(what)\(state)")
  }
}
