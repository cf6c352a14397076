import ConfigFormats
import ProfileRewriter

/// A report's accounts as comma-separated values (RFC 4180, but with lines that end in a line feed).
///
/// Names are hostile: nothing in a cell steers a terminal, and no spreadsheet takes one for a formula.
public enum ReportCSV {
  private static let columns = [
    "machine", "home", "client", "profile", "account", "state", "reason", "text", "provider",
    "from_host",
    "from_port", "from_security", "from_auth", "from_username", "to_host", "to_port", "to_security",
    "to_auth", "to_username", "seen", "change", "run", "time", "warnings", "on_server",
    "local_messages", "local_bytes", "only_here_messages", "only_here_bytes",
  ]

  public static func write(_ report: FleetReport, to sink: ([UInt8]) -> Void) {
    let tolls = ReplacementToll().items.map(\.name)
    sink(line(columns + tolls))
    for row in report.rows { sink(line(cells(of: row))) }
  }

  private static func cells(of row: FleetRow) -> [String] {
    var counted: LocalMailCount.Counted?
    if case .counted(let found) = row.risk?.local { counted = found }
    let only = counted?.onlyHere.amount
    var cells = [
      row.machine ?? "", row.name.home?.printable ?? "", row.name.client,
      row.name.profile.printable,
      row.account ?? "", row.state.rawValue, row.reason?.rawValue ?? "", row.text ?? "",
      row.provider ?? "",
    ]
    cells += server(row.from) + server(row.to)
    cells += [
      row.isSeen ? "yes" : "no", row.change ?? "", row.run ?? "",
      row.changedAt.map(Timestamp.utc) ?? "",
      row.warnings.map(\.rawValue).joined(separator: " "),
      row.risk?.settings.onServer.rawValue ?? "",
    ]
    cells += [counted?.all.messages, counted?.all.bytes, only?.messages, only?.bytes].map(number)
    cells += ReplacementToll().items.indices.map { number(row.toll?.items[$0].count) }
    return cells
  }

  private static func server(_ settings: ServerSettings?) -> [String] {
    guard let settings else { return ["", "", "", "", ""] }
    return [
      settings.host, String(settings.port), settings.security.rawValue, settings.auth.rawValue,
      settings.username,
    ]
  }

  private static func number(_ number: Int?) -> String { number.map(String.init) ?? "" }

  private static func line(_ cells: [String]) -> [UInt8] {
    Array(cells.map(cell).joined(separator: ",").utf8)
  }

  /// Quoted, with an apostrophe before what a spreadsheet would compute: it takes the rest as text.
  static func cell(_ text: String) -> String {
    let shown = text.printable
    let first = text.unicodeScalars.first { $0 != " " }
    let isFormula = first.map { formulas.contains($0) } ?? false
    return "\"" + (isFormula ? "'" : "") + shown.replacing("\"", with: "\"\"") + "\""
  }

  /// As OWASP lists them, the wide forms among them.
  private static let formulas: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}",
  ]
}
