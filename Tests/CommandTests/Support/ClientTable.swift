import Adapters
import Foundation
import ProfileRewriter

/// What was verified with which version of a real client, as docs/clients.md has it: a table of what
/// `Tests/RealClientTests/run --record` has noted, with a row for every adapter.
struct ClientTable {
  /// A line of `verified.jsonl`.
  struct Line: Decodable {
    var client: String
    var program: String
    var version: String
    var kind: String
    var `case`: String
    var checks: Int
    var date: String
  }

  let lines: [Line]
  let clients: [String]

  init(record: String, adapters: [any ClientAdapter]) throws {
    let decoder = JSONDecoder()
    lines = try record.split(separator: "\n").map { line in
      try decoder.decode(Line.self, from: Data(line.utf8))
    }
    clients = adapters.map(\.client)
  }

  /// Clients that were noted and that no adapter is for.
  var unknown: Set<String> { Set(lines.map(\.client)).subtracting(clients) }

  var markdown: String {
    let head = """
      | client | with | switched, used, undone | besides | checks | recorded |
      |---|---|---|---|---|---|

      """
    return head + clients.flatMap(rows).map { $0 + "\n" }.joined()
  }

  private func rows(_ client: String) -> [String] {
    let own = lines.filter { $0.client == client }
    guard !own.isEmpty else { return ["| \(client) | never shown with the real client | | | | |"] }
    let versions = Dictionary(grouping: own) { "\($0.program) \($0.version)" }
    return versions.sorted { $0.key < $1.key }.map { version, lines in
      let cycles = names(lines.filter { $0.kind == "cycle" })
      let others = names(lines.filter { $0.kind != "cycle" })
      let checks = lines.reduce(0) { $0 + $1.checks }
      let dates = Set(lines.map(\.date)).sorted()
      let recorded = Set([dates.first, dates.last].compactMap(\.self)).sorted()
      return "| \(client) | \(version) | \(cycles) | \(others) | \(checks) | "
        + "\(recorded.joined(separator: " to ")) |"
    }
  }

  /// Without the client's name before them.
  private func names(_ lines: [Line]) -> String {
    lines.map { line in
      let prefix = line.program + "-"
      return line.case.hasPrefix(prefix) ? String(line.case.dropFirst(prefix.count)) : line.case
    }.sorted().joined(separator: ", ")
  }
}
