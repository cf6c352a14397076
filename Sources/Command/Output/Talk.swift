import ConfigFormats
import Glibc
import ProfileRewriter
import Reporting

/// What is said to people on standard error.
enum Talk {
  static func say(_ text: String) { write(text) }

  static func error(_ text: String) { write("error: " + text) }

  static func printable(_ bytes: [UInt8]) -> String { bytes.printable }

  /// A text of several lines with everything escaped that could steer a terminal.
  static func readable(_ text: String) -> String { text.readable }

  private static func write(_ text: String) {
    var rest = Array((readable(text) + "\n").utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written < 0, errno != EINTR { return }
      rest = rest.dropFirst(max(written, 0))
    }
  }

  /// "1 account", "2 accounts".
  static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}
