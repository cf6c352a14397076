/// Whether bytes are an XML document that may be worked on, by libxml2's word.
///
/// A document with a document type declaration is refused: nothing a mail client or provider writes
/// has one, and its entities could read other files or grow without bound.
public enum XMLWellFormedness {
  /// - Throws: ``SyntaxError`` at the place libxml2 names.
  public static func check(
    _ bytes: [UInt8], limits: XMLLimits = .standard
  ) throws(SyntaxError) {
    try XMLReading.read(bytes, limits: limits, into: nil)
  }
}
