import ProfileRewriter

extension FleetRow.State {
  /// As people read it.
  var label: String {
    switch self {
    case .switched: "Switched"
    case .imap: "IMAP already"
    case .left: "POP, can be switched"
    case .undone: "Undone"
    case .blocked: "Blocked"
    case .unsettled: "Unsettled"
    case .back: "POP again"
    case .missing: "Not found any more"
    }
  }

  fileprivate var meaning: String {
    switch self {
    case .switched: "by a recorded change that stands"
    case .imap: "not by a recorded change"
    case .left: "nothing known speaks against it"
    case .undone: "was switched, and taken back"
    case .blocked: "for the reasons below"
    case .unsettled: "interrupted or in conflict: run recover"
    case .back: "old settings put back by something else: see doctor"
    case .missing: "switched, and gone since"
    }
  }

  var key: String { "<span class=\"key \(rawValue)\"></span>" }
}

/// The parts of the page that are sums.
struct PageSections {
  let report: FleetReport
  let sums: FleetSums

  private var states: [FleetRow.State] {
    FleetRow.State.allCases.filter { sums.states[$0] ?? 0 > 0 }
  }

  // MARK: How far

  var progress: String {
    let done = sums.states[.switched] ?? 0
    let goal = sums.accounts - (sums.states[.imap] ?? 0)
    var html = "<p class=\"headline\"><strong>\(HTML.number(done))</strong> of "
    html += "\(HTML.count(goal, "account")) switched to IMAP"
    html += goal > 0 ? ", \(done * 100 / goal) %" : ""
    html += "</p>\n" + bar
    var table = PageTable(caption: "Accounts by state", heads: ["State", "Accounts"])
    for state in states {
      table.rows.append(
        (
          "\(state.key)\(HTML.text(state.label)) <span class=\"soft\">\(HTML.text(state.meaning))</span>",
          [HTML.number(sums.states[state] ?? 0)]
        ))
    }
    html += "<div class=\"columns\"><div>\(table.html)</div><div>"
    html += groups("Accounts by mail client", "Client", sums.clients.ranked)
    return html + "</div></div>\n"
      + groups("Accounts by provider", "Provider", sums.providers.ranked) + machines
  }

  private var machines: String {
    guard !report.machines.isEmpty else { return "" }
    var table = PageTable(
      caption: "Accounts by machine, and when its report was made",
      heads: ["Machine", "As of (UTC)"] + states.map(\.label) + ["All"])
    for machine in report.machines {
      table.rows.append(
        (
          HTML.text(machine.name),
          [HTML.time(machine.madeAt)] + cells(sums.machines[machine.name] ?? [:])
        ))
    }
    return table.html
  }

  private var bar: String {
    guard sums.accounts > 0 else { return "" }
    var html = "<svg class=\"bar\" viewBox=\"0 0 1000 26\" preserveAspectRatio=\"none\" "
    html += "aria-hidden=\"true\">"
    var before = 0
    for state in states {
      let count = sums.states[state] ?? 0
      let (from, to) = (before * 1000 / sums.accounts, (before + count) * 1000 / sums.accounts)
      html +=
        "<rect class=\"\(state.rawValue)\" x=\"\(from)\" width=\"\(max(1, to - from))\" height=\"26\"/>"
      before += count
    }
    return html + "</svg>\n"
  }

  private static let mostGroups = 30

  private func groups(
    _ caption: String, _ head: String, _ all: [(name: String, counts: FleetSums.Counts)]
  ) -> String {
    var table = PageTable(caption: caption, heads: [head] + states.map(\.label) + ["All"])
    for group in all.prefix(Self.mostGroups) {
      table.rows.append(
        (HTML.text(group.name.isEmpty ? "(none)" : group.name), cells(group.counts)))
    }
    let rest = all.dropFirst(Self.mostGroups)
    if !rest.isEmpty {
      let counts = rest.reduce(into: FleetSums.Counts()) { sum, group in
        sum.merge(group.counts, uniquingKeysWith: +)
      }
      table.rows.append(("\(HTML.number(rest.count)) others", cells(counts)))
    }
    return table.html
  }

  private func cells(_ counts: FleetSums.Counts) -> [String] {
    (states.map { counts[$0] ?? 0 } + [counts.values.reduce(0, +)]).map(HTML.number)
  }

  // MARK: In the way

  var reasons: String {
    guard !sums.reasons.isEmpty else { return "<p>Nothing.</p>\n" }
    var table = PageTable(
      caption: "Accounts and profiles by reason; what each means stands in docs/codes.md",
      heads: ["Reason", "Accounts"])
    for entry in sums.rankedReasons {
      table.rows.append((HTML.text(entry.reason.rawValue), [HTML.number(entry.count)]))
    }
    return table.html
  }

  // MARK: Risks

  var risks: String {
    let mail = sums.mail
    var table = PageTable(
      caption: "What plan says of the mail of accounts that can be switched",
      heads: ["", "Accounts"])
    for (label, count) in [
      ("Mail stays on the server", mail.onServer[.kept] ?? 0),
      ("Mail stays on the server for some days", mail.onServer[.keptForDays] ?? 0),
      ("Mail is taken off the server: old mail is here only", mail.onServer[.notKept] ?? 0),
      ("What is deleted here is deleted on the server", mail.deletesAlong),
      ("Rules move incoming mail", mail.moving), ("Rules delete incoming mail", mail.deleting),
    ] where count > 0 {
      table.rows.append((HTML.text(label), [HTML.number(count)]))
    }
    var html = table.rows.isEmpty ? "" : table.html
    html += report.countsMail ? counted : ""
    html += warnings
    if html.isEmpty { return "<p>None is known.</p>\n" }
    return report.countsMail
      ? html
      : html + "<p class=\"soft\">No mail was read for this; <code>--risk</code> counts it.</p>\n"
  }

  private var counted: String {
    let mail = sums.mail
    var table = PageTable(
      caption: "Mail of accounts that can be switched; folders that accounts share count once",
      heads: ["", "Messages", "Size"])
    table.rows.append(
      ("On these computers", [HTML.number(mail.here.messages), HTML.size(mail.here.bytes)]))
    table.rows.append(
      (
        "of them only here, as far as is known",
        [HTML.number(mail.onlyHere.messages), HTML.size(mail.onlyHere.bytes)]
      ))
    table.rows.append(("of them damaged", [HTML.number(mail.damaged), ""]))
    return table.html
      + "<p>Counted for \(HTML.count(mail.counted, "account")); not readable for "
      + "\(HTML.number(mail.unreadable)); for \(HTML.number(mail.untold)) nothing tells what the "
      + "server has.</p>\n"
  }

  private var warnings: String {
    guard !sums.warnings.isEmpty else { return "" }
    var table = PageTable(
      caption: "Accounts by warning; what each means stands in docs/codes.md",
      heads: ["Warning", "Switched", "To be switched"])
    for entry in sums.rankedWarnings {
      table.rows.append(
        (
          HTML.text(entry.code.rawValue),
          [HTML.number(entry.switched), HTML.number(entry.left)]
        ))
    }
    return table.html
  }

  // MARK: Replacement

  var replacement: String {
    var table = PageTable(
      caption: "What a plain replacement of “pop” by “imap” would have left undone or broken",
      heads: ["", "Switched", "To be switched"])
    table.rows.append(
      ("Accounts", [HTML.number(sums.saved.accounts), HTML.number(sums.ahead.accounts)]))
    for (index, label) in Self.tollLabels.enumerated() {
      table.rows.append(
        (
          HTML.text(label),
          [sums.saved, sums.ahead].map { HTML.number($0.toll.items[index].count) }
        ))
    }
    return table.html + """
      <p class="soft">Counted from the edits of the patches: those of the journal that stand, and those \
      that <code>plan</code> would make now. Nothing was tried out on these profiles; what the clients do \
      with a half change was found with the real ones and stands in docs/thunderbird.md and \
      docs/evolution.md. A directory counts whatever lies in it: how many folders that are, a patch does \
      not tell. A host counts as wrong if it is another than the one the account goes to; the provider may \
      have more than one.</p>

      """
  }

  /// In the order of ``ReplacementToll/items``.
  private static let tollLabels = [
    "Settings that the patches change",
    "of them other than the protocol’s name, which a replacement leaves as they were",
    "Further files that are changed or made: saved logins, filters",
    "Saved logins copied to the new server’s name; without one the client asks for the password",
    "Directories of local mail that the account would have kept: Thunderbird deletes every folder there "
      + "that the server has not",
    "Host names that would have been another than the server’s",
  ]
}
