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
  let limits: XMLLimits

  /// - Throws: ``SyntaxError`` for everything for which ``XMLTree`` refuses it.
  public init(parsing bytes: [UInt8], limits: XMLLimits = .standard) throws(SyntaxError) {
    let tree = try XMLTree(parsing: bytes, limits: limits)
    let encoding = try XMLEncoding(of: bytes)
    let source = SourceText(bytes)
    let units = XMLUnits(bytes, encoding)
    guard let places = (try? XMLLexer(units))?.elements,
      XMLAgreement(bytes, encoding, places).holds(with: tree.root)
    else {
      throw source.syntaxError(
        in: encoding, at: 0, problem: "a document whose places cannot be determined",
        expected: "markup that is unambiguous")
    }
    self.source = source
    self.encoding = encoding
    self.tree = tree
    self.places = places
    self.limits = limits
  }

  /// The element with that number, as libxml2 understands it.
  public func element(_ index: Int) -> XMLElement {
    var path: [Int] = []
    var current = index
    while let parent = places[current].parent {
      path.append(places[parent].children.firstIndex(of: current) ?? 0)
      current = parent
    }
    return path.reversed().reduce(tree.root) { $0.elements[$1] }
  }

  /// Numbers of the elements directly within one, of a name if one is given.
  public func children(of index: Int, named name: String? = nil) -> [Int] {
    guard let name else { return places[index].children }
    return zip(places[index].children, element(index).elements)
      .filter { $0.1.name == name }.map(\.0)
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

  /// Line and column of an offset, in the characters of the document's encoding.
  public func position(at offset: Int) -> SourcePosition {
    source.syntaxError(in: encoding, at: offset, problem: "", expected: "").position
  }

  /// The line that holds an offset, made printable, and below it a caret under the place.
  public func excerpt(at offset: Int) -> String {
    source.syntaxError(in: encoding, at: offset, problem: "", expected: "").excerpt
  }

  /// Whether its characters are of two bytes each, or four.
  public var isUTF16: Bool { encoding.width == 2 }

  /// Every element, each under its number.
  public var elements: [XMLElement] {
    var elements: [XMLElement] = []
    elements.reserveCapacity(places.count)
    func add(_ element: XMLElement) {
      elements.append(element)
      for child in element.elements { add(child) }
    }
    add(tree.root)
    return elements
  }
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

  func holds(with root: XMLElement) -> Bool { end(of: root, from: 0) == places.count }

  /// The number behind the last element within `element`, which must be the one with the number
  /// `index`; nil where they differ.
  private func end(of element: XMLElement, from index: Int) -> Int? {
    guard index < places.count, names(element.name, places[index].name),
      attributesAgree(element, places[index])
    else { return nil }
    var next = index + 1
    for (number, child) in element.elements.enumerated() {
      guard number < places[index].children.count, places[index].children[number] == next,
        let end = end(of: child, from: next)
      else { return nil }
      next = end
    }
    return next
  }

  /// Declarations of namespaces come first in the tree, so the order may differ.
  private func attributesAgree(_ element: XMLElement, _ place: XMLPlace) -> Bool {
    element.attributes.count == place.attributes.count
      && place.attributes.allSatisfy { attribute in
        element.attributes.contains { names($0.name, attribute.name) }
      }
  }

  private func names(_ name: String, _ range: Range<Int>) -> Bool {
    if encoding.width == 1, bytes[range].elementsEqual(name.utf8) { return true }
    return encoding.decoded(bytes[range]).map { $0.utf8.elementsEqual(name.utf8) } ?? false
  }
}
