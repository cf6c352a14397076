/// A document's bytes and their encoding: all that is needed to tell people where in it something
/// stands. Both answers cost a pass over what stands before the place, so they are given only when
/// somebody asks.
public struct XMLSourceText: Sendable {
  public let source: SourceText
  let encoding: XMLEncoding

  init(_ source: SourceText, _ encoding: XMLEncoding) {
    self.source = source
    self.encoding = encoding
  }

  /// Bytes that are UTF-8, or nothing that is known.
  public init(_ source: SourceText) { self.init(source, .utf8) }

  /// Line and column of an offset, in the characters of the document's encoding.
  public func position(at offset: Int) -> SourcePosition {
    guard encoding.kind != .utf8 else { return source.position(at: offset) }
    let place = Place(self, offset)
    return SourcePosition(
      offset: offset, line: place.units.lineNumber(at: place.line.lowerBound),
      column: place.before(encoding).unicodeScalars.count + 1)
  }

  /// The line that holds an offset, made printable, and below it a caret under the place.
  public func excerpt(at offset: Int) -> String {
    guard encoding.kind != .utf8 else { return source.excerpt(at: offset) }
    let place = Place(self, offset)
    let before = place.before(encoding)
    return SourceText(Array((before + place.after(encoding)).utf8)).excerpt(at: before.utf8.count)
  }

  /// An offset as a unit with its line.
  private struct Place {
    let units: XMLUnits
    let index: Int
    let line: Range<Int>

    init(_ text: XMLSourceText, _ offset: Int) {
      units = XMLUnits(text.source.bytes, text.encoding)
      index = max(0, min(units.count, (offset - units.start) / units.width))
      line = units.lineRange(at: index)
    }

    func before(_ encoding: XMLEncoding) -> String {
      units.scalars(in: line.lowerBound..<index, encoding)
    }

    /// What no excerpt could show is not decoded.
    func after(_ encoding: XMLEncoding) -> String {
      units.scalars(in: index..<min(line.upperBound, index + 400), encoding)
    }
  }
}

extension SourceText {
  /// A ``SyntaxError`` at `offset`, with line, column and excerpt as `encoding` shows the text.
  func syntaxError(
    in encoding: XMLEncoding, at offset: Int, problem: String, expected: String
  ) -> SyntaxError {
    let text = XMLSourceText(self, encoding)
    return SyntaxError(
      position: text.position(at: offset), problem: problem, expected: expected,
      excerpt: text.excerpt(at: offset))
  }
}
