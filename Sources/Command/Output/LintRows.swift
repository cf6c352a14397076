import Autoconfig

/// What `autoconfig lint --json` prints: docs/json.md.
enum LintRows {
  static func write(_ files: [LintedFile], _ summary: LintRun.Summary) {
    for file in files {
      for finding in file.findings {
        StandardOutput.shared.writeLine(line(finding, file))
      }
      for reading in file.readings {
        StandardOutput.shared.writeLine(line(reading, file))
      }
    }
    StandardOutput.shared.writeLine(line(summary))
  }

  private static func line(_ finding: LintFinding, _ file: LintedFile) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "finding")
      line.add("file", file.path)
      line.addNumber("line", finding.line)
      line.addNumber("column", finding.column)
      line.add("rule", finding.rule.rawValue)
      line.add("severity", finding.severity.rawValue)
      line.add("text", Talk.readable(finding.text))
      line.add("fix", finding.fix)
      line.add("related", finding.related) { place, item in
        item.add("file", place.file)
        item.add("line", place.line)
        item.add("column", place.column)
      }
    }
  }

  private static func line(_ reading: ClientReading, _ file: LintedFile) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "reading")
      line.add("file", file.path)
      line.add("client", reading.client.rawValue)
      if let accepted = reading.accepted {
        line.add("accepted", accepted)
      } else {
        line.null("accepted")
      }
      line.add("incoming", reading.incoming)
      line.add("outgoing", reading.outgoing)
      line.add("reasons", reading.reasons.map(Talk.readable))
    }
  }

  private static func line(_ summary: LintRun.Summary) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "summary")
      line.add("command", "autoconfig lint")
      line.add("files", summary.files)
      line.add("errors", summary.errors)
      line.add("warnings", summary.warnings)
      line.add("notes", summary.notes)
    }
  }
}

extension JSONObject {
  fileprivate mutating func addNumber(_ name: String, _ value: Int?) {
    if let value { add(name, value) } else { null(name) }
  }

  fileprivate mutating func add(_ name: String, _ servers: [ClientReading.Server]) {
    add(name, servers) { server, item in
      item.add("protocol", server.type)
      item.add("host", server.host)
      item.addNumber("port", server.port)
      item.add("security", server.security.rawValue)
      item.add("auth", server.auth?.rawValue)
      item.add("username", server.username)
    }
  }
}
