import Foundation
import ProfileRewriter

/// A report as one HTML file that needs nothing else: no network, no other file.
///
/// What comes from profiles is text in escaped markup, or data in script elements that no browser runs;
/// the one script and the one style sheet are let in by their hashes.
public struct ReportPage {
  private let report: FleetReport
  private let sections: PageSections
  private let sink: ([UInt8]) -> Void

  /// Writes the page piece by piece.
  public static func write(
    _ report: FleetReport, _ changes: ReportedChanges, to sink: @escaping ([UInt8]) -> Void
  ) throws {
    let page = ReportPage(report, sink)
    page.writeHead()
    page.writeSections()
    page.writeAccounts()
    try page.writeChanges(changes)
    page.put("</body>\n</html>\n")
  }

  private init(_ report: FleetReport, _ sink: @escaping ([UInt8]) -> Void) {
    self.report = report
    self.sink = sink
    sections = PageSections(report: report, sums: report.sums)
  }

  private func put(_ text: String) { sink(Array(text.utf8)) }

  // MARK: Head

  private static func hash(_ text: String) -> String {
    "'sha256-\(Data(SHA256.hash(Array(text.utf8))).base64EncodedString())'"
  }

  private func writeHead() {
    let made = HTML.time(report.madeAt) + " UTC"
    let policy =
      "default-src 'none'; script-src \(Self.hash(PageScript.javascript)); "
      + "style-src \(Self.hash(PageStyle.css)); base-uri 'none'; form-action 'none'"
    put(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="referrer" content="no-referrer">
      <meta name="robots" content="noindex">
      <title>From POP to IMAP: \(made)</title>
      <style>
      """)
    put(PageStyle.css)
    put(
      """
      </style>
      </head>
      <body>
      <a class="skip" href="#homes">Skip to the accounts</a>
      <header>
      <h1>From POP to IMAP</h1>
      <p class="soft">\(HTML.count(sections.sums.accounts, "account")) in \
      \(HTML.count(sections.sums.homes, "home"))\(onMachines), as of \(made), by profile-rewriter</p>
      <nav aria-label="Parts of this report"><ul>

      """)
    for part in Self.parts { put("<li><a href=\"#\(part.id)\">\(part.title)</a></li>\n") }
    put("</ul></nav>\n</header>\n<main>\n")
  }

  private var onMachines: String {
    report.machines.isEmpty ? "" : " on \(HTML.count(report.machines.count, "machine"))"
  }

  private static let parts = [
    (id: "progress", title: "How far it is"), (id: "time", title: "Over time"),
    (id: "reasons", title: "What is in the way"), (id: "risks", title: "Risks"),
    (id: "replacement", title: "What a text replacement would have broken"),
    (id: "homes", title: "Accounts"),
  ]

  // MARK: Sums

  private func writeSections() {
    let chart = PageChart(report, sections.sums)
    let bodies = [
      sections.progress, chart.html, sections.reasons, sections.risks, sections.replacement,
    ]
    for (part, body) in zip(Self.parts, bodies) {
      put("<section id=\"\(part.id)\" aria-labelledby=\"\(part.id)-title\">\n")
      put("<h2 id=\"\(part.id)-title\">\(part.title)</h2>\n\(body)</section>\n")
    }
  }

  // MARK: Accounts

  private var columns: [(name: String, title: String)] {
    (report.machines.isEmpty ? [] : [(name: "machine", title: "Machine")]) + Self.columns
  }

  private static let columns = [
    (name: "home", title: "Home"), (name: "client", title: "Client"),
    (name: "account", title: "Account"), (name: "provider", title: "Provider"),
    (name: "state", title: "State"), (name: "reason", title: "Reason"),
    (name: "from", title: "From"), (name: "to", title: "To"),
    (name: "time", title: "Changed (UTC)"),
  ]

  private func writeAccounts() {
    put(
      """
      <section id="homes" aria-labelledby="homes-title">
      <h2 id="homes-title">Accounts</h2>
      <noscript><p>To search, sort and look at changes, this page needs its script. The same rows are in \
      <code>report --csv</code> and <code>--json</code>.</p></noscript>
      <div class="controls" role="search">
      <div><label for="search">Search in all columns</label><input type="search" id="search" \
      autocomplete="off" spellcheck="false"></div>
      <div><label for="state">State</label><select id="state"><option value="">All</option>

      """)
    for state in FleetRow.State.allCases {
      put("<option value=\"\(state.rawValue)\">\(HTML.text(state.label))</option>\n")
    }
    put(
      """
      </select></div>
      </div>
      <p id="shown" role="status"></p>
      <div class="scroll" tabindex="0" role="region" aria-label="Table of accounts"><table id="accounts">
      <caption>Accounts with what became of them; a column’s name sorts by it</caption>
      <thead><tr>
      <th scope="col" class="open">Details</th>

      """)
    for column in columns {
      put(
        "<th scope=\"col\" data-column=\"\(column.name)\" aria-sort=\"none\">"
          + "<button type=\"button\">\(column.title)</button></th>\n")
    }
    put(
      """
      </tr></thead>
      <tbody></tbody></table></div>
      <div class="pages" role="group" aria-label="Pages of the table">
      <button type="button" id="first">First</button>
      <button type="button" id="before">Back</button>
      <button type="button" id="after">Next</button>
      <button type="button" id="last">Last</button>
      </div>
      </section>
      </main>
      <footer><p>No passwords are in this file. It tells who has mail where: keep it as you keep the \
      journal. On paper the table has every account that matches the search.</p></footer>
      <script type="application/json" id="rows">[
      """)
    for (index, row) in report.rows.enumerated() {
      sink((index > 0 ? Array(",\n".utf8) : []) + HTML.inert(ReportRows.line(row)))
    }
    put("]</script>\n<script>")
    put(PageScript.javascript)
    put("</script>\n")
  }

  // MARK: Changes

  /// How much of the journal a browser reads at once, in bytes.
  private static let blockSize = 1 << 18

  /// Those that an account's row names, in blocks, and behind them which block has which.
  private func writeChanges(_ changes: ReportedChanges) throws {
    var places: [(key: String, block: Int)] = []
    var (block, size) = (0, 0)
    try changes.forEach(of: report.rows) { change, line in
      let line = HTML.inert(line)
      if size > Self.blockSize {
        put("]</script>\n")
        (block, size) = (block + 1, 0)
      }
      put(size == 0 ? "<script type=\"application/json\" id=\"changes-\(block)\">[" : ",\n")
      sink(line)
      size += line.count
      places.append((change.key, block))
    }
    if size > 0 { put("]</script>\n") }
    put("<script type=\"application/json\" id=\"index\">")
    sink(
      HTML.inert(
        JSONObject.line { line in for place in places { line.add(place.key, place.block) } }))
    put("</script>\n")
  }
}
