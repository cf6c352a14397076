/// Finds the places for a batch of changes, and notes what the document must say afterwards.
struct XMLEditor {
  private let document: XMLDocument
  private let markup: XMLMarkup
  private(set) var edits: [SourceEdit] = []
  private(set) var intent = XMLIntent()

  init(_ document: XMLDocument) {
    self.document = document
    markup = XMLMarkup(
      encoding: document.encoding, lineBreak: document.lineBreak, quote: Self.quote(of: document))
  }

  /// The quotes that the document's first attribute has.
  private static func quote(of document: XMLDocument) -> Character {
    guard let value = document.places.lazy.compactMap(\.attributes.first).first?.value else {
      return "\""
    }
    let units = document.units
    return units[(value.lowerBound - units.start) / units.width - 1] == 0x27 ? "'" : "\""
  }

  mutating func add(_ change: XMLChange) throws(XMLEditError) {
    let index = change.element
    guard document.places.indices.contains(index) else { throw .notExpressible(change) }
    let isDone =
      switch change {
      case .attribute(_, let name, let value): setAttribute(name, of: index, to: value)
      case .text(_, let text, let keepingBlanks): setText(text, of: index, keepingBlanks)
      case .insertBefore(_, let element): insert(element, before: index)
      case .insertAfter(_, let element): insert(element, after: index)
      case .append(_, let element): append(element, in: index)
      case .remove: remove(index)
      case .move(_, let target): move(index, behind: target)
      case .replace(_, let element): replace(index, with: element)
      }
    guard isDone else { throw .notExpressible(change) }
  }

  private mutating func edit(_ range: Range<Int>, _ replacement: [UInt8]) {
    edits.append(SourceEdit(range: range, replacement: replacement))
  }

  // MARK: Attributes

  private mutating func setAttribute(_ name: String, of index: Int, to value: String?) -> Bool {
    // A declaration of a namespace would change what other names mean.
    guard XMLMarkup.isName(name), name != "xmlns", !name.hasPrefix("xmlns:") else { return false }
    let place = document.places[index]
    let present = place.attributes.first {
      document.encoding.decoded(document.source.bytes[$0.name]) == name
    }
    guard document.element(index).attribute(name) != value else { return true }
    intent.attributes[index, default: []].append((name, value))
    guard let value else {
      if let present { edit(present.whole, []) }
      return true
    }
    if let present {
      guard let bytes = markup.value(value, quote: quote(of: present)) else { return false }
      edit(present.value, bytes)
    } else {
      guard let bytes = markup.bytes(of: XMLAttribute(name, value)) else { return false }
      let end = place.attributes.last?.whole.upperBound ?? place.name.upperBound
      edit(end..<end, markup.ascii(" ") + bytes)
    }
    return true
  }

  private func quote(of attribute: XMLPlace.Attribute) -> Character {
    let units = document.units
    return units[(attribute.value.upperBound - units.start) / units.width] == 0x27 ? "'" : "\""
  }

  // MARK: Text

  private mutating func setText(_ text: String, of index: Int, _ keepingBlanks: Bool) -> Bool {
    let place = document.places[index]
    let element = document.element(index)
    guard place.children.isEmpty else { return false }
    guard (keepingBlanks ? element.trimmedText : element.text) != text else { return true }
    intent.texts[index] = (text, keepingBlanks)
    if place.isEmptyTag { return fill(index, with: markup.text(text)) }
    let pieces = place.pieces.filter { isText($0, countingBlanks: !keepingBlanks) }
    guard pieces.count <= 1 else { return false }
    switch pieces.first {
    case .text(let range): return replaceText(in: range, by: text, keepingBlanks)
    case .cdata(let range, let whole):
      if !text.utf8.has("]]>"), let bytes = markup.plain(text) {
        edit(core(of: range, keepingBlanks), bytes)
        return true
      }
      guard let bytes = markup.text(text) else { return false }
      let (leading, trailing) = document.blanks(of: range)
      let source = document.source.bytes
      edit(whole, keepingBlanks ? source[leading] + bytes + source[trailing] : bytes)
      return true
    default:
      // Only blanks, comments and instructions.
      let blank = place.pieces.first { if case .text = $0 { true } else { false } }
      guard case .text(let range) = blank else {
        let start = place.content.lowerBound
        return replaceText(in: start..<start, by: text, keepingBlanks)
      }
      return replaceText(in: range, by: text, false)
    }
  }

  private func isText(_ piece: XMLPlace.Piece, countingBlanks: Bool) -> Bool {
    switch piece {
    case .text(let range), .cdata(let range, _):
      countingBlanks || !isBlank(range)
    default: false
    }
  }

  private func isBlank(_ range: Range<Int>) -> Bool {
    document.blanks(of: range).leading == range
  }

  private func core(of range: Range<Int>, _ keepingBlanks: Bool) -> Range<Int> {
    guard keepingBlanks else { return range }
    let (leading, trailing) = document.blanks(of: range)
    return leading.upperBound..<trailing.lowerBound
  }

  private mutating func replaceText(
    in range: Range<Int>, by text: String, _ keepingBlanks: Bool
  ) -> Bool {
    guard let bytes = markup.text(text) else { return false }
    edit(core(of: range, keepingBlanks), bytes)
    return true
  }

  /// Makes a start and an end tag of an empty tag, `content` between them.
  private mutating func fill(_ index: Int, with content: [UInt8]?) -> Bool {
    guard let content else { return false }
    let place = document.places[index]
    let end = place.attributes.last?.whole.upperBound ?? place.name.upperBound
    let name = document.source.bytes[place.name]
    edit(
      end..<place.startTag.upperBound,
      markup.ascii(">") + content + markup.ascii("</") + name + markup.ascii(">"))
    return true
  }

  // MARK: Elements

  /// `element` in a layout, and as bytes.
  private func written(_ element: XMLElement, _ layout: XMLLayout) -> (XMLElement, [UInt8])? {
    let element = layout.laidOut(element)
    return markup.bytes(of: element).map { (element, $0) }
  }

  private mutating func insert(_ element: XMLElement, before index: Int) -> Bool {
    let layout = document.layout(of: index)
    guard index > 0, let (laidOut, bytes) = written(element, layout),
      let lead = markup.text(layout.lead)
    else { return false }
    let start = document.places[index].whole.lowerBound
    edit(start..<start, bytes + lead)
    intent.before[index, default: []].append((laidOut, layout.lead))
    return true
  }

  private mutating func insert(_ element: XMLElement, after index: Int) -> Bool {
    let layout = document.layout(of: index)
    guard index > 0, let (laidOut, bytes) = written(element, layout),
      let lead = markup.text(layout.lead)
    else { return false }
    let end = document.places[index].whole.upperBound
    edit(end..<end, lead + bytes)
    intent.after[index, default: []].append((laidOut, layout.lead))
    return true
  }

  private mutating func append(_ element: XMLElement, in index: Int) -> Bool {
    let place = document.places[index]
    if let last = place.children.last { return insert(element, after: last) }
    let isBare = place.pieces.allSatisfy {
      if case .text(let range) = $0 { isBlank(range) } else { false }
    }
    let layout = document.layoutWithin(index)
    guard isBare, let (laidOut, bytes) = written(element, layout),
      let lead = markup.text(layout.lead)
    else { return false }
    let close = layout.lead.isEmpty ? "" : document.closeLead(of: index)
    let content = lead + bytes + (markup.text(close) ?? [])
    intent.filled[index] = Self.nodes(layout.lead) + [.element(laidOut)] + Self.nodes(close)
    if place.isEmptyTag { return fill(index, with: content) }
    edit(place.content, content)
    return true
  }

  private static func nodes(_ blanks: String) -> [XMLNode] {
    blanks.isEmpty ? [] : [.text(blanks)]
  }

  private mutating func remove(_ index: Int) -> Bool {
    guard index > 0 else { return false }
    let whole = document.places[index].whole
    guard let lead = document.leadRange(before: whole.lowerBound),
      let rest = document.restOfLine(from: whole.upperBound)
    else {
      edit(whole, [])
      intent.removed[index] = ("", "")
      return true
    }
    let start = document.blankLine(around: lead, rest)?.lowerBound ?? lead.lowerBound
    edit(start..<rest.upperBound, [])
    intent.removed[index] = (document.lead(start..<lead.upperBound), document.lead(rest))
    return true
  }

  private mutating func move(_ index: Int, behind target: Int) -> Bool {
    let places = document.places
    guard places.indices.contains(target), index != target, index > 0,
      places[index].parent == places[target].parent
    else { return false }
    let lead = document.layout(of: target).lead
    guard let leadBytes = markup.text(lead) else { return false }
    let end = places[target].whole.upperBound
    edit(end..<end, leadBytes + document.source.bytes[places[index].whole])
    intent.after[target, default: []].append((document.element(index), lead))
    return remove(index)
  }

  private mutating func replace(_ index: Int, with element: XMLElement) -> Bool {
    guard let (laidOut, bytes) = written(element, document.layout(of: index)) else { return false }
    let place = document.places[index]
    guard document.element(index).withoutLayout != element.withoutLayout else { return true }
    edit(place.whole, bytes)
    intent.replaced[index] = laidOut
    return true
  }
}

extension XMLChange {
  var element: Int {
    switch self {
    case .attribute(let index, _, _), .text(let index, _, _), .insertBefore(let index, _),
      .insertAfter(let index, _), .append(let index, _), .remove(let index),
      .move(let index, _), .replace(let index, _):
      index
    }
  }
}
