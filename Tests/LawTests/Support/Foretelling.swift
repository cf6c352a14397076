import Testing

@testable import ProfileRewriter

extension Engine {
  /// Rolls back, and expects just what was foretold, by looking alone.
  /// - Parameter tree: all that must not change by the telling.
  func rollbackAsForetold(
    _ request: UndoRequest, _ tree: () throws -> some Equatable
  ) throws -> [ResultRow] {
    let before = try tree()
    var foretold: [ResultRow] = []
    let told = try foretellRollback(request) { foretold.append($0) }
    #expect(try tree() == before, "telling changes nothing")
    var rows: [ResultRow] = []
    let done = try rollback(request) { rows.append($0) }
    #expect(foretold.map(Self.said) == rows.map(Self.said))
    #expect(told == done)
    return rows
  }

  private static func said(_ row: ResultRow) -> String {
    let words = [row.change, row.account, row.status.rawValue, row.reason?.rawValue, row.text]
    let warnings = row.warnings.map { "\($0.code.rawValue) \($0.text)" }.sorted()
    return (words.map { $0 ?? "-" } + warnings).joined(separator: " | ")
  }
}
