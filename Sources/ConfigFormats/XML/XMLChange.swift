/// One wish for an ``XMLDocument``. Elements are named by their number in the document as it is.
public enum XMLChange: Sendable, Equatable {
  /// The attribute has that value; nil takes it away.
  case attribute(of: Int, name: String, value: String?)
  /// The element, which holds no others, has that text. Blanks and line ends around the present
  /// text stay where they are kept, and comments in any case.
  case text(of: Int, String, keepingBlanks: Bool = true)
  /// A new element in front of another, laid out as that one is.
  case insertBefore(Int, XMLElement)
  /// A new element behind another, laid out as that one is.
  case insertAfter(Int, XMLElement)
  /// A new element behind all others in one that holds no text.
  case append(in: Int, XMLElement)
  /// The element goes, and its line with it where it stands alone on it; so does a blank line in
  /// front where another follows, or nothing else.
  case remove(Int)
  /// The element goes behind another one beside it, every byte of it as it is.
  case move(Int, behind: Int)
  /// Another element in the place of one, laid out as that one was.
  case replace(Int, XMLElement)
}

public enum XMLEditError: Error, Equatable, Sendable {
  /// A name or text that XML has no spelling for, or a place that cannot hold it.
  case notExpressible(XMLChange)
  /// Two changes touch the same bytes.
  case overlapping
  /// Read again, the document would not say just what was asked for; nothing may be written.
  case notIntended
}

extension XMLDocument {
  /// The edits that fulfil all `changes` at once. Nothing that is so already is written.
  ///
  /// Text is written in the document's encoding, by number (`&#x20AC;`) where that lacks a
  /// character. The edited bytes are parsed again; unless they say what this document says, with
  /// nothing but `changes` made to it, there are no edits.
  public func edits(applying changes: [XMLChange]) throws(XMLEditError) -> [SourceEdit] {
    try rewriting(changes).edits
  }

  /// The same, with the document that they make.
  public func rewriting(
    _ changes: [XMLChange]
  ) throws(XMLEditError) -> (edits: [SourceEdit], after: XMLDocument) {
    var editor = XMLEditor(self)
    for change in changes { try editor.add(change) }
    guard !editor.edits.isEmpty else { return ([], self) }
    let result: [UInt8]
    do {
      result = try source.applying(editor.edits)
    } catch {
      throw .overlapping
    }
    let expected = editor.intent.expectedTree(of: self)
    guard let after = try? XMLDocument(parsing: result, limits: limits),
      after.encoding == encoding,
      let wished = expected.canonicalSpelling,
      let said = after.tree.root.canonicalSpelling, wished == said
    else { throw .notIntended }
    return (editor.edits, after)
  }
}
