import ConfigFormats
import ProfileRewriter

/// A unified diff on its way out: the exact bytes for a file or a pipe, so that patch can read
/// them; at a terminal with everything escaped that could steer it.
enum DiffText {
  static func write(_ diff: [UInt8]) {
    let terminal = Terminal.output
    guard terminal.isTerminal else {
      StandardOutput.shared.write(diff)
      return
    }
    for line in diff.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast()
    {
      StandardOutput.shared.write(shown(line, terminal) + "\n")
    }
  }

  private static func shown(_ line: ArraySlice<UInt8>, _ terminal: Terminal) -> String {
    let isHeader = line.starts(with: Array("--- ".utf8)) || line.starts(with: Array("+++ ".utf8))
    // The tab that ends a header's name is for patch, not for people.
    let text = PrintableText.escaping(isHeader && line.last == 0x09 ? line.dropLast() : line)
    return terminal.styled(text, isHeader ? .strong : style(line.first))
  }

  private static func style(_ marker: UInt8?) -> Terminal.Style {
    switch marker {
    case UInt8(ascii: "+"): .good
    case UInt8(ascii: "-"): .bad
    case UInt8(ascii: "@"): .place
    case UInt8(ascii: "#"): .faint
    default: .plain
    }
  }
}
