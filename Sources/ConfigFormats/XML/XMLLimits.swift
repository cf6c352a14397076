/// How large an XML document may be. Beyond that it is refused, early and cheaply.
///
/// The largest file of Mozilla's provider database has 12 kB; a mail client's filters seldom reach
/// a megabyte.
public struct XMLLimits: Sendable, Equatable {
  /// Bytes of the whole document.
  public var bytes: Int
  /// Elements within one another.
  public var depth: Int
  /// Elements in all.
  public var elements: Int
  /// Attributes of one element. libxml2 compares each with all others.
  public var attributes: Int

  public init(bytes: Int, depth: Int, elements: Int, attributes: Int) {
    self.bytes = bytes
    self.depth = depth
    self.elements = elements
    self.attributes = attributes
  }

  public static let standard = XMLLimits(
    bytes: 4 << 20, depth: 256, elements: 30_000, attributes: 1_024)

  /// What of a document is too much, found without parsing, and where: a tag with `=` and a quote,
  /// with nothing but blanks in between, more often than attributes are permitted, or more `<`
  /// before something else than `/`, `!` and `?` than elements are.
  func excess(in bytes: [UInt8], _ encoding: XMLEncoding) -> (offset: Int, problem: String)? {
    let width = encoding.width
    let low = encoding.kind == .utf16(bigEndian: true) ? 1 : 0
    return bytes.withUnsafeBufferPointer { buffer in
      var (start, count, tags) = (0, 0, 0)
      var (isBehindEquals, isBehindOpening) = (false, false)
      var place = encoding.markLength
      while place + width <= buffer.count {
        let isASCII = width == 1 || buffer[place + 1 - low] == 0
        let byte = isASCII ? buffer[place + low] : 0xFF
        if isBehindOpening, byte != 0x2F, byte != 0x21, byte != 0x3F {
          tags += 1
          if tags > elements { return (start, "too many elements") }
        }
        isBehindOpening = byte == 0x3C
        switch byte {
        case 0x3C: (start, count, isBehindEquals) = (place, 0, false)
        case 0x3D: isBehindEquals = true
        case 0x22, 0x27:
          if isBehindEquals { count += 1 }
          if count > attributes { return (start, "too many attributes") }
          isBehindEquals = false
        case 0x20, 0x09, 0x0A, 0x0D: break
        default: isBehindEquals = false
        }
        place += width
      }
      return nil
    }
  }

  /// What is permitted, for people.
  var phrase: String {
    "at most \(elements) elements, \(depth) within one another, each with \(attributes) attributes"
  }
}
