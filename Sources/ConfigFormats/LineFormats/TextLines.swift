/// One line of a file: what stands on it, and where the next begins.
struct TextLine: Equatable {
  /// The line without its end.
  var content: Range<Int>
  /// The line with its end.
  var whole: Range<Int>
}

extension SourceText {
  /// The lines of the text, ended by LF, CR LF or a lone CR, a byte order mark not being part of the
  /// first. A text that ends with a line end has no empty line behind it.
  func lines() -> [TextLine] {
    var result: [TextLine] = []
    var start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    var place = start
    while place < bytes.count {
      guard bytes[place].isLineBreak else {
        place += 1
        continue
      }
      let isPair =
        bytes[place] == .carriageReturn && place + 1 < bytes.count && bytes[place + 1] == .lineFeed
      let next = place + (isPair ? 2 : 1)
      result.append(TextLine(content: start..<place, whole: start..<next))
      start = next
      place = next
    }
    if start < bytes.count {
      result.append(TextLine(content: start..<bytes.count, whole: start..<bytes.count))
    }
    return result
  }

  /// An edit that puts `lines` in front of the line that begins at `offset`, or at the end of the
  /// file; there a missing line end of the present last line is supplied in front, and then the new
  /// last line has none either.
  func insertion(ofLines lines: [[UInt8]], at offset: Int) -> SourceEdit {
    let lineEnd = lineEnding.bytes
    let start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    let continuesLine = offset > start && !bytes[offset - 1].isLineBreak
    var text: [UInt8] = []
    for line in lines { text += continuesLine ? lineEnd + line : line + lineEnd }
    return SourceEdit(range: offset..<offset, replacement: text)
  }
}
