import Autoconfig
import ConfigFormats
import ProfileRewriter

/// Something that `check` asks about, and the profile it was found in, if in one.
struct CheckItem {
  var subject: CheckSubject
  var profile: ProfileName?
}

/// What `check` prints.
struct CheckReport {
  private let json: Bool
  private var table = Table(["SUBJECT", "IMAP", "SERVER", "SECURITY", "AUTH", "USER"])
  private var notes = GroupedNotes()
  private(set) var summary = CheckSummary()

  init(json: Bool) { self.json = json }

  mutating func add(_ answer: CheckAnswer, for item: CheckItem) {
    summary.add(answer, for: item.subject)
    if json {
      StandardOutput.shared.writeLine(Self.line(answer, item))
      return
    }
    let name = item.subject.text.printable
    table.add(Self.cells(name, answer))
    notes.add(
      answer.evidence.map(\.text) + answer.actions.map { "to do: \($0.shown)" }, about: name)
  }

  /// A profile whose accounts cannot be read.
  mutating func add(_ name: ProfileName, _ problem: Refusal) {
    summary.refused += 1
    if json {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "refused")
          line.add(name)
          line.null("account")
          line.add("reason", problem.reason.rawValue)
          line.add("text", Talk.readable(problem.text))
        })
    } else {
      notes.add(["refused: \(problem.shown)"], about: name.shown)
    }
  }

  func finish() {
    if json {
      StandardOutput.shared.writeLine(Self.line(summary))
      return
    }
    if !table.isEmpty { StandardOutput.shared.write(table.rendered(for: .output)) }
    StandardOutput.shared.flush()
    notes.say()
    Talk.say(Self.sentence(summary))
    if summary.compared > 0 {
      Talk.say(
        "changing pop to imap in the host names would have been wrong for "
          + "\(summary.replacementWrong) of \(Talk.count(summary.compared, "POP account"))")
    }
  }

  private static func sentence(_ summary: CheckSummary) -> String {
    guard summary.subjects > 0 else { return "nothing to check" }
    let counts = Verdict.allCases.filter { summary[$0] > 0 }.map { "\(summary[$0]) \($0.rawValue)" }
    return "\(summary.subjects) checked: " + counts.joined(separator: ", ")
  }

  // MARK: For people

  private static func cells(_ name: String, _ answer: CheckAnswer) -> [Table.Cell] {
    let verdict = Table.Cell(text: answer.verdict.rawValue, style: style(answer.verdict))
    guard let imap = answer.imap else {
      return [.init(text: name), verdict]
        + (0..<4).map { _ in Table.Cell(text: "-", style: .faint) }
    }
    return [
      .init(text: name), verdict, .init(text: "\(imap.host.printable):\(imap.port)"),
      .init(text: imap.security.rawValue), .init(text: imap.auth.rawValue),
      .init(text: imap.username.printable),
    ]
  }

  private static func style(_ verdict: Verdict) -> Terminal.Style {
    switch verdict {
    case .yes: .good
    case .yesWithAction: .notice
    case .no: .bad
    case .unknown: .faint
    }
  }

  // MARK: For scripts

  private static func line(_ answer: CheckAnswer, _ item: CheckItem) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "check")
      line.add("subject", item.subject.text)
      if case .account(let account) = item.subject, let profile = item.profile {
        line.add(profile)
        line.add("account", account.key)
      } else {
        for absent in ["home", "client", "profile", "account"] { line.null(absent) }
      }
      line.add("verdict", answer.verdict.rawValue)
      if let imap = answer.imap { line.add("imap") { $0.add(imap) } } else { line.null("imap") }
      line.add("evidence", answer.evidence) { evidence, entry in
        entry.add("source", evidence.source.rawValue)
        entry.add("asked", evidence.asked)
        entry.add("outcome", evidence.outcome.rawValue)
        entry.add("text", evidence.text)
      }
      line.add("action", answer.actions) { action, entry in
        entry.add("kind", action.kind.rawValue)
        entry.add("text", Talk.readable(action.text))
        entry.add("url", action.url)
      }
    }
  }

  private static func line(_ summary: CheckSummary) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "summary")
      line.add("command", "check")
      for verdict in Verdict.allCases {
        line.add(verdict.rawValue.replacing("-", with: "_"), summary[verdict])
      }
      line.add("refused", summary.refused)
      line.add("compared", summary.compared)
      line.add("text_replacement_wrong", summary.replacementWrong)
    }
  }
}

extension RequiredAction {
  var shown: String { text.printable + (url.map { " (\($0.printable))" } ?? "") }
}
