import ProfileRewriter

/// What `history` prints.
struct HistoryReport {
  let json: Bool

  func show(_ changes: [Change]) {
    if json {
      for change in changes {
        StandardOutput.shared.writeLine(JSONObject.line { $0.add(change) })
      }
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "summary")
          line.add("command", "history")
          for state in Change.State.allCases {
            line.add(state.rawValue, changes.count { $0.state == state })
          }
        })
      return
    }
    guard !changes.isEmpty else { return Talk.say("no changes recorded") }
    var table = Table(["CHANGE", "RUN", "TIME", "STATE", "ACCOUNTS", "PROFILE"])
    for change in changes {
      table.add([
        .init(text: change.id, style: .strong), .init(text: change.run),
        .init(text: Timestamp.utc(change.createdAt)),
        .init(text: change.state.rawValue, style: Self.style(change.state)),
        .init(text: change.staging == nil ? "\(change.accounts.count)" : "folders"),
        .init(text: change.name.shown),
      ])
    }
    StandardOutput.shared.write(table.rendered(for: .output))
  }

  private static func style(_ state: Change.State) -> Terminal.Style {
    switch state {
    case .applied: .good
    case .undone: .faint
    case .prepared, .undoing: .notice
    case .conflict: .bad
    }
  }
}

extension Change {
  var name: ProfileName {
    ProfileName(home: home, client: client, profile: profile?.bytes ?? root)
  }
}

extension JSONObject {
  /// The members that `history` and `show` have in common.
  mutating func add(_ change: Change) {
    add("type", "recorded")
    add("change", change.id)
    add("run", change.run)
    add("time", Timestamp.utc(change.createdAt))
    add("state", change.state.rawValue)
    add("completes", change.followUpOf)
    add(change.name)
    add("root", change.root)
    add("accounts", change.accounts) { account, item in
      item.add("account", account.key)
      item.add("from", account.from, .pop3)
      item.add("to", account.to, .imap)
      item.add("undone", change.state == .undone || change.undoneAccounts.contains(account.key))
    }
    add(change.warnings)
  }
}
