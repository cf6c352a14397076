/// An XML document whose elements are known by meaning and by place, edited without touching any
/// other byte.
///
/// libxml2 decides what the document is and means (``tree``); a lexer of our own finds where each
/// element stands (``places``). Both must agree, element by element, or the document is refused.
/// Elements are named by their number in document order, the root being 0.
///
/// Sources: XML 1.0, fifth edition; libxml2 2.9 for what is well-formed.
public struct XMLDocument: Sendable {
  public let source: SourceText
  public let encoding: XMLEncoding
  public let tree: XMLTree
  public let places: [XMLPlace]
  /// Every element as libxml2 understands it, each under its number.
  public let elements: [XMLElement]
  let limits: XMLLimits

  /// - Throws: ``SyntaxError`` for everything for which ``XMLTree`` refuses it.
  public init(parsing bytes: [UInt8], limits: XMLLimits = .standard) throws(SyntaxError) {
    let tree = try XMLTree(parsing: bytes, limits: limits)
    let encoding = try XMLEncoding(of: bytes)
    let source = SourceText(bytes)
    let units = XMLUnits(bytes, encoding)
    guard let places = (try? XMLLexer(units))?.elements,
      let elements = XMLAgreement(bytes, encoding, places).elements(of: tree.root)
    else {
      throw source.syntaxError(
        in: encoding, at: 0, problem: "a document whose places cannot be determined",
        expected: "markup that is unambiguous")
    }
    self.source = source
    self.encoding = encoding
    self.tree = tree
    self.places = places
    self.elements = elements
    self.limits = limits
  }

  /// The element with that number, as libxml2 understands it.
  public func element(_ index: Int) -> XMLElement { elements[index] }

  /// Numbers of the elements directly within one, of a name if one is given.
  public func children(of index: Int, named name: String? = nil) -> [Int] {
    guard let name else { return places[index].children }
    return places[index].children.filter { elements[$0].name == name }
  }

  /// Whether an element holds no others, and its text stands in one piece at most, so that it can be
  /// set without touching anything else.
  public func isOneText(_ index: Int) -> Bool {
    places[index].children.isEmpty
      && places[index].pieces.count {
        switch $0 {
        case .text(let range), .cdata(let range, _): blanks(of: range).leading != range
        default: false
        }
      } <= 1
  }

  /// Where an element's start tag stands, for people.
  public func position(of index: Int) -> SourcePosition {
    position(at: places[index].startTag.lowerBound)
  }

  /// The bytes and their encoding, to tell places in them.
  public var sourceText: XMLSourceText { XMLSourceText(source, encoding) }

  /// Line and column of an offset, in the characters of the document's encoding.
  public func position(at offset: Int) -> SourcePosition { sourceText.position(at: offset) }

  /// Whether its characters are of two bytes each, or four.
  public var isUTF16: Bool { encoding.width == 2 }
}

/// Whether the lexer's places and libxml2's tree are of one document.
struct XMLAgreement {
  let bytes: [UInt8]
  let encoding: XMLEncoding
  let places: [XMLPlace]

  init(_ bytes: [UInt8], _ encoding: XMLEncoding, _ places: [XMLPlace]) {
    self.bytes = bytes
    self.encoding = encoding
    self.places = places
  }

  /// Every element under its number; nil where they differ.
  func elements(of root: XMLElement) -> [XMLElement]? {
    var elements: [XMLElement] = []
    elements.reserveCapacity(places.count)
    return collect(root, &elements) && elements.count == places.count ? elements : nil
  }

  /// Adds an element and all within it, each of which must be the one that is next in the bytes.
  private func collect(_ element: XMLElement, _ elements: inout [XMLElement]) -> Bool {
    let index = elements.count
    guard index < places.count, names(element.name, places[index].name),
      attributesAgree(element, places[index])
    else { return false }
    elements.append(element)
    var number = 0
    for case .element(let child) in element.children {
      guard number < places[index].children.count,
        places[index].children[number] == elements.count, collect(child, &elements)
      else { return false }
      number += 1
    }
    return true
  }

  /// Declarations of namespaces come first in the tree, so the order may differ.
  private func attributesAgree(_ element: XMLElement, _ place: XMLPlace) -> Bool {
    guard element.attributes.count == place.attributes.count else { return false }
    var all: Set<[UInt8]>?
    for (attribute, written) in zip(element.attributes, place.attributes) {
      if names(attribute.name, written.name) { continue }
      let known = all ?? Set(element.attributes.map { Array($0.name.utf8) })
      all = known
      guard let name = encoding.decoded(bytes[written.name]), known.contains(Array(name.utf8))
      else { return false }
    }
    return true
  }

  private func names(_ name: String, _ range: Range<Int>) -> Bool {
    if encoding.width == 1, bytes[range].elementsEqual(name.utf8) { return true }
    return encoding.decoded(bytes[range]).map { $0.utf8.elementsEqual(name.utf8) } ?? false
  }
}
