import Autoconfig
import ConfigFormats

/// Findings as one SARIF 2.1.0 document (OASIS), which code hosts and editors show.
enum SARIF {
  static func document(_ files: [LintedFile]) -> [UInt8] {
    JSONObject.line { document in
      document.add(
        "$schema",
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
      )
      document.add("version", "2.1.0")
      document.add("runs", [files]) { files, run in
        run.add("tool") { tool in tool.add("driver") { driver in add(to: &driver) } }
        run.add("columnKind", "unicodeCodePoints")
        run.add("results", files.flatMap(\.findings)) { finding, result in
          add(finding, to: &result)
        }
      }
    }
  }

  private static func add(to driver: inout JSONObject) {
    driver.add("name", "profile-rewriter autoconfig lint")
    driver.add("version", programVersion)
    driver.add("rules", LintRule.allCases) { rule, item in
      item.add("id", rule.rawValue)
      item.add("shortDescription") { $0.add("text", rule.meaning) }
      item.add("help") { $0.add("text", rule.remedy) }
      item.add("defaultConfiguration") { $0.add("level", rule.severity.rawValue) }
    }
  }

  private static func add(_ finding: LintFinding, to result: inout JSONObject) {
    result.add("ruleId", finding.rule.rawValue)
    result.add("ruleIndex", LintRule.allCases.firstIndex(of: finding.rule) ?? 0)
    result.add("level", finding.severity.rawValue)
    let fix = finding.fix.map { "; write \($0.printable)" } ?? ""
    result.add("message") { $0.add("text", Talk.readable(finding.text) + fix) }
    result.add("locations", [finding]) { finding, location in
      add(finding.file, finding.line, finding.column, to: &location)
    }
    guard !finding.related.isEmpty else { return }
    result.add("relatedLocations", finding.related) { place, location in
      add(place.file, place.line, place.column, to: &location)
    }
  }

  private static func add(
    _ file: String, _ line: Int?, _ column: Int?, to location: inout JSONObject
  ) {
    location.add("physicalLocation") { physical in
      physical.add("artifactLocation") { $0.add("uri", uri(file)) }
      guard let line else { return }
      physical.add("region") { region in
        region.add("startLine", line)
        region.add("startColumn", column ?? 1)
      }
    }
  }

  /// A path as a reference: relative where it is relative.
  static func uri(_ path: String) -> String {
    let spelled = path.utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        scalar.isASCII
        && (scalar.properties.isAlphabetic || "0123456789-._~/".unicodeScalars.contains(scalar))
      let digits = String(byte, radix: 16, uppercase: true)
      return isPlain ? String(Character(scalar)) : "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
    return path.hasPrefix("/") ? "file://" + spelled : spelled
  }
}
