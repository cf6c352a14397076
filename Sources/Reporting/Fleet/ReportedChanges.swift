import ProfileRewriter

/// Where the changes of a report's accounts are, to be shown one by one.
public struct ReportedChanges {
  /// Which change of which machine.
  struct Name: Hashable {
    var machine: String?
    var change: String

    /// As the page asks for it.
    var key: String { machine.map { "\($0) \(change)" } ?? change }
  }

  /// Hands over every change there is, as lines of JSON that are made only where they are asked for.
  private let each: (_ body: (Name, () -> [UInt8]) -> Void) throws -> Void

  /// - Parameter paths: what limits the journal, as the report was read.
  public static func journal(_ engine: Engine, paths: [[UInt8]]) -> ReportedChanges {
    ReportedChanges { body in
      try engine.forEachRecordedChange(paths: paths) { recorded in
        body(Name(change: recorded.change.id)) { ReportRows.line(recorded.change) }
        return true
      }
    }
  }

  /// Of reports that are merged.
  public static func gathered(_ reports: [GatheredReport]) -> ReportedChanges {
    ReportedChanges { body in
      for report in reports {
        try report.forEachChange { machine, change, line in
          body(Name(machine: machine, change: change)) { line }
        }
      }
    }
  }

  /// Those that a row names, as lines of JSON.
  func forEach(of rows: [FleetRow], _ body: (Name, [UInt8]) -> Void) throws {
    let wanted = Set(
      rows.compactMap { row in row.change.map { Name(machine: row.machine, change: $0) } })
    try each { name, line in if wanted.contains(name) { body(name, line()) } }
  }
}
