extension SourceText {
  /// A ``SyntaxError`` at `offset` of this text, with the line it stands on.
  public func syntaxError(at offset: Int, problem: String, expected: String) -> SyntaxError {
    SyntaxError(
      position: position(at: offset), problem: problem, expected: expected,
      excerpt: excerpt(at: offset))
  }

  /// The line that holds `offset`, made printable, and below it a caret under the place.
  ///
  /// A line longer than `width` columns is cut to a window around the caret, an ellipsis standing
  /// for what was left out. One scalar counts as one column.
  public func excerpt(at offset: Int, width: Int = 78) -> String {
    let offset = max(0, min(offset, bytes.count))
    let line = lineRange(at: offset)
    // A line can be a megabyte: look only at what a window could show.
    let reach = width * 4
    var start = max(line.lowerBound, offset - reach)
    // Not into the middle of a scalar.
    while start > line.lowerBound, bytes[start] & 0xC0 == 0x80, offset - start < reach + 3 {
      start -= 1
    }
    let end = min(line.upperBound, offset + reach)
    let before = spellings(in: start..<max(start, min(offset, line.upperBound)))
    let after = spellings(in: min(max(offset, start), end)..<end)

    let beforeWidth = before.reduce(0) { $0 + $1.unicodeScalars.count }
    let afterWidth = after.reduce(0) { $0 + $1.unicodeScalars.count }
    let cutBefore = start > line.lowerBound
    let cutAfter = end < line.upperBound
    if beforeWidth + afterWidth <= width, !cutBefore, !cutAfter {
      return before.joined() + after.joined() + "\n" + String(repeating: " ", count: beforeWidth)
        + "^"
    }
    let room = width - 2
    let keepAfter = min(afterWidth, max(room / 3, room - beforeWidth))
    let (head, droppedHead) = last(of: before, columns: room - keepAfter)
    let (tail, droppedTail) = first(of: after, columns: keepAfter)
    let lead = cutBefore || droppedHead ? "…" : ""
    let close = cutAfter || droppedTail ? "…" : ""
    let caret = lead.unicodeScalars.count + head.unicodeScalars.count
    return lead + head + tail + close + "\n" + String(repeating: " ", count: caret) + "^"
  }

  private func spellings(in range: Range<Int>) -> [String] {
    var result: [String] = []
    UTF8Scalars.forEach(in: bytes[range]) { result.append(PrintableText.spelling(of: $0)) }
    return result
  }

  /// As many of the first spellings as fit into `columns`, and whether some were left out.
  private func first(of spellings: [String], columns: Int) -> (text: String, dropped: Bool) {
    var text = ""
    var used = 0
    for spelling in spellings {
      used += spelling.unicodeScalars.count
      guard used <= columns else { return (text, true) }
      text += spelling
    }
    return (text, false)
  }

  private func last(of spellings: [String], columns: Int) -> (text: String, dropped: Bool) {
    var kept: [String] = []
    var used = 0
    for spelling in spellings.reversed() {
      used += spelling.unicodeScalars.count
      guard used <= columns else { return (kept.reversed().joined(), true) }
      kept.append(spelling)
    }
    return (kept.reversed().joined(), false)
  }
}

extension SyntaxError {
  /// The excerpt of a file that may hold secrets: its marks and the caret, with an "x" for each letter
  /// and digit. What a preference is called is kept.
  ///
  /// A line that cannot be read is not known to hold no password.
  public var outline: String {
    var lines = excerpt.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let line = lines.first else { return "" }
    let name = line.prefixMatch(
      of: /(?:user_|sticky_|lock)?[pP]ref\("[A-Za-z0-9_.-]+\.[A-Za-z0-9_.-]+"(?=,)/)
    let kept = name.map { $0.output } ?? line.prefix(0)
    lines[0] = kept + Self.masked(line.dropFirst(kept.count))
    return lines.joined(separator: "\n")
  }
}

extension SyntaxError {
  /// What is spelled out because it cannot be shown (``PrintableText``) stays: it may be what is wrong.
  private static func masked(_ text: Substring) -> String {
    var result = ""
    var rest = text
    while let first = rest.unicodeScalars.first {
      if let spelled = rest.prefixMatch(of: /\\u\{[0-9A-F]{4,6}\}/) {
        result += spelled.output
        rest = rest[spelled.range.upperBound...]
        continue
      }
      let isWord = first.properties.isAlphabetic || first.properties.numericType != nil
      result += isWord ? "x" : String(first)
      rest = Substring(rest.unicodeScalars.dropFirst())
    }
    return result
  }
}

extension SyntaxError: CustomStringConvertible {
  /// The place, what is wrong, what was wanted, and the line with a caret. Free of control
  /// characters except the line feeds between its lines.
  public var description: String {
    "line \(position.line), column \(position.column): \(problem); expected \(expected)\n\(excerpt)"
  }
}
