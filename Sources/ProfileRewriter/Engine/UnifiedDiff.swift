/// A unified diff drawn from edits that are known, not found by comparing: the hunks are exactly
/// the lines that the spans touch. GNU patch reads it (`patch --binary -p0`, `-R` to undo).
///
/// Lines end at LF as patch has them; a lone CR is a byte like any other.
public enum UnifiedDiff {
  /// One replaced stretch: `old` of the old text gave way to `new` of the new text.
  struct Replacement {
    var old: Range<Int>
    var new: Range<Int>
  }

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
    let special = name.contains { $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
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

  private static func hunks(old: Lines, new: Lines, spans: [Span], context: Int) -> [Hunk] {
    var hunks: [Hunk] = []
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
      var oldLines = old.lines(span.offset..<oldEnd, whole: !aligned)
      var newLines = new.lines(newStart..<newEnd, whole: !aligned)
      oldLines = max(0, oldLines.lowerBound - context)..<min(old.count, oldLines.upperBound + context)
      newLines = max(0, newLines.lowerBound - context)..<min(new.count, newLines.upperBound + context)
      if let last = hunks.last,
        oldLines.lowerBound <= last.oldLines.upperBound
          || newLines.lowerBound <= last.newLines.upperBound
      {
        hunks[hunks.count - 1].extend(oldLines, newLines)
      } else {
        hunks.append(Hunk(old: old, new: new, oldLines: oldLines, newLines: newLines))
      }
    }
    return hunks
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
      let first = isLineStart(range.lowerBound)
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
    var oldLines: Range<Int>
    var newLines: Range<Int>

    mutating func extend(_ moreOld: Range<Int>, _ moreNew: Range<Int>) {
      oldLines = oldLines.lowerBound..<max(oldLines.upperBound, moreOld.upperBound)
      newLines = newLines.lowerBound..<max(newLines.upperBound, moreNew.upperBound)
    }

    func write(to out: inout [UInt8]) {
      out += Array("@@ -\(place(oldLines)) +\(place(newLines)) @@\n".utf8)
      // Lines alike at both ends are context, and patch wants them said once.
      var head = 0
      while head < min(oldLines.count, newLines.count),
        old.text(oldLines.lowerBound + head) == new.text(newLines.lowerBound + head)
      {
        head += 1
      }
      var tail = 0
      while tail < min(oldLines.count, newLines.count) - head,
        old.text(oldLines.upperBound - 1 - tail) == new.text(newLines.upperBound - 1 - tail)
      {
        tail += 1
      }
      for line in oldLines.prefix(head) { add(" ", old.text(line), to: &out) }
      for line in oldLines.dropFirst(head).dropLast(tail) { add("-", old.text(line), to: &out) }
      for line in newLines.dropFirst(head).dropLast(tail) { add("+", new.text(line), to: &out) }
      for line in oldLines.suffix(tail) { add(" ", old.text(line), to: &out) }
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
