import Glibc

/// Whether, and how, to mark text for a person at a terminal.
struct Terminal {
  enum Style: String {
    case plain = ""
    case good = "32"
    case notice = "33"
    case bad = "31"
    case faint = "2"
    case strong = "1"
    case added = "32;1"
    case place = "36"
  }

  var isTerminal: Bool
  var isColoured: Bool

  /// Colour only at a terminal, and never against NO_COLOR (https://no-color.org).
  static let output: Terminal = {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let forbidden = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    let dumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
    return Terminal(isTerminal: isTerminal, isColoured: isTerminal && !forbidden && !dumb)
  }()

  func styled(_ text: String, _ style: Style) -> String {
    guard isColoured, style != .plain, !text.isEmpty else { return text }
    return "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m"
  }
}
