import ConfigFormats
import ProfileRewriter

/// What `apply`, `rollback` and `recover` print: one row per account.
struct ResultReport {
  private let command: String
  private let json: Bool
  private var table = Table(["PROFILE", "ACCOUNT", "STATUS", "CHANGE"])
  private var notes: [String] = []
  /// nil where the command has no such option.
  private let isDryRun: Bool?
  /// What is only foretold is no entry there.
  private let journal: SystemJournal?
  /// Warnings as they are said, and where.
  private var warnings: [(said: String, places: [String])] = []
  private var warningIndex: [String: Int] = [:]
  /// What `apply` leaves to people; nil where nothing of that kind is asked for.
  private(set) var leftToDo: LeftToDo?
  /// Changes that rows named.
  private(set) var changes = NamedChanges()
  /// Changes with something left to do by `finish`.
  private(set) var unfinished = NamedChanges()
  /// Whether `finish` has to ask a server for any of them.
  private(set) var finishAsksServer = false
  /// How many accounts were taken to which server.
  private var targets: [String: Int] = [:]

  init(command: String, json: Bool, isDryRun: Bool? = nil) {
    self.command = command
    self.isDryRun = isDryRun
    journal = isDryRun == true ? nil : SystemJournal.connected
    self.json = json
    leftToDo = command == "apply" ? LeftToDo() : nil
  }

  mutating func add(_ row: ResultRow) {
    if let change = row.change {
      changes.add(change)
      if row.warnings.contains(where: { $0.code == .filtersPaused }) {
        unfinished.add(change)
        let client = KnownClients.adapters.first { $0.client == row.name.client }
        if client?.finishAsksServer == true { finishAsksServer = true }
      }
    }
    if row.status == .applied, let to = row.to {
      targets["\(to.host.printable):\(to.port)", default: 0] += 1
    }
    let isLogged = journal.map { log(row, in: $0) } ?? false
    if json {
      StandardOutput.shared.writeLine(line(row))
      StandardOutput.shared.flush()
    } else {
      addToTable(row, isLogged: isLogged)
    }
  }

  /// - Parameter isLogged: then only what nobody sees in the log is left to be said.
  private mutating func addToTable(_ row: ResultRow, isLogged: Bool) {
    if !isLogged || journal?.isOutputToo == false {
      table.add([
        .init(text: row.name.shown), .init(text: row.account.map { $0.printable } ?? "-"),
        .init(text: row.status.rawValue, style: Self.style(row.status)),
        .init(text: row.change ?? "-"),
      ])
    }
    let place = Self.place(row)
    leftToDo?.add(row, at: place)
    if isLogged { return }
    switch (row.reason, row.text) {
    case (let reason?, let text): notes.append("\(place): \(Refusal(reason, text ?? "").shown)")
    case (nil, let text?): notes.append("\(place): \(Talk.readable(text))")
    case (nil, nil): break
    }
    for warning in row.warnings {
      if leftToDo != nil, row.status == .applied, LeftToDo.takes(warning.code) { continue }
      note(warning, at: place)
    }
  }

  private static func place(_ row: ResultRow) -> String {
    row.name.shown + (row.account.map { " " + $0.printable } ?? "")
  }

  /// - Returns: whether the row and its warnings stand in the journal now.
  private func log(_ row: ResultRow, in journal: SystemJournal) -> Bool {
    let fields: [(name: String, value: String?)] = [
      ("COMMAND", command), ("CHANGE", row.change),
      ("HOME", row.name.home?.printable), ("PROFILE", row.name.profile.printable),
      ("CLIENT", row.name.client.isEmpty ? nil : row.name.client),
      ("ACCOUNT", row.account?.printable),
    ]
    let why =
      switch (row.reason, row.text) {
      case (let reason?, let text): ": " + Refusal(reason, text ?? "").shown
      case (nil, let text?): ": " + Talk.readable(text)
      case (nil, nil): ""
      }
    let priority: SystemJournal.Priority =
      switch row.status {
      case .applied, .undone, .unchanged: .info
      case .refused: .notice
      case .conflict: .warning
      case .failed: .error
      }
    let isSent = journal.send(
      "\(command): \(Self.place(row)): \(row.status.rawValue)\(why)", priority,
      fields + [("STATUS", row.status.rawValue), ("REASON", row.reason?.rawValue)])
    return row.warnings.reduce(isSent) { isSent, warning in
      let isWarned = journal.send(
        "\(command): \(Self.place(row)): warning: \(warning.shown)", .warning,
        fields + [("WARNING", warning.code.rawValue)])
      return isWarned && isSent
    }
  }

  private mutating func note(_ warning: Warning, at place: String) {
    if let known = warningIndex[warning.shown] {
      warnings[known].places.append(place)
    } else {
      warningIndex[warning.shown] = warnings.count
      warnings.append((warning.shown, [place]))
    }
  }

  /// Each once: with the account before it where there is one, below it where there are more.
  private func sayWarnings() {
    for (said, places) in warnings {
      if places.count == 1 {
        Talk.say("\(places[0]): warning: \(said)")
      } else {
        Talk.say("warning: \(said)")
        for line in WarningGroups.listed(places, indent: "  ") { Talk.say(line) }
      }
    }
  }

  private static func style(_ status: ResultRow.Status) -> Terminal.Style {
    switch status {
    case .applied, .undone: .good
    case .unchanged: .faint
    case .refused, .conflict: .notice
    case .failed: .bad
    }
  }

  func finish(_ summary: ApplySummary) {
    let isLogged = journal.map { log(summary, in: $0) } ?? false
    // All of it stands there, each with its fields.
    if isLogged, !json, table.isEmpty, notes.isEmpty, warnings.isEmpty { return }
    if json {
      StandardOutput.shared.writeLine(line(summary))
      return
    }
    if !table.isEmpty { StandardOutput.shared.write(table.rendered(for: .output)) }
    StandardOutput.shared.flush()
    for note in notes { Talk.say(note) }
    sayWarnings()
    let would = isDryRun == true ? "would be: " : ""
    Talk.say(Self.sentence(summary).map { would + $0 } ?? "nothing to do")
    sayTargets()
    let byReason = Self.byReason(summary)
    if byReason.reduce(0, { $0 + $1.accounts }) > 1 {
      Talk.say(
        "not done: "
          + byReason.map { "\($0.accounts) \($0.reason.rawValue)" }.joined(separator: ", "))
    }
    sayWhatEndedIt(summary)
    if isDryRun == true { Talk.say("nothing was done (--dry-run)") }
  }

  /// Whoever gets the passwords now; most accounts first.
  private func sayTargets() {
    let targets = self.targets.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    for (server, accounts) in targets {
      Talk.say("\(accounts) account\(accounts == 1 ? "" : "s") to \(server)")
    }
  }

  private func log(_ summary: ApplySummary, in journal: SystemJournal) -> Bool {
    let reasons = Self.byReason(summary).map { "\($0.reason.rawValue)=\($0.accounts)" }
    let counts = [
      ("APPLIED", summary.applied), ("UNDONE", summary.undone), ("UNCHANGED", summary.unchanged),
      ("REFUSED", summary.refused), ("CONFLICT", summary.conflicts), ("FAILED", summary.failed),
    ]
    return journal.send(
      "\(command): \(Self.sentence(summary) ?? "nothing to do")",
      summary.failed + summary.conflicts > 0 ? .warning : .info,
      [("COMMAND", command), ("RUN", summary.run), ("ENDED_BY", summary.reached?.rawValue)]
        + [("REASONS", reasons.isEmpty ? nil : reasons.joined(separator: " "))]
        + counts.map { (name: $0.0, value: String($0.1)) })
  }

  private func sayWhatEndedIt(_ summary: ApplySummary) {
    switch summary.reached {
    case .limit: Talk.say("ended by --limit; the same command again goes on")
    case .failures: Talk.say("ended by --max-failures; what was not reached is as it was")
    case nil: break
    }
  }

  /// The most frequent first.
  private static func byReason(_ summary: ApplySummary) -> [(reason: ReasonCode, accounts: Int)] {
    summary.reasons.map { (reason: $0.key, accounts: $0.value) }.sorted {
      ($1.accounts, $0.reason.rawValue) < ($0.accounts, $1.reason.rawValue)
    }
  }

  private static func sentence(_ summary: ApplySummary) -> String? {
    let counts: [(Int, String)] = [
      (summary.applied, "applied"), (summary.undone, "undone"), (summary.unchanged, "unchanged"),
      (summary.refused, "refused"), (summary.conflicts, "in conflict"), (summary.failed, "failed"),
    ]
    let parts = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private func line(_ row: ResultRow) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "result")
      line.add("change", row.change)
      line.add(row.name)
      line.add("account", row.account)
      line.add("status", row.status.rawValue)
      line.add("reason", row.reason?.rawValue)
      line.add("text", row.text.map(Talk.readable))
      line.add(row.warnings)
    }
  }

  private func line(_ summary: ApplySummary) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "summary")
      line.add("command", command)
      if let isDryRun { line.add("dry_run", isDryRun) }
      line.add("run", summary.run)
      line.add("applied", summary.applied)
      line.add("undone", summary.undone)
      line.add("unchanged", summary.unchanged)
      line.add("refused", summary.refused)
      line.add("conflict", summary.conflicts)
      line.add("failed", summary.failed)
      line.add("reasons", Self.byReason(summary)) { item, object in
        object.add("reason", item.reason.rawValue)
        object.add("accounts", item.accounts)
      }
      line.add("ended_by", summary.reached?.rawValue)
    }
  }
}
