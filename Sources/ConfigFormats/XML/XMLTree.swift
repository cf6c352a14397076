/// An XML document to be read only: its elements as libxml2 understands them, without their places.
///
/// All text is what is meant, not what is written: references are resolved, line ends are LF, CDATA
/// sections are text, and the document's encoding does not show.
public struct XMLTree: Sendable, Equatable {
  public var root: XMLElement

  public init(root: XMLElement) { self.root = root }

  /// - Throws: ``SyntaxError`` with its place for what is not well-formed, has a document type
  ///   declaration, or is larger or deeper than `limits`.
  public init(parsing bytes: [UInt8], limits: XMLLimits = .standard) throws(SyntaxError) {
    let builder = XMLTreeBuilder()
    try XMLReading.read(bytes, limits: limits, into: builder)
    guard let root = builder.root else {
      throw SourceText(bytes).syntaxError(
        at: bytes.count, problem: "a document without an element", expected: "an element")
    }
    self.root = root
  }
}

/// An element of an ``XMLTree``.
public struct XMLElement: Sendable, Equatable {
  /// As written, with the prefix if there is one ("ex:host").
  public var name: String
  /// In the order of the file, but declarations of namespaces (`xmlns`, `xmlns:ex`) come first.
  public var attributes: [XMLAttribute]
  public var children: [XMLNode]

  public init(_ name: String, attributes: [XMLAttribute] = [], children: [XMLNode] = []) {
    self.name = name
    self.attributes = attributes
    self.children = children
  }

  /// The elements directly within this one, in file order.
  public var elements: [XMLElement] {
    children.compactMap { if case .element(let element) = $0 { element } else { nil } }
  }

  /// Those of one name.
  public func elements(_ name: String) -> [XMLElement] { elements.filter { $0.name == name } }

  /// The first of a name.
  public func first(_ name: String) -> XMLElement? { elements.first { $0.name == name } }

  /// The text directly within this element, that of elements in it left out.
  public var text: String {
    children.reduce(into: "") { if case .text(let text) = $1 { $0 += text } }
  }

  /// ``text`` without blanks and line ends around it, as clients read a value.
  public var trimmedText: String {
    let text = self.text
    let bytes = text.utf8
    guard let start = bytes.firstIndex(where: { !$0.isXMLBlank }),
      let last = bytes.lastIndex(where: { !$0.isXMLBlank })
    else { return "" }
    let end = bytes.index(after: last)
    return start == bytes.startIndex && end == bytes.endIndex ? text : String(text[start..<end])
  }

  /// The value of the attribute of that name, as written with its prefix.
  public func attribute(_ name: String) -> String? {
    attributes.first { $0.name == name }?.value
  }
}

public struct XMLAttribute: Sendable, Equatable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

public enum XMLNode: Sendable, Equatable {
  case element(XMLElement)
  /// Never empty, and never two in a row.
  case text(String)
  case comment(String)
  case instruction(target: String, data: String)
}

/// Puts the tree together from what libxml2 says, element by element.
final class XMLTreeBuilder: XMLSink {
  private(set) var root: XMLElement?
  private var open: [XMLElement] = []
  /// Text comes in pieces, one for each reference in it.
  private var pendingText = ""

  func start(_ name: String, _ attributes: [XMLAttribute]) {
    endText()
    open.append(XMLElement(name, attributes: attributes))
  }

  func end() {
    endText()
    guard let element = open.popLast() else { return }
    if open.isEmpty { root = element } else { add(.element(element)) }
  }

  func text(_ text: String) {
    pendingText += text
  }

  func comment(_ text: String) {
    endText()
    add(.comment(text))
  }

  func instruction(target: String, data: String) {
    endText()
    add(.instruction(target: target, data: data))
  }

  private func endText() {
    guard !pendingText.isEmpty else { return }
    add(.text(pendingText))
    pendingText = ""
  }

  /// What stands outside of the root belongs to no element.
  private func add(_ node: XMLNode) {
    guard let current = open.indices.last else { return }
    open[current].children.append(node)
  }
}
