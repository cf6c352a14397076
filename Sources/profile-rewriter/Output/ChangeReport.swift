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
    say("made \(Timestamp.utc(change.createdAt))")
    say("\(change.client) profile \(change.name.shown)")
    for account in change.accounts {
      let undone = change.undoneAccounts.contains(account.key) ? ", undone" : ""
      let key = Printable.text(account.key)
      say("  \(key): pop3 \(account.from.shown) -> imap \(account.to.shown)\(undone)")
    }
    for warning in change.warnings { say("  warning: \(warning.shown)", .notice) }
    say("files below \(Printable.text(change.root)), in write order:")
    for file in change.files {
      let count = file.visibleEdits.count
      let keys = count == 0 ? "" : ", \(Talk.count(count, "key"))"
      say("  \(file.action.rawValue) \(Printable.text(file.path.bytes))\(keys)")
    }
  }

  private static func say(_ text: String, _ style: Terminal.Style = .plain) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines {
      StandardOutput.shared.write(Terminal.output.styled("# \(line)", style) + "\n")
    }
  }
}
