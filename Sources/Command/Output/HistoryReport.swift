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
