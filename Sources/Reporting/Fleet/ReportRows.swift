import ConfigFormats
import ProfileRewriter

/// A report's lines of JSON (docs/json.md).
public enum ReportRows {
  /// Hands over every line: accounts, days, the journal's changes as `show` has them, and the sums.
  public static func write(
    _ report: FleetReport, _ changes: ReportedChanges, to sink: ([UInt8]) -> Void
  ) throws {
    for row in report.rows { sink(line(row)) }
    for day in report.timeline.days { sink(line(day)) }
    try changes.forEach(of: report.rows) { _, line in sink(line) }
    sink(summary(report))
  }

  static func line(_ row: FleetRow) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "account")
      line.add("machine", row.machine)
      line.add(row.name)
      line.add("account", row.account)
      line.add("state", row.state.rawValue)
      line.add("reason", row.reason?.rawValue)
      line.add("text", row.text?.readable)
      line.add("provider", row.provider)
      line.add("from", row.from, row.kind)
      line.add("to", row.to, .imap)
      line.add("seen", row.isSeen)
      line.add("change", row.change)
      line.add("run", row.run)
      line.add("time", row.changedAt.map(Timestamp.utc))
      line.add("warnings", row.warnings.map(\.rawValue))
      line.add("risk", row.risk)
      guard let toll = row.toll else { return line.null("replacement") }
      line.add("replacement") { $0.add(toll) }
    }
  }

  static func line(_ day: Timeline.Day) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "day")
      line.add("day", day.day)
      line.add("switched", day.switched)
      line.add("undone", day.undone)
      line.add("standing", day.standing)
    }
  }

  /// As `show --format json` has it.
  static func line(_ change: Change) -> [UInt8] {
    JSONObject.line { line in
      line.add(change)
      line.add(change.files, for: nil)
    }
  }

  static func summary(_ report: FleetReport) -> [UInt8] {
    let sums = report.sums
    return JSONObject.line { line in
      line.add("type", "summary")
      line.add("command", "report")
      line.add("machine", report.machines.isEmpty ? MachineName.own : nil)
      line.add("machines", report.machines) { machine, item in
        item.add("machine", machine.name)
        item.add("time", Timestamp.utc(machine.madeAt))
        item.add(sums.machines[machine.name] ?? [:])
      }
      line.add("time", Timestamp.utc(report.madeAt))
      line.add("accounts", sums.accounts)
      line.add("homes", sums.homes)
      line.add("states") { $0.add(sums.states) }
      line.add("clients", sums.clients.ranked) { group, item in
        item.add("client", group.name.isEmpty ? nil : group.name)
        item.add(group.counts)
      }
      line.add("providers", sums.providers.ranked) { group, item in
        item.add("provider", group.name)
        item.add(group.counts)
      }
      line.add("reasons", sums.rankedReasons) { entry, item in
        item.add("reason", entry.reason.rawValue)
        item.add("accounts", entry.count)
      }
      line.add("warnings", sums.rankedWarnings) { entry, item in
        item.add("code", entry.code.rawValue)
        item.add("switched", entry.switched)
        item.add("left", entry.left)
      }
      line.add("replacement") { object in
        for (name, toll) in [("switched", sums.saved), ("left", sums.ahead)] {
          object.add(name) { item in
            item.add("accounts", toll.accounts)
            item.add(toll.toll)
          }
        }
      }
      line.add("mail") { $0.add(sums.mail, isCounted: report.countsMail) }
    }
  }
}

extension JSONObject {
  fileprivate mutating func add(_ counts: FleetSums.Counts) {
    for state in FleetRow.State.allCases { add(state.rawValue, counts[state] ?? 0) }
  }

  fileprivate mutating func add(_ toll: ReplacementToll) {
    for item in toll.items { add(item.name, item.count) }
  }

  fileprivate mutating func add(_ mail: MailSums, isCounted: Bool) {
    for kind in MailOnServer.allCases { add(kind.member, mail.onServer[kind] ?? 0) }
    add("deletes_along", mail.deletesAlong)
    add("moving", mail.moving)
    add("deleting", mail.deleting)
    guard isCounted else { return null("counted") }
    add("counted") { object in
      object.add("accounts", mail.counted)
      object.add("unreadable", mail.unreadable)
      object.add("untold", mail.untold)
      object.add("messages", mail.here.messages)
      object.add("bytes", mail.here.bytes)
      object.add("damaged", mail.damaged)
      object.add("only_here_messages", mail.onlyHere.messages)
      object.add("only_here_bytes", mail.onlyHere.bytes)
    }
  }
}

extension MailOnServer {
  /// The code as a member's name.
  fileprivate var member: String { rawValue.replacing("-", with: "_") }
}

extension ReplacementToll {
  /// In the order in which they are told, by the names that JSON and CSV have for them.
  var items: [(name: String, count: Int)] {
    [
      ("keys", keys), ("other_keys", otherKeys), ("other_files", otherFiles), ("logins", logins),
      ("directories", directories), ("wrong_hosts", wrongHosts),
    ]
  }
}

extension Dictionary where Key == String, Value == FleetSums.Counts {
  /// The largest first; of equal ones by name.
  var ranked: [(name: String, counts: FleetSums.Counts)] {
    map { (name: $0.key, counts: $0.value) }.sorted {
      let (one, other) = ($0.counts.values.reduce(0, +), $1.counts.values.reduce(0, +))
      return one != other ? one > other : $0.name < $1.name
    }
  }
}

extension FleetSums {
  var rankedReasons: [(reason: ReasonCode, count: Int)] {
    reasons.map { (reason: $0.key, count: $0.value) }.sorted {
      $0.count != $1.count ? $0.count > $1.count : $0.reason.rawValue < $1.reason.rawValue
    }
  }

  var rankedWarnings: [(code: WarningCode, switched: Int, left: Int)] {
    warnings.map { (code: $0.key, switched: $0.value.switched, left: $0.value.left) }.sorted {
      let (one, other) = ($0.switched + $0.left, $1.switched + $1.left)
      return one != other ? one > other : $0.code.rawValue < $1.code.rawValue
    }
  }
}
