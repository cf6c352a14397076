import Autoconfig
import ConfigFormats

/// What `autoconfig lint` prints for people.
struct LintText {
  /// Notes and readings of every file, not only where something is wrong.
  let showsAll: Bool
  private let terminal = Terminal.output

  init(showsAll: Bool) { self.showsAll = showsAll }

  func write(_ files: [LintedFile], _ summary: LintRun.Summary) {
    for file in files { write(file) }
    StandardOutput.shared.flush()
    let counts = [
      Talk.count(summary.errors, "error"), Talk.count(summary.warnings, "warning"),
      Talk.count(summary.notes, "note"),
    ].joined(separator: ", ")
    let hidden = showsAll || summary.notes == 0 ? "" : " (--all shows notes, too)"
    Talk.say("\(Talk.count(summary.files, "file")): \(counts)\(hidden)")
    let read = files.filter { !$0.readings.isEmpty }
    guard read.count > 1 else { return }
    for client in AutoconfigClient.allCases {
      let takes = read.filter { file in
        file.readings.contains { $0.client == client && $0.accepted == true }
      }
      Talk.say("\(client.shown) takes \(takes.count) of \(read.count)")
    }
  }

  private func write(_ file: LintedFile) {
    let findings = file.findings.filter { showsAll || $0.severity != .note }
    // What was not looked into needs no words: a finding says why.
    let readings = file.readings.filter { $0.accepted == false || showsAll && $0.accepted == true }
    guard !findings.isEmpty || !readings.isEmpty else { return }
    var text = terminal.styled(file.path.printable, .strong) + "\n"
    for finding in findings { text += lines(of: finding) }
    for reading in readings { text += lines(of: reading) }
    StandardOutput.shared.write(text + "\n")
  }

  private func lines(of finding: LintFinding) -> String {
    let place = finding.line.map { "\($0):\(finding.column ?? 1)" } ?? "-"
    let severity = terminal.styled(finding.severity.rawValue, finding.severity.style)
    var text = "  \(place) \(severity): \(Talk.readable(finding.text))"
    if let fix = finding.fix { text += "; write \(fix.printable)" }
    text += terminal.styled(" [\(finding.rule.rawValue)]", .faint) + "\n"
    if let excerpt = finding.excerpt {
      for line in excerpt.split(separator: "\n", omittingEmptySubsequences: false) {
        text += "    \(line)\n"
      }
    }
    for place in finding.related {
      text += "    see \(place.file.printable):\(place.line):\(place.column)\n"
    }
    return text
  }

  private func lines(of reading: ClientReading) -> String {
    let name = "  \(reading.client.shown)"
    switch reading.accepted {
    case true?: break
    default:
      return "\(name) \(terminal.styled("refuses it", .bad)): "
        + Talk.readable(reading.reasons.first ?? "") + "\n"
    }
    let servers = reading.incoming.prefix(1) + reading.outgoing.prefix(1)
    let text = servers.map(\.shown).joined(separator: ", ")
    let more = reading.incoming.count + reading.outgoing.count - servers.count
    return "\(name) reads \(text)" + (more > 0 ? ", and \(more) more" : "") + "\n"
      + reading.reasons.map { "    \(Talk.readable($0))\n" }.joined()
  }
}

extension AutoconfigClient {
  var shown: String {
    switch self {
    case .thunderbird: "Thunderbird"
    case .thunderbirdAndroid: "Thunderbird for Android"
    case .evolution: "Evolution"
    }
  }
}

extension LintSeverity {
  fileprivate var style: Terminal.Style {
    switch self {
    case .error: .bad
    case .warning: .notice
    case .note: .faint
    }
  }
}

extension ClientReading.Server {
  fileprivate var shown: String {
    let place = (host ?? "?").printable + (port.map { ":\($0)" } ?? "")
    let login = (auth.map { " \($0.rawValue)" } ?? "") + (username.map { " \($0.printable)" } ?? "")
    return "\(type) \(place) \(security.rawValue)\(login)"
  }
}
