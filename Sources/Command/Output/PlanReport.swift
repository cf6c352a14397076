import ConfigFormats
import ProfileRewriter

/// What `plan` prints: for people a diff with the words as comment lines, which patch passes over.
struct PlanReport {
  private let json: Bool
  private let context: Int
  private var isFirst = true
  private var risks = RiskTotals()

  init(json: Bool, context: Int) {
    self.json = json
    self.context = context
  }

  mutating func add(_ planned: PlannedProfile) {
    for account in planned.accounts where account.refusal == nil { risks.add(account) }
    if json {
      for account in planned.accounts {
        StandardOutput.shared.writeLine(Self.line(account, planned))
      }
      return
    }
    heading(planned.name)
    for account in planned.accounts { describe(account) }
    guard planned.accounts.contains(where: { $0.refusal == nil }) else { return }
    say("# paths below \(planned.root.printable)", .faint)
    DiffText.write(planned.diff(context: context))
  }

  mutating func add(_ name: ProfileName, _ problem: Refusal) {
    if json {
      StandardOutput.shared.writeLine(Self.line(name, problem))
      return
    }
    heading(name)
    say("#   refused: \(problem.shown)", .bad)
  }

  private mutating func heading(_ name: ProfileName) {
    if !isFirst { say("", .plain) }
    isFirst = false
    say("# \(name.shown)" + (name.client.isEmpty ? "" : " (\(name.client))"), .strong)
  }

  private func describe(_ account: PlannedAccount) {
    let key = account.key.printable
    if let refusal = account.refusal {
      say("#   \(key): pop3 \(account.from.shown)", .plain)
      say("#     refused: \(refusal.shown)", .bad)
      return
    }
    let target = account.to.map { "imap \($0.shown)" } ?? "-"
    say("#   \(key): pop3 \(account.from.shown) -> \(target)", .plain)
    for evidence in account.evidence { say("#     settings: \(evidence.printable)", .faint) }
    if let sentence = account.risk.flatMap(RiskText.sentence) {
      say("#     mail: \(sentence)", .plain)
    }
    for warning in account.warnings { say("#     warning: \(warning.shown)", .notice) }
  }

  /// Every line of a text that may hold several is a comment of its own.
  private func say(_ text: String, _ style: Terminal.Style) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let whole = index == 0 ? String(line) : "#       \(line)"
      StandardOutput.shared.write(Terminal.output.styled(whole, style) + "\n")
    }
  }

  private static func line(_ account: PlannedAccount, _ planned: PlannedProfile) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", account.refusal == nil ? "change" : "refused")
      line.add(planned.name)
      line.add("account", account.key)
      line.add("from", account.from, account.kind)
      line.add("to", account.to, .imap)
      if let refusal = account.refusal {
        line.add("reason", refusal.reason.rawValue)
        line.add("text", Talk.readable(refusal.text))
      } else {
        line.add(planned.files.map(\.patch), for: account.key)
        line.add("evidence", account.evidence)
        line.add("risk", account.risk)
        line.add(account.warnings)
      }
    }
  }

  private static func line(_ name: ProfileName, _ problem: Refusal) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "refused")
      line.add(name)
      for absent in ["account", "from", "to"] { line.null(absent) }
      line.add("reason", problem.reason.rawValue)
      line.add("text", Talk.readable(problem.text))
    }
  }

  func finish(_ summary: PlanSummary) {
    if json {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "summary")
          line.add("command", "plan")
          line.add("changes", summary.changes)
          line.add("refused", summary.refused)
          line.add("unchanged", summary.unchanged)
          line.add("text_replacement_wrong", summary.textReplacementWrong)
        })
      return
    }
    StandardOutput.shared.flush()
    Talk.say(
      "\(Talk.count(summary.changes, "account")) to switch, \(summary.refused) refused, "
        + "\(summary.unchanged) on IMAP already; nothing was changed")
    for sentence in risks.sentences { Talk.say(sentence) }
    if summary.textReplacementWrong > 0 {
      Talk.say(
        "writing \"imap\" for \"pop\" in the host's name would have named a wrong host for "
          + "\(summary.textReplacementWrong) of them")
    }
  }
}
