import Foundation

/// What the tests see of JSON, for `Tests/SchemaTests/run --collected`: a file for every run of the program, below the
/// directory that COLLECT_JSON names.
enum CollectedJSON {
  private struct Run: Encodable {
    var arguments: [String]
    var output: String
  }

  private static let directory = ProcessInfo.processInfo.environment["COLLECT_JSON"].map {
    URL(fileURLWithPath: $0, isDirectory: true)
  }

  static func keep(_ arguments: [String], _ result: Program.Result) throws {
    guard let directory, arguments.contains("--json") || arguments.contains("json") else { return }
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try JSONEncoder().encode(Run(arguments: arguments, output: result.output))
      .write(to: directory.appendingPathComponent("\(UUID()).json"))
  }
}
