/// A process as far as it matters for telling whether a mail client runs.
public struct RunningProcess: Sendable, Hashable {
  public var pid: Int32
  /// The user it belongs to.
  public var uid: UInt32
  /// The file name of the program it runs.
  public var program: String
  /// When it was started, in clock ticks since the machine came up; orders processes.
  public var startedAt: UInt64
  /// HOME as it was when the process was started; nil where that cannot be read.
  public var home: [UInt8]?

  public init(pid: Int32, uid: UInt32, program: String, startedAt: UInt64, home: [UInt8]? = nil) {
    self.pid = pid
    self.uid = uid
    self.program = program
    self.startedAt = startedAt
    self.home = home
  }
}

/// What runs on this machine.
public protocol ProcessList: Sendable {
  /// The processes that run one of `programs`, of whatever user.
  /// - Throws: `lock-not-provable` where the system does not tell.
  func running(_ programs: Set<String>) throws(Refusal) -> [RunningProcess]

  /// The environment a process was started with, as `NAME=value`; empty where it cannot be read.
  func environment(of process: RunningProcess) -> [[UInt8]]

  /// Runs a command as a user with nothing but `environment`, and waits for it.
  /// - Returns: its exit status.
  func run(
    _ command: [String], asUser uid: UInt32, environment: [[UInt8]], seconds: Double
  ) throws(Refusal) -> Int32
}
