/// What a batch of changes makes of a document's tree, worked out without its bytes.
struct XMLIntent {
  var attributes: [Int: [(name: String, value: String?)]] = [:]
  var texts: [Int: (text: String, keepingBlanks: Bool)] = [:]
  /// New elements with the blanks behind them.
  var before: [Int: [(XMLElement, lead: String)]] = [:]
  /// New elements with the blanks in front of them.
  var after: [Int: [(XMLElement, lead: String)]] = [:]
  /// Elements that go, with the blanks that go in front of and behind them.
  var removed: [Int: (lead: String, rest: String)] = [:]
  var replaced: [Int: XMLElement] = [:]
  /// What elements hold that held nothing.
  var filled: [Int: [XMLNode]] = [:]

  func expectedTree(of document: XMLDocument) -> XMLElement {
    replaced[0] ?? expected(document.tree.root, 0, document)
  }

  private func expected(_ element: XMLElement, _ index: Int, _ document: XMLDocument) -> XMLElement
  {
    var result = element
    for (name, value) in attributes[index] ?? [] { Self.set(name, to: value, in: &result) }
    if let nodes = filled[index] {
      result.children = nodes
    } else if let (text, keepingBlanks) = texts[index] {
      result.children = Self.children(of: element, text, keepingBlanks)
    } else {
      result.children = children(of: element, index, document)
    }
    return result
  }

  private static func set(_ name: String, to value: String?, in element: inout XMLElement) {
    let place = element.attributes.firstIndex { $0.name == name }
    switch (place, value) {
    case (let place?, let value?): element.attributes[place].value = value
    case (let place?, nil): element.attributes.remove(at: place)
    case (nil, let value?): element.attributes.append(XMLAttribute(name, value))
    case (nil, nil): break
    }
  }

  private static func children(
    of element: XMLElement, _ text: String, _ keepingBlanks: Bool
  ) -> [XMLNode] {
    func isTarget(_ node: XMLNode, countingBlanks: Bool) -> Bool {
      guard case .text(let text) = node else { return false }
      return countingBlanks || !text.utf8.allSatisfy(\.isXMLBlank)
    }
    var nodes = element.children
    let full = nodes.firstIndex { isTarget($0, countingBlanks: !keepingBlanks) }
    let place = full ?? nodes.firstIndex { isTarget($0, countingBlanks: true) }
    guard let place, case .text(let old) = nodes[place] else {
      return text.isEmpty ? nodes : [.text(text)] + nodes
    }
    var new = text
    if keepingBlanks, full != nil {
      let utf8 = Array(old.utf8)
      let leading = utf8.prefix(while: \.isXMLBlank)
      let trailing = utf8.reversed().prefix(while: \.isXMLBlank).reversed()
      new =
        String(decoding: leading, as: UTF8.self) + text
        + String(decoding: trailing, as: UTF8.self)
    }
    if new.isEmpty { nodes.remove(at: place) } else { nodes[place] = .text(new) }
    return nodes
  }

  private func children(
    of element: XMLElement, _ index: Int, _ document: XMLDocument
  ) -> [XMLNode] {
    var row = NodeRow()
    var numbers = document.places[index].children[...]
    for node in element.children {
      guard case .element(let child) = node, let number = numbers.popFirst() else {
        row.add(node)
        continue
      }
      for (new, lead) in before[number] ?? [] {
        row.add(.element(new))
        row.add(.text(lead))
      }
      if let (lead, rest) = removed[number] {
        row.dropLast(lead)
        row.dropNext = rest
      } else {
        row.add(.element(replaced[number] ?? expected(child, number, document)))
      }
      for (new, lead) in after[number] ?? [] {
        row.add(.text(lead))
        row.add(.element(new))
      }
    }
    return row.nodes
  }

  /// Nodes in a row, texts beside one another being one.
  private struct NodeRow {
    private(set) var nodes: [XMLNode] = []
    /// Taken from the start of the next text.
    var dropNext = ""

    mutating func add(_ node: XMLNode) {
      guard case .text(var text) = node else {
        nodes.append(node)
        return
      }
      if text.utf8.starts(with: dropNext.utf8) { text = String(text.dropFirst(dropNext.count)) }
      dropNext = ""
      guard !text.isEmpty else { return }
      if case .text(let before)? = nodes.last {
        nodes[nodes.count - 1] = .text(before + text)
      } else {
        nodes.append(.text(text))
      }
    }

    mutating func dropLast(_ end: String) {
      guard !end.isEmpty, case .text(let text)? = nodes.last, text.hasSuffix(end) else { return }
      nodes.removeLast()
      if text != end { nodes.append(.text(String(text.dropLast(end.count)))) }
    }
  }
}
