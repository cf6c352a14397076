import ProfileRewriter

/// What `history` prints.
struct HistoryReport {
  let json: Bool
  private var counts: [Change.State: Int] = [:]
  private var table = Table(["CHANGE", "RUN", "TIME", "STATE", "ACCOUNTS", "PROFILE"])

  init(json: Bool) { self.json = json }

  mutating func add(_ change: Change) {
    counts[change.state, default: 0] += 1
    if json {
      return StandardOutput.shared.writeLine(JSONObject.line { $0.add(change) })
    }
    table.add([
      .init(text: change.id, style: .strong), .init(text: change.run),
      .init(text: Timestamp.utc(change.createdAt)),
      .init(text: change.state.rawValue, style: Self.style(change.state)),
      .init(text: change.staging == nil ? "\(change.accounts.count)" : "folders"),
      .init(text: change.name.shown),
    ])
  }

  /// After the last change.
  func finish() {
    if json {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "summary")
          line.add("command", "history")
          for state in Change.State.allCases { line.add(state.rawValue, counts[state] ?? 0) }
        })
    } else if counts.isEmpty {
      Talk.say("no changes recorded")
    } else {
      StandardOutput.shared.write(table.rendered(for: .output))
    }
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
