import ConfigFormats
import Glibc
import ProfileRewriter
import Synchronization

/// How many homes are done of a run over many: on one line of a terminal that is written over, with
/// rate and the time that is left; elsewhere a plain line now and then.
final class HomesProgress: Sendable {
  private struct State {
    var start = HomesProgress.now()
    var shownAt = HomesProgress.now()
    var done = 0
    var isOnScreen = false
  }

  private let state = Mutex(State())
  private let label: String
  private let isTerminal: Bool
  private let isShown: Bool

  /// Seconds between two looks at a terminal, and between two lines of a log.
  private static let interval = (terminal: 0.2, log: 10.0)

  /// - Parameter writesMeanwhile: the command writes standard output as it goes; at a terminal that
  ///   is to be seen.
  init(_ label: String, writesMeanwhile: Bool) {
    self.label = label
    isTerminal = isatty(STDERR_FILENO) == 1
    isShown = !(isTerminal && writesMeanwhile && Terminal.output.isTerminal)
  }

  /// A run may go through the homes twice: to see whether what is asked for is safe, and to do it.
  func update(_ done: Int, of total: Int) {
    guard isShown, total > 1 else { return }
    state.withLock { state in
      let now = Self.now()
      if done < state.done { state.start = now }
      state.done = done
      let interval = isTerminal ? Self.interval.terminal : Self.interval.log
      guard now - state.shownAt >= interval, done < total else { return }
      state.shownAt = now
      let line = Self.line(label, done, of: total, seconds: now - state.start)
      if isTerminal {
        state.isOnScreen = true
        Self.write("\r\(line)\u{1b}[K")
      } else {
        Talk.say(line)
      }
    }
  }

  /// Takes the line away, before anything else is said.
  func clear() {
    state.withLock { state in
      if state.isOnScreen { Self.write("\r\u{1b}[K") }
      state.isOnScreen = false
    }
  }

  static func line(_ label: String, _ done: Int, of total: Int, seconds: Double) -> String {
    var line = "\(label): \(done) of \(total) (\(done * 100 / max(1, total)) %)"
    let rate = seconds > 0 ? Double(done) / seconds : 0
    if rate >= 1 { line += ", \(Int(rate))/s" }
    if rate > 0, seconds >= 2 {
      line += ", \(Progress.duration(Int(saturating: Double(total - done) / rate))) left"
    }
    return line
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
