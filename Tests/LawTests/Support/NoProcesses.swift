@testable import ProfileRewriter

/// A machine on which no client runs, whatever else runs on this one.
struct NoProcesses: ProcessList {
  func running(_ programs: Set<String>) -> [RunningProcess] { [] }
  func environment(of process: RunningProcess) -> [[UInt8]] { [] }
  func run(
    _ command: [String], asUser uid: UInt32, environment: [[UInt8]], seconds: Double
  ) -> Int32 { 0 }
}
