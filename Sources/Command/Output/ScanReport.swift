import ConfigFormats
import ProfileRewriter

/// What `scan` prints.
struct ScanReport {
  private let json: Bool
  private var table = Table(["PROFILE", "ACCOUNT", "KIND", "SERVER", "SECURITY", "USER", "STATE"])
  private var notes: [String] = []

  init(json: Bool) { self.json = json }

  mutating func add(_ row: ScanRow) {
    if json {
      StandardOutput.shared.writeLine(Self.line(row))
    } else {
      addToTable(row)
    }
  }

  func finish(_ summary: ScanSummary) {
    if json {
      StandardOutput.shared.writeLine(Self.line(summary))
      return
    }
    if !table.isEmpty { StandardOutput.shared.write(table.rendered(for: .output)) }
    StandardOutput.shared.flush()
    for note in notes { Talk.say(note) }
    guard !table.isEmpty else {
      Talk.say(
        summary.profiles == 0 ? "no mail profiles found" : "no incoming accounts found")
      return
    }
    Talk.say(
      "\(Talk.count(summary.profiles, "profile")): \(summary.ready) ready, "
        + "\(summary.current) current, \(summary.blocked) blocked")
    if summary.ready > 0, !Shell.listCameByStandardInput {
      let command = Shell.thisCommandLine(
        as: "plan", insteadOf: "scan", dropping: ["--json": false])
      Talk.say("next: \(command)")
      Talk.say("      or the same with --imap-host HOST, to name the server")
    }
  }

  private mutating func addToTable(_ row: ScanRow) {
    let profile = Table.Cell(text: row.name.shown + Self.origin(row))
    guard let account = row.account else {
      table.add(
        [profile] + (0..<5).map { _ in Table.Cell(text: "-", style: .faint) }
          + [Table.Cell(text: "blocked", style: .bad)])
      if let problem = row.problem { notes.append("\(row.name.shown): \(problem.shown)") }
      return
    }
    let settings = account.settings
    table.add([
      profile, .init(text: account.key.printable), .init(text: account.kind.rawValue),
      .init(text: Self.server(settings)),
      .init(text: settings.security.rawValue), .init(text: settings.username.printable),
      .init(text: account.state.rawValue, style: Self.style(account.state)),
    ])
    if let reason = account.reason {
      let place = "\(row.name.shown) \(account.key.printable)"
      notes.append(
        "\(place): \(Refusal(reason, account.explanation ?? "cannot be switched").shown)")
    }
  }

  /// Named where it is not the client itself, on this system.
  private static func origin(_ row: ScanRow) -> String {
    guard let origin = row.origin else { return "" }
    let program = origin.program == row.name.client ? nil : origin.program
    let names = [program, origin.isElsewhere ? origin.system.name : nil].compactMap(\.self)
    return names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"
  }

  private static func server(_ settings: ServerSettings) -> String {
    if settings.host.isEmpty { return "-" }
    return settings.host.printable + (settings.port == 0 ? "" : ":\(settings.port)")
  }

  private static func style(_ state: Account.State) -> Terminal.Style {
    switch state {
    case .ready: .good
    case .current: .faint
    case .blocked: .bad
    }
  }

  private static func line(_ row: ScanRow) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "account")
      line.add(row.name)
      if let origin = row.origin {
        line.add("program", origin.program)
        line.add("system", origin.system.rawValue)
      }
      if let account = row.account {
        line.add("account", account.key)
        line.add("protocol", account.kind.rawValue)
        line.add(account.settings)
        line.add("state", account.state.rawValue)
        line.add("reason", account.reason?.rawValue)
        line.add("text", account.explanation.map(Talk.readable))
      } else {
        let absent = ["account", "protocol", "host", "port", "security", "auth", "username"]
        for name in absent { line.null(name) }
        line.add("state", Account.State.blocked.rawValue)
        line.add("reason", row.problem?.reason.rawValue)
        line.add("text", (row.problem?.text).map(Talk.readable))
      }
    }
  }

  private static func line(_ summary: ScanSummary) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "summary")
      line.add("command", "scan")
      line.add("profiles", summary.profiles)
      line.add("ready", summary.ready)
      line.add("current", summary.current)
      line.add("blocked", summary.blocked)
    }
  }
}
