import ConfigFormats
import ProfileRewriter

/// What `show` prints of one change.
enum ChangeReport {
  static func json(_ change: Change) -> [UInt8] {
    JSONObject.line { line in
      line.add(change)
      line.add(change.files, for: nil)
    }
  }

  /// The head of the readable form; patch passes over its comment lines.
  static func summarise(_ change: Change) {
    say("change \(change.id) (run \(change.run)), \(change.state.rawValue)", .strong)
    if let completed = change.followUpOf { say("completes change \(completed)") }
    say("made \(Timestamp.utc(change.createdAt))")
    say("\(change.client) profile \(change.name.shown)")
    for account in change.accounts {
      let undone = change.undoneAccounts.contains(account.key) ? ", undone" : ""
      let key = account.key.printable
      say("  \(key): pop3 \(account.from.shown) -> imap \(account.to.shown)\(undone)")
    }
    for warning in change.warnings { say("  warning: \(warning.shown)", .notice) }
    say("files below \(change.root.printable), in write order:")
    for file in change.files where file.action != .edit || !file.visibleEdits.isEmpty {
      let count = file.visibleEdits.count
      let keys = count == 0 ? "" : ", \(Talk.count(count, "key"))"
      say("  \(file.action.rawValue) \(file.path.bytes.printable)\(keys)")
    }
  }

  private static func say(_ text: String, _ style: Terminal.Style = .plain) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines {
      StandardOutput.shared.write(Terminal.output.styled("# \(line)", style) + "\n")
    }
  }
}
