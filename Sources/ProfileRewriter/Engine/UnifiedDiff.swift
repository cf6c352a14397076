/// A unified diff drawn from edits that are known, not found by comparing: the hunks are exactly
/// the lines that the spans touch. GNU patch reads it (`patch --binary -p0`, `-R` to undo).
///
/// Lines end at LF as patch has them; a lone CR is a byte like any other.
public enum UnifiedDiff {
  /// - Parameters:
  ///   - name: the path as it stands in both headers.
  ///   - context: lines shown around each hunk.
  static func render(
    name: [UInt8], old: [UInt8], new: [UInt8], spans: [Span], context: Int = 0
  ) -> [UInt8] {
    let hunks = hunks(old: Lines(old), new: Lines(new), spans: spans, context: context)
    guard !hunks.isEmpty else { return [] }
    var out: [UInt8] = []
    for marker in ["---", "+++"] {
      out += Array("\(marker) ".utf8) + headerName(name) + [UInt8(ascii: "\n")]
    }
    for hunk in hunks { hunk.write(to: &out) }
    return out
  }

  /// A name as GNU patch reads it: bare, or C-quoted where it holds what would end or confuse it.
  /// The tab ends the name, so that blanks stay part of it.
  static func headerName(_ name: [UInt8]) -> [UInt8] {
    let special = name.contains {
      $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
    }
    guard special else { return name + [UInt8(ascii: "\t")] }
    var quoted: [UInt8] = [UInt8(ascii: "\"")]
    for byte in name {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): quoted += [UInt8(ascii: "\\"), byte]
      case 0x20..<0x7f, 0x80...: quoted.append(byte)
      default:
        quoted.append(UInt8(ascii: "\\"))
        for shift in [6, 3, 0] { quoted.append(UInt8(ascii: "0") + (byte >> shift) & 7) }
      }
    }
    return quoted + [UInt8(ascii: "\"")]
  }

  /// The lines each change touches, as few as can be, in order.
  private static func cores(old: Lines, new: Lines, spans: [Span]) -> [Core] {
    var cores: [Core] = []
    var shift = 0
    for span in spans.sorted(by: { ($0.offset, $0.old.count) < ($1.offset, $1.old.count) }) {
      let oldEnd = span.offset + span.old.count
      let newStart = span.offset + shift
      let newEnd = newStart + span.newLength
      shift += span.newLength - span.old.count
      if span.newLength == 0, span.old.isEmpty { continue }
      let aligned =
        old.isLineStart(span.offset) && old.isLineStart(oldEnd) && new.isLineStart(newStart)
        && new.isLineStart(newEnd)
      let core = Core(
        old: old.lines(span.offset..<oldEnd, whole: !aligned),
        new: new.lines(newStart..<newEnd, whole: !aligned))
      if let last = cores.last,
        core.old.lowerBound <= last.old.upperBound || core.new.lowerBound <= last.new.upperBound
      {
        cores[cores.count - 1].extend(to: core)
      } else {
        cores.append(core)
      }
    }
    return cores.map { $0.trimmed(old, new) }.filter { !$0.old.isEmpty || !$0.new.isEmpty }
  }

  /// Changes that share context lines stand in one hunk.
  private static func hunks(old: Lines, new: Lines, spans: [Span], context: Int) -> [Hunk] {
    var hunks: [Hunk] = []
    for core in cores(old: old, new: new, spans: spans) {
      if let last = hunks.last?.cores.last,
        core.old.lowerBound - last.old.upperBound <= 2 * context
      {
        hunks[hunks.count - 1].cores.append(core)
      } else {
        hunks.append(Hunk(old: old, new: new, cores: [core], context: context))
      }
    }
    return hunks
  }

  /// Lines of the old text that give way to lines of the new one.
  private struct Core {
    var old: Range<Int>
    var new: Range<Int>

    mutating func extend(to other: Core) {
      old = old.lowerBound..<max(old.upperBound, other.old.upperBound)
      new = new.lowerBound..<max(new.upperBound, other.new.upperBound)
    }

    /// Without the lines alike at both ends: GNU patch takes unequal context for a sign that the
    /// hunk belongs at an end of the file.
    func trimmed(_ oldText: Lines, _ newText: Lines) -> Core {
      var core = self
      while let first = core.old.first, let newFirst = core.new.first,
        oldText.text(first) == newText.text(newFirst)
      {
        core.old = (first + 1)..<core.old.upperBound
        core.new = (newFirst + 1)..<core.new.upperBound
      }
      while let last = core.old.last, let newLast = core.new.last,
        oldText.text(last) == newText.text(newLast)
      {
        core.old = core.old.lowerBound..<last
        core.new = core.new.lowerBound..<newLast
      }
      return core
    }
  }

  /// Line starts of a text; the last line may lack its LF.
  private struct Lines {
    let bytes: [UInt8]
    private let starts: [Int]

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
      var starts = bytes.isEmpty ? [] : [0]
      for (index, byte) in bytes.enumerated()
      where byte == UInt8(ascii: "\n") && index + 1 < bytes.count {
        starts.append(index + 1)
      }
      self.starts = starts
    }

    var count: Int { starts.count }

    func isLineStart(_ offset: Int) -> Bool {
      offset == 0 || (offset <= bytes.count && bytes[offset - 1] == UInt8(ascii: "\n"))
    }

    /// The number of lines that start before `offset`.
    private func linesBefore(_ offset: Int) -> Int {
      var low = 0
      var high = starts.count
      while low < high {
        let middle = (low + high) / 2
        if starts[middle] < offset { low = middle + 1 } else { high = middle }
      }
      return low
    }

    /// The lines a range of bytes touches. `whole` takes the line around an empty range, too.
    func lines(_ range: Range<Int>, whole: Bool) -> Range<Int> {
      guard whole else { return linesBefore(range.lowerBound)..<linesBefore(range.upperBound) }
      let first =
        isLineStart(range.lowerBound)
        ? linesBefore(range.lowerBound) : linesBefore(range.lowerBound) - 1
      var end = linesBefore(range.upperBound)
      // The line that begins just where the range ends is touched, for what stood before it on
      // its line may have moved.
      if isLineStart(range.upperBound), range.upperBound < bytes.count { end += 1 }
      return first..<max(first, min(end, count))
    }

    func text(_ line: Int) -> ArraySlice<UInt8> {
      bytes[starts[line]..<(line + 1 < starts.count ? starts[line + 1] : bytes.count)]
    }
  }

  private struct Hunk {
    let old: Lines
    let new: Lines
    var cores: [Core]
    var context: Int

    func write(to out: inout [UInt8]) {
      guard let first = cores.first, let last = cores.last else { return }
      let before = min(context, first.old.lowerBound)
      let after = min(context, old.count - last.old.upperBound)
      let oldLines = first.old.lowerBound - before..<last.old.upperBound + after
      let newLines = first.new.lowerBound - before..<last.new.upperBound + after
      out += Array("@@ -\(place(oldLines)) +\(place(newLines)) @@\n".utf8)
      var next = oldLines.lowerBound
      for core in cores {
        for line in next..<core.old.lowerBound { add(" ", old.text(line), to: &out) }
        for line in core.old { add("-", old.text(line), to: &out) }
        for line in core.new { add("+", new.text(line), to: &out) }
        next = core.old.upperBound
      }
      for line in next..<oldLines.upperBound { add(" ", old.text(line), to: &out) }
    }

    private func place(_ lines: Range<Int>) -> String {
      // An empty range names the line before it.
      let start = lines.isEmpty ? lines.lowerBound : lines.lowerBound + 1
      return lines.count == 1 ? "\(start)" : "\(start),\(lines.count)"
    }

    private func add(_ marker: String, _ line: ArraySlice<UInt8>, to out: inout [UInt8]) {
      out += Array(marker.utf8)
      out += line
      if line.last != UInt8(ascii: "\n") { out += Array("\n\\ No newline at end of file\n".utf8) }
    }
  }
}
