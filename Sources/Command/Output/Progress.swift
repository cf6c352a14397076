import ConfigFormats
import Glibc

/// How far long work has come, on one line of a terminal that is written over; nothing anywhere else.
///
/// Bytes, messages, rate and the time that is left, at most five times a second. Whatever else is said
/// must come after ``clear()``.
final class Progress {
  private let label: String
  let isShown: Bool
  private let start = Progress.now()
  private var shownAt = 0.0
  private var isOnScreen = false
  private static let interval = 0.2

  init(_ label: String, isShown: Bool = isatty(STDERR_FILENO) == 1) {
    self.label = label
    self.isShown = isShown
  }

  deinit { clear() }

  /// - Parameter total: bytes there are in all; nil where nobody knows.
  func update(bytes: Int, total: Int? = nil, messages: Int) {
    guard isShown else { return }
    let now = Self.now()
    guard now - shownAt >= Self.interval else { return }
    shownAt = now
    isOnScreen = true
    write(
      "\r" + Self.line(label, bytes: bytes, total: total, messages: messages, seconds: now - start)
        + "\u{1b}[K")
  }

  /// The same for work that is counted: "asking servers: 3 of 12 accounts".
  func update(_ done: Int, of total: Int, _ noun: String) {
    guard isShown else { return }
    isOnScreen = true
    write("\r\(label): \(done) of \(Talk.count(total, noun))\u{1b}[K")
  }

  /// Takes the line away.
  func clear() {
    guard isOnScreen else { return }
    isOnScreen = false
    write("\r\u{1b}[K")
  }

  static func line(
    _ label: String, bytes: Int, total: Int?, messages: Int, seconds: Double
  ) -> String {
    let rate = seconds > 0 ? Double(bytes) / seconds : 0
    var parts = [Talk.count(messages, "message")]
    if let total, total > 0 {
      parts.insert("\(size(bytes)) of \(size(total)) (\(percent(bytes, of: total)) %)", at: 0)
    } else {
      parts.insert(size(bytes), at: 0)
    }
    if rate > 0 { parts.append("\(size(Int(saturating: rate)))/s") }
    if let total, rate > 0, total > bytes, seconds >= 2 {
      parts.append("\(duration(Int(saturating: Double(total - bytes) / rate))) left")
    }
    return "\(label): " + parts.joined(separator: ", ")
  }

  private static func percent(_ done: Int, of total: Int) -> Int {
    min(100, Int(saturating: Double(done) * 100 / Double(total)))
  }

  /// In units of 1,000: "999 B", "1.5 MB".
  static func size(_ bytes: Int) -> String {
    guard bytes >= 1000 else { return "\(bytes) B" }
    let units = ["kB", "MB", "GB", "TB"]
    var value = Double(bytes) / 1000
    var index = 0
    while value >= 999.5, index < units.count - 1 {
      value /= 1000
      index += 1
    }
    let tenths = Int((value * 10).rounded())
    return tenths >= 1000
      ? "\(tenths / 10) \(units[index])" : "\(tenths / 10).\(tenths % 10) \(units[index])"
  }

  static func duration(_ seconds: Int) -> String {
    switch seconds {
    case ..<90: "\(max(1, seconds)) s"
    case ..<5400: "\((seconds + 30) / 60) min"
    default: "\(seconds.adding(saturating: 1800) / 3600) h"
    }
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private func write(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written < 0, errno != EINTR { return }
      rest = rest.dropFirst(max(written, 0))
    }
  }
}
