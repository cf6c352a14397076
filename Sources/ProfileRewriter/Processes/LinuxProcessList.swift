internal import CPlatform
import ConfigFormats
import Glibc

/// Reads /proc.
public struct LinuxProcessList: ProcessList {
  public static let shared = LinuxProcessList()

  private let root: String

  /// - Parameter root: where the proc file system is mounted.
  public init(root: String = "/proc") { self.root = root }

  public func running(_ programs: Set<String>) throws(Refusal) -> [RunningProcess] {
    // What others run is told to root, not to the user whose home is in hand.
    try ThreadIdentity.run(as: nil) { () throws(Refusal) in try runningNow(programs) }
  }

  private func runningNow(_ programs: Set<String>) throws(Refusal) -> [RunningProcess] {
    guard let directory = opendir(root) else {
      throw Refusal(
        .lockNotProvable,
        "\(root) cannot be read, so nobody can tell whether the client runs; make sure that it is "
          + "closed and add --client-is-closed")
    }
    defer { closedir(directory) }
    var found: [RunningProcess] = []
    var unclear: [Int32] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let pid = Int32(name), let process = process(pid, among: programs) else { continue }
      if isBetween(process) { unclear.append(pid) } else { found.append(process) }
    }
    return (found + settled(unclear, among: programs)).sorted { $0.pid < $1.pid }
  }

  /// In the instants after its start and before its end a process shows no environment. One that was
  /// started without one, and long ago, is in neither: anybody may have any number of these.
  private func isBetween(_ process: RunningProcess) -> Bool {
    guard process.home == nil, environment(of: process.pid).isEmpty else { return false }
    return Self.ticksSinceBoot < process.startedAt + Self.startTicks
      || link(of: process.pid, "exe") == nil
  }

  /// Those that are clear, or as good as they get: all of them are waited for at once.
  private func settled(_ pids: [Int32], among programs: Set<String>) -> [RunningProcess] {
    var found: [RunningProcess] = []
    var unclear = pids
    for attempt in 1...Self.patience where !unclear.isEmpty {
      usleep(10_000)
      var left: [Int32] = []
      for pid in unclear {
        guard let process = process(pid, among: programs) else { continue }
        if attempt < Self.patience, isBetween(process) {
          left.append(pid)
        } else {
          found.append(process)
        }
      }
      unclear = left
    }
    return found
  }

  /// Hundredths of a second: on a busy machine the end of a process takes its time.
  private static let patience = 30

  private static let ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
  /// How long a start may take.
  private static let startTicks = 2 * ticksPerSecond

  private static var ticksSinceBoot: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return UInt64(time.tv_sec) * ticksPerSecond
  }

  /// nil for a process that runs something else, or has ended meanwhile.
  private func process(_ pid: Int32, among programs: Set<String>) -> RunningProcess? {
    guard let program = program(of: pid), programs.contains(program),
      let status = read(pid, "stat"), let startedAt = Self.startTime(status),
      let uid = read(pid, "status").flatMap(Self.realUser)
    else { return nil }
    let home = environment(of: pid).first { $0.starts(with: Array("HOME=".utf8)) }
    return RunningProcess(
      pid: pid, uid: uid, program: program, startedAt: startedAt,
      home: home.map { Array($0.dropFirst(5)) })
  }

  /// The file name of what it runs. Where the link is another user's secret, the name that the
  /// kernel keeps of it, which is cut to 15 bytes.
  private func program(of pid: Int32) -> String? {
    guard var path = link(of: pid, "exe")?[...] else {
      return read(pid, "comm").map {
        String(decoding: $0.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      }
    }
    // An upgrade took the file away under the running program.
    let deleted = Array(" (deleted)".utf8)
    if path.count > deleted.count, path.suffix(deleted.count).elementsEqual(deleted) {
      path = path.dropLast(deleted.count)
    }
    let slash = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    return String(decoding: path[slash...], as: UTF8.self)
  }

  private func link(of pid: Int32, _ name: String) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { room in
        room.baseAddress.map { readlink("\(root)/\(pid)/\(name)", $0, room.count) } ?? -1
      }
    }
    return count > 0 ? Array(buffer[..<count]) : nil
  }

  public func environment(of process: RunningProcess) -> [[UInt8]] {
    ThreadIdentity.run(as: nil) { environment(of: process.pid) }
  }

  private func environment(of pid: Int32) -> [[UInt8]] {
    (read(pid, "environ") ?? []).split(separator: 0).map(Array.init)
  }

  private func read(_ pid: Int32, _ name: String) -> [UInt8]? {
    let file = open("\(root)/\(pid)/\(name)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while bytes.count < Self.most {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return bytes
  }

  /// More than any environment that matters here.
  private static let most = 4 << 20

  /// Field 22 of /proc/PID/stat; the name in field 2 may hold anything, up to the last bracket. nil
  /// for one that has ended and is still listed (state Z or X).
  private static func startTime(_ stat: [UInt8]) -> UInt64? {
    guard let bracket = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = stat[(bracket + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, !fields[0].elementsEqual("Z".utf8), !fields[0].elementsEqual("X".utf8)
    else { return nil }
    return UInt64(String(decoding: fields[19], as: UTF8.self))
  }

  /// The first number of the line `Uid:` of /proc/PID/status.
  private static func realUser(_ status: [UInt8]) -> UInt32? {
    for line in status.split(separator: UInt8(ascii: "\n")) where line.starts(with: "Uid:".utf8) {
      let numbers = line.dropFirst(4).split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
      return numbers.first.flatMap { UInt32(String(decoding: $0, as: UTF8.self)) }
    }
    return nil
  }

  public func run(
    _ command: [String], asUser uid: UInt32, environment: [[UInt8]], seconds: Double
  ) throws(Refusal) -> Int32 {
    let status = UserProgram.run(command, asUser: uid, environment: environment, seconds: seconds)
    guard status >= 0 else {
      throw Refusal(
        .clientRunning,
        "cannot run \(command.joined(separator: " ")) as user \(uid): "
          + "\(Errno(rawValue: -status).text); close the client by hand")
    }
    return status
  }
}
