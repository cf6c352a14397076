extension JSONDocument {
  /// The edit that puts `json` in the place of the value under `pointer`; none if it is the same
  /// value already.
  /// - Throws: `noSuchPlace` if there is none; `notExpressible` if `json` is not JSON.
  public func edits(
    replacing pointer: String, with json: [UInt8]
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    guard let node = node(at: pointer) else { throw .noSuchPlace(key: pointer) }
    let wished = try fragment(json, for: pointer)
    guard node.canonicalBytes != wished.root.canonicalBytes else { return [] }
    return [SourceEdit(range: node.range, replacement: json)]
  }

  /// The edits that take the elements at `positions` out of the array under `pointer`, each with its
  /// comma, and put `elements` (JSON texts) behind the rest, in the array's own style.
  ///
  /// A compact element that goes into an array whose elements are written over several lines is
  /// written so, too.
  /// - Throws: `notAList` if no array is there; `noSuchPlace` for a position beyond its end;
  ///   `notExpressible` if an element is not JSON.
  public func edits(
    ofArrayAt pointer: String, removing positions: [Int] = [], appending elements: [[UInt8]] = []
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    guard let array = node(at: pointer), array.kind == .array else { throw .notAList(key: pointer) }
    let children = array.children
    var removed = [Bool](repeating: false, count: children.count)
    for position in positions {
      guard removed.indices.contains(position) else { throw .noSuchPlace(key: pointer) }
      removed[position] = true
    }
    for element in elements { _ = try fragment(element, for: pointer) }
    let layout = JSONLayout(of: array)
    if !elements.isEmpty, removed.allSatisfy(\.self) {
      // Nothing stays that a comma could stand behind: the inside is written whole.
      return [layout.fill(with: elements)]
    }
    var edits = ListSplice.deletions(
      of: removed, from: children.map(\.outerRange), interior: array.interior
    ).map { SourceEdit(range: $0, replacement: []) }
    if !elements.isEmpty { edits.append(layout.append(elements)) }
    return edits
  }

  public func edits(
    appending element: [UInt8], toArrayAt pointer: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    try edits(ofArrayAt: pointer, appending: [element])
  }

  /// Of each element the edits that put it alone behind the rest, as the document is now.
  public func edits(
    appendingEach elements: [[UInt8]], toArrayAt pointer: String
  ) throws(KeyedDocumentError) -> [[SourceEdit]] {
    guard let array = node(at: pointer), array.kind == .array else { throw .notAList(key: pointer) }
    for element in elements { _ = try fragment(element, for: pointer) }
    let layout = JSONLayout(of: array)
    return elements.map { [layout.append([$0])] }
  }

  public func edits(
    removingElementAt position: Int, fromArrayAt pointer: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    try edits(ofArrayAt: pointer, removing: [position])
  }

  /// The edits that put the JSON text `value` under the pointer `key`, or take the member or element
  /// away. A member that is not there is added as the last of its object; the position behind an
  /// array's end (or `-`) appends, and so does `[name=text]` for a value that it would pick. Taking a member away takes all of its name.
  ///
  /// Made for one key at a time: two members added to one *empty* object touch the same bytes, and
  /// so may two neighbours taken away.
  public func edits(
    setting key: String, to value: [UInt8]?
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    guard let segments = JSONPointer.segments(of: key) else { throw .noSuchPlace(key: key) }
    if node(at: segments) != nil, let value { return try edits(replacing: key, with: value) }
    guard let name = segments.last else { throw .noSuchPlace(key: key) }
    guard let parent = node(at: segments.dropLast()) else {
      if value == nil { return [] }
      throw .noSuchPlace(key: key)
    }
    guard let value else { return removal(of: name, from: parent) }
    let wished = try fragment(value, for: key)
    switch parent.kind {
    case .object:
      return [JSONLayout(of: parent).append([value], name: JSONSpelling.string(name))]
    case .array where name == "-" || JSONPointer.position(of: name) == parent.childCount:
      return [JSONLayout(of: parent).append([value])]
    case .array where JSONPointer.selects(wished.root, segment: name):
      return [JSONLayout(of: parent).append([value])]
    default: throw .noSuchPlace(key: key)
    }
  }

  private func removal(of name: String, from parent: JSONNode) -> [SourceEdit] {
    guard let target = JSONPointer.child(of: parent, named: name) else { return [] }
    let children = parent.children
    let removed = children.map { child in
      parent.kind == .object ? child.nameBytes == target.nameBytes : child.index == target.index
    }
    return ListSplice.deletions(
      of: removed, from: children.map(\.outerRange), interior: parent.interior
    ).map { SourceEdit(range: $0, replacement: []) }
  }

  /// Takes out of the array under `key` every element that is one of `elements` (JSON texts),
  /// however spelled.
  public func edits(
    removing elements: [[UInt8]], fromListAt key: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    guard let array = node(at: key) else { return [] }
    guard array.kind == .array else { throw .notAList(key: key) }
    var unwanted = Set<[UInt8]>()
    for element in elements { unwanted.insert(try fragment(element, for: key).root.canonicalBytes) }
    let positions = array.children.enumerated().filter {
      unwanted.contains($0.element.canonicalBytes)
    }.map(\.offset)
    return try edits(ofArrayAt: key, removing: positions)
  }

  private func fragment(
    _ json: [UInt8], for key: String
  ) throws(KeyedDocumentError) -> JSONDocument {
    // A byte order mark is only passed over at the start of a file.
    guard !json.starts(with: byteOrderMark), let document = try? JSONDocument(parsing: json) else {
      throw .notExpressible(key: key)
    }
    return document
  }
}

extension JSONNode {
  /// The value together with its name, if it has one.
  var outerRange: Range<Int> {
    record.nameStart >= 0 ? Int(record.nameStart)..<Int(record.end) : range
  }

  /// What stands between a container's brackets.
  var interior: Range<Int> { range.lowerBound + 1..<range.upperBound - 1 }

  fileprivate var isMultiline: Bool {
    document.source.bytes[range].contains(where: \.isLineBreak)
  }
}

/// How one container is laid out, and how its neighbours are where it is empty.
private struct JSONLayout {
  let container: JSONNode
  let bytes: [UInt8]
  /// The blanks in front of the first child, and of a child behind a comma.
  private var lead: [UInt8]
  private var separator: [UInt8]
  /// The blanks in front of the closing bracket.
  private var close: [UInt8]
  /// What one level is indented by; nil if levels are not on lines of their own.
  private var unit: [UInt8]?
  /// The bytes between a name and its value.
  private var colon: [UInt8]
  private let lastChild: JSONNode?

  init(of container: JSONNode) {
    self.container = container
    bytes = container.document.source.bytes
    colon = JSONLayout.colon(in: container)
    let children = container.children
    lastChild = children.last
    if let first = children.first, let last = children.last {
      lead = Array(bytes[container.interior.lowerBound..<first.outerRange.lowerBound])
      separator = children.count > 1 ? JSONLayout.blanks(before: last, bytes) : lead
      close = Array(bytes[last.range.upperBound..<container.interior.upperBound])
      unit = JSONLayout.indentUnit(lead: lead, close: close)
      // Several elements a line, or several lines a level: what is put in stays as it is given.
      let nested = children.last { $0.kind == .object || $0.kind == .array }
      if let nested, nested.childCount > 0, !nested.isMultiline { unit = nil }
    } else {
      (lead, close, unit) = JSONLayout.layoutOfEmpty(container)
      separator = lead
    }
  }

  /// `elements` behind the last child.
  func append(_ elements: [[UInt8]], name: [UInt8]? = nil) -> SourceEdit {
    guard let last = lastChild else { return fill(with: elements, name: name) }
    var text: [UInt8] = []
    for element in elements {
      text.append(.comma)
      text += separator
      text += child(element, name: name, indentedBy: JSONLayout.indent(of: separator))
    }
    let end = last.range.upperBound
    return SourceEdit(range: end..<end, replacement: text)
  }

  /// `elements` instead of everything between the brackets.
  func fill(with elements: [[UInt8]], name: [UInt8]? = nil) -> SourceEdit {
    var text = lead
    for (position, element) in elements.enumerated() {
      if position > 0 {
        text.append(.comma)
        text += separator
      }
      text += child(element, name: name, indentedBy: JSONLayout.indent(of: lead))
    }
    return SourceEdit(range: container.interior, replacement: text + close)
  }

  private func child(_ json: [UInt8], name: [UInt8]?, indentedBy indent: [UInt8]) -> [UInt8] {
    let head = name.map { $0 + colon } ?? []
    guard let unit, !json.contains(where: \.isLineBreak),
      let document = try? JSONDocument(parsing: json)
    else { return head + json }
    var result = head
    let lineEnd = lead.prefix(while: { !$0.isLineBreak }).isEmpty ? lead : close
    let breakBytes = lineEnd.filter(\.isLineBreak)
    append(
      document.root, to: &result, lineBreak: breakBytes.isEmpty ? [.lineFeed] : breakBytes,
      indent: indent, unit: unit)
    return result
  }

  /// A fragment over several lines. Recursion is bounded by the parser's depth limit.
  private func append(
    _ node: JSONNode, to result: inout [UInt8], lineBreak: [UInt8], indent: [UInt8], unit: [UInt8]
  ) {
    guard node.kind == .object || node.kind == .array, node.childCount > 0 else {
      result += node.rawBytes
      return
    }
    result.append(UInt8(ascii: node.kind == .array ? "[" : "{"))
    for (position, child) in node.children.enumerated() {
      if position > 0 { result.append(.comma) }
      result += lineBreak + indent + unit
      if child.record.nameStart >= 0 {
        let name = Int(child.record.nameStart)..<Int(child.record.nameEnd)
        result += node.document.source.bytes[name] + colon
      }
      append(child, to: &result, lineBreak: lineBreak, indent: indent + unit, unit: unit)
    }
    result += lineBreak + indent
    result.append(UInt8(ascii: node.kind == .array ? "]" : "}"))
  }

  // MARK: Finding out

  private static func blanks(before child: JSONNode, _ bytes: [UInt8]) -> [UInt8] {
    let end = child.outerRange.lowerBound
    var start = end
    while start > 0, bytes[start - 1].isJSONBlank { start -= 1 }
    return Array(bytes[start..<end])
  }

  /// What stands behind the last line break of some blanks.
  private static func indent(of blanks: [UInt8]) -> [UInt8] {
    guard let lineBreak = blanks.lastIndex(where: \.isLineBreak) else { return [] }
    return Array(blanks[(lineBreak + 1)...])
  }

  private static func indentUnit(lead: [UInt8], close: [UInt8]) -> [UInt8]? {
    guard lead.contains(where: \.isLineBreak), close.contains(where: \.isLineBreak) else {
      return nil
    }
    let (inner, outer) = (indent(of: lead), indent(of: close))
    guard inner.starts(with: outer) else { return nil }
    return Array(inner[outer.count...])
  }

  private static func colon(in container: JSONNode) -> [UInt8] {
    let document = container.document
    let member =
      container.children.last { $0.record.nameStart >= 0 }?.record
      ?? document.records.first { $0.nameStart >= 0 }
    guard let member else { return [UInt8(ascii: ":")] }
    return Array(document.source.bytes[Int(member.nameEnd)..<Int(member.start)])
  }

  /// The blanks for a container that has nothing to go by: those of the first container of the
  /// document that is laid out over lines, moved to this one's indentation.
  private static func layoutOfEmpty(
    _ container: JSONNode
  ) -> (lead: [UInt8], close: [UInt8], unit: [UInt8]?) {
    let document = container.document
    let bytes = document.source.bytes
    for index in document.records.indices {
      let other = JSONNode(document: document, index: index)
      guard let first = other.children.first, let last = other.children.last else { continue }
      let lead = Array(bytes[other.interior.lowerBound..<first.outerRange.lowerBound])
      let close = Array(bytes[last.range.upperBound..<other.interior.upperBound])
      guard let unit = indentUnit(lead: lead, close: close) else { continue }
      let line = document.source.lineRange(at: container.range.lowerBound)
      let indent = Array(bytes[line].prefix { $0 == .space || $0 == .tab })
      let lineBreak = lead.filter(\.isLineBreak)
      return (lineBreak + indent + unit, lineBreak + indent, unit)
    }
    return ([], [], nil)
  }
}
