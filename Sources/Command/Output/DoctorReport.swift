import ProfileRewriter

/// What `doctor` prints: a paragraph for each finding, and a sentence for the whole.
struct DoctorReport {
  let json: Bool
  /// `--state DIR` again, for the commands that are suggested.
  let stateArgument: String

  func show(_ finding: DoctorFinding) {
    if json {
      StandardOutput.shared.writeLine(line(finding))
      return
    }
    var place = finding.name.map(\.shown) ?? ""
    if let change = finding.change { place += " (change \(change))" }
    let head = Terminal.output.styled(finding.severity.rawValue, Self.style(finding.severity))
    var text = "\(head): \(place.isEmpty ? "" : place + ": ")\(Talk.readable(finding.text))\n"
    if let command = command(finding.remedy) { text += "  run: \(command)\n" }
    StandardOutput.shared.write(text)
  }

  private static func style(_ severity: DoctorFinding.Severity) -> Terminal.Style {
    switch severity {
    case .error: .bad
    case .warning: .notice
    case .note: .faint
    }
  }

  private func command(_ remedy: DoctorFinding.Remedy?) -> String? {
    switch remedy {
    case .recover: "profile-rewriter recover\(stateArgument)"
    case .finish(let change): "profile-rewriter finish \(change)\(stateArgument)"
    case .rollback(let change): "profile-rewriter rollback \(change)\(stateArgument)"
    case .show(let change): "profile-rewriter show \(change)\(stateArgument)"
    case .makePrivate(let path, let mode):
      "chmod \(String(mode, radix: 8)) \(Shell.quoted(String(decoding: path, as: UTF8.self)))"
    case nil: nil
    }
  }

  func finish(_ summary: DoctorSummary) {
    if json {
      StandardOutput.shared.writeLine(line(summary))
      return
    }
    StandardOutput.shared.flush()
    guard summary.hasJournal else {
      if summary.isSound { Talk.say("nothing has been recorded yet") }
      return
    }
    var parts = [
      "\(Talk.count(summary.changes, "change")) recorded, \(summary.applied) applied"
    ]
    if summary.exact > 0 {
      parts.append("\(Talk.count(summary.exact, "profile")) undone byte for byte")
    }
    if summary.byKey > 0 {
      parts.append(
        "\(Talk.count(summary.byKey, "profile")) written by the client since, undone by key")
    }
    Talk.say(parts.joined(separator: "; "))
    Talk.say(summary.isSound ? "all is well" : "somebody should look at the above")
  }

  private func line(_ finding: DoctorFinding) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "finding")
      line.add("rule", finding.rule.rawValue)
      line.add("severity", finding.severity.rawValue)
      line.add("change", finding.change)
      if let name = finding.name { line.add(name) }
      line.add("text", Talk.readable(finding.text))
      line.add("run", command(finding.remedy))
    }
  }

  private func line(_ summary: DoctorSummary) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "summary")
      line.add("command", "doctor")
      line.add("changes", summary.changes)
      line.add("applied", summary.applied)
      line.add("exact", summary.exact)
      line.add("by_key", summary.byKey)
      for severity in DoctorFinding.Severity.allCases {
        line.add(severity.rawValue + "s", summary.findings[severity] ?? 0)
      }
    }
  }
}
