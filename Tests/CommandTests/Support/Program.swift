import Foundation
import Testing

/// The built executable, run as a process.
struct Program {
  struct Result {
    var status: Int32
    /// The signal that ended it, where one did.
    var signal: Int32?
    var stdout: [UInt8]
    var stderr: [UInt8]

    var output: String { String(decoding: stdout, as: UTF8.self) }
    var talk: String { String(decoding: stderr, as: UTF8.self) }
    var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// Every line of standard output as JSON.
    func rows(_ place: SourceLocation = #_sourceLocation) throws -> [[String: Any]] {
      try lines.map { line in
        try #require(
          JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
          "not a JSON object: \(line)", sourceLocation: place)
      }
    }
  }

  /// Beside the test bundle.
  static let path: String = {
    let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let beside = URL(fileURLWithPath: own ?? "").deletingLastPathComponent()
    let name = "profile-rewriter"
    for directory in [
      beside, URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent(),
    ]
    where FileManager.default.isExecutableFile(atPath: directory.appendingPathComponent(name).path)
    {
      return directory.appendingPathComponent(name).path
    }
    // Under the toolchain's own test runner the bundle is an argument.
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? ""
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent(name)
      .path
  }()

  /// Where a program built with counters says which of its lines were run (scripts/coverage): beside
  /// the tests' own.
  private static let counters = ProcessInfo.processInfo.environment
    .filter { $0.key == "LLVM_PROFILE_FILE" }

  /// What scripts/sanitize says of leaks that are others'.
  private static let sanitizers = ProcessInfo.processInfo.environment
    .filter { ["ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"].contains($0.key) }

  static func process(
    _ arguments: [String], environment: [String: String], as executable: String = path
  ) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.environment = ["COLUMNS": "80", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"]
      .merging(executable == path ? counters : [:]) { $1 }
      .merging(sanitizers) { $1 }
      .merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    return process
  }

  static func run(
    _ arguments: [String], environment: [String: String] = [:], as executable: String = path
  ) throws -> Result {
    let process = process(arguments, environment: environment, as: executable)
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // Read side by side: a full pipe would stop the program.
    let collected = Collected()
    let reader = Thread { collected.set(errors.readToEnd()) }
    reader.start()
    let out = output.readToEnd()
    process.waitUntilExit()
    let result = Result(
      status: process.terminationStatus,
      signal: process.terminationReason == .uncaughtSignal ? process.terminationStatus : nil,
      stdout: out, stderr: collected.wait())
    if executable == path, result.signal == nil { try CollectedJSON.keep(arguments, result) }
    return result
  }

  private final class Collected: @unchecked Sendable {
    private let done = DispatchSemaphore(value: 0)
    private var data: [UInt8] = []

    func set(_ data: [UInt8]) {
      self.data = data
      done.signal()
    }

    func wait() -> [UInt8] {
      done.wait()
      return data
    }
  }
}

extension Pipe {
  /// Everything until the other end is closed; FileHandle's own reading dies of an interruption.
  func readToEnd() -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let descriptor = fileHandleForReading.fileDescriptor
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 { result += buffer[..<count] }
      if count == 0 || (count < 0 && errno != EINTR) { return result }
    }
  }

  var text: String { String(decoding: readToEnd(), as: UTF8.self) }
}
