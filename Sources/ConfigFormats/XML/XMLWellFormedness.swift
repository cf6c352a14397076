import CXMLBridge

/// Whether bytes are an XML document that may be worked on, by libxml2's word.
///
/// A document with a document type declaration is refused: nothing a mail client or provider writes
/// has one, and its entities could read other files or grow without bound.
public enum XMLWellFormedness {
  /// - Throws: ``SyntaxError`` at the place libxml2 names.
  public static func check(_ bytes: [UInt8]) throws(SyntaxError) {
    var problem = xml_bridge_problem()
    let sound = bytes.withUnsafeBytes { xml_bridge_check($0.baseAddress, $0.count, &problem) }
    guard sound == 0 else { return }
    let said = withUnsafeBytes(of: &problem.message) { PrintableText.escaping($0.prefix { $0 != 0 }) }
    let source = SourceText(bytes)
    throw source.syntaxError(
      at: source.offset(line: Int(problem.line), column: Int(problem.column)), problem: said,
      expected: problem.is_doctype != 0 ? "a document without one" : "well-formed XML")
  }
}

extension SourceText {
  /// The offset of a place named by a line and a byte column, both from 1; the nearest there is.
  func offset(line: Int, column: Int) -> Int {
    var start = 0
    var current = 1
    while current < line, let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      start = end + 1
      current += 1
    }
    return min(start + max(0, column - 1), bytes.count)
  }
}
