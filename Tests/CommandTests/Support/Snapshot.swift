import Foundation
import Testing

/// Recorded texts in Snapshots/. RECORD_SNAPSHOTS=1 writes them anew; look at the difference
/// before committing it.
enum Snapshot {
  private static let directory = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Snapshots")

  static func check(
    _ text: String, _ name: String, _ place: SourceLocation = #_sourceLocation
  ) throws {
    let file = directory.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil {
      try Data(text.utf8).write(to: file)
      return
    }
    let recorded = try String(contentsOf: file, encoding: .utf8)
    #expect(text == recorded, "differs from Snapshots/\(name)", sourceLocation: place)
  }
}

extension ThunderbirdHome {
  /// What differs from run to run, by name: places, ids, times.
  func stable(_ text: String) -> String {
    var result = text.replacingOccurrences(of: scratch.path, with: "SCRATCH")
    let patterns = [
      (#""(change|run)":"[^"]+""#, #""$1":"ID""#),
      (#"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"#, "TIME"),
      (#"\b[0-9]{1,2}-[A-Z][a-z]{2}-[0-9]{4}\b"#, "DAY"),
      (#"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"#, "GUID"),
    ]
    for (pattern, replacement) in patterns {
      result = result.replacingOccurrences(
        of: pattern, with: replacement, options: .regularExpression)
    }
    return result
  }
}
