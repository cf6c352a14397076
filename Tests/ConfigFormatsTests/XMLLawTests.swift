import Testing

@testable import ConfigFormats

extension GeneratedXML {
  static let newElements = [
    XMLElement("new"), XMLElement("port", children: [.text("993 & é€")]),
    XMLElement(
      "incomingServer", attributes: [XMLAttribute("type", "imap")],
      children: [
        .element(XMLElement("hostname", children: [.text("imap.example.com")])),
        .element(XMLElement("deep", children: [.element(XMLElement("leaf"))])),
      ]),
  ]

  static let values = [
    "imap", "", "a&b<c>", "'\"", "é€ゾя", "]]>", "993", "x  y", "😀", "imap.example.com",
  ]

  /// A change that can be made.
  func change(_ random: inout SeededGenerator) -> XMLChange {
    let index = random.below(elements.count)
    let element = elements[index]
    let new = random.pick(Self.newElements)
    let isOneText = !element.hasChildren && element.pieces <= 1
    switch random.below(8) {
    case 0, 1:
      let name = element.attributes.randomElement(using: &random)?.name ?? "k"
      return .attribute(
        of: index, name: random.chance(80) ? name : "new",
        value: random.chance(80) ? random.pick(Self.values) : nil)
    case 2 where isOneText, 3 where isOneText:
      return .text(of: index, random.pick(Self.values))
    case 4 where index > 0: return .insertBefore(index, new)
    case 5 where index > 0: return .insertAfter(index, new)
    case 6 where index > 0: return .remove(index)
    case 7 where index > 0: return .replace(index, new)
    default: return .attribute(of: index, name: "k", value: random.pick(Self.values))
    }
  }

  /// What the document says after a change, found without any document.
  func lines(after change: XMLChange) -> [String] {
    var lines = lines
    let index = change.element
    var element = elements[index]
    let rest = index..<element.descendants.upperBound
    func new(_ element: XMLElement) -> [String] {
      Self.lines(of: element, depth: elements[index].depth)
    }
    switch change {
    case .attribute(_, let name, let value):
      if let place = element.attributes.firstIndex(where: { $0.name == name }) {
        if let value {
          element.attributes[place].value = value
        } else {
          element.attributes.remove(at: place)
        }
      } else if let value {
        element.attributes.append((name, value, 0..<0))
      }
      lines[index] = Self.line(element)
    case .text(_, let text, _):
      element.text = text
      lines[index] = Self.line(element)
    case .insertBefore(_, let element): lines.insert(contentsOf: new(element), at: index)
    case .insertAfter(_, let element): lines.insert(contentsOf: new(element), at: rest.upperBound)
    case .append(_, let element): lines.insert(contentsOf: new(element), at: rest.upperBound)
    case .remove:
      lines.removeSubrange(rest)
      // Whether the parent still holds elements decides which of its blanks count.
      if let parent = elements.indices.last(where: {
        $0 < index && elements[$0].depth < element.depth
      }) {
        var around = elements[parent]
        if around.descendants == rest { around.descendants = 0..<0 }
        lines[parent] = Self.line(around)
      }
    case .move(_, let target):
      let moved = Array(lines[rest])
      let end = elements[target].descendants.upperBound
      lines.insert(contentsOf: moved, at: end)
      let gone = end <= rest.lowerBound ? rest.lowerBound + moved.count : rest.lowerBound
      lines.removeSubrange(gone..<gone + moved.count)
    case .replace(_, let element): lines.replaceSubrange(rest, with: new(element))
    }
    return lines
  }

  /// Where a change may touch the bytes: nothing but blanks around its own place.
  func reachViolations(_ edits: [SourceEdit], _ change: XMLChange) -> [String] {
    let element = elements[change.element]
    let unit = encoding.wide == nil ? 1 : 2
    func isBlank(_ range: Range<Int>) -> Bool {
      let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
      return stride(from: range.lowerBound, to: range.upperBound, by: unit).allSatisfy { place in
        let character = bytes[place..<place + unit].filter { $0 != 0 }
        return character.count == 1 && blanks.contains(character[0])
      }
    }
    if case .move(_, let target) = change {
      guard edits.count == 2, edits[0].range.isEmpty,
        edits[0].range.lowerBound == elements[target].whole.upperBound,
        edits[0].replacement.suffix(element.whole.count).elementsEqual(bytes[element.whole])
      else { return ["what moves is not as it was, or elsewhere"] }
      return reachViolations([edits[1]], .remove(change.element))
    }
    guard edits.count == 1, let edit = edits.first else {
      return ["\(edits.count) edits for one change"]
    }
    let reach: Range<Int>
    switch change {
    case .attribute(_, let name, let value):
      let present = element.attributes.first { $0.name == name }
      if let present, value != nil {
        return edit.range == present.range ? [] : ["an attribute's edit is not its value"]
      }
      // In the start tag; only an addition takes nothing away.
      let tag = element.whole.lowerBound..<element.content.lowerBound
      guard tag.contains(edit.range.lowerBound), edit.range.upperBound < tag.upperBound else {
        return ["an attribute outside of its tag"]
      }
      return present == nil && !edit.range.isEmpty ? ["an addition takes bytes away"] : []
    case .text:
      let isEmptyTag = element.content.upperBound == element.whole.upperBound
      reach = isEmptyTag ? element.whole : element.content
      return reach.lowerBound <= edit.range.lowerBound && edit.range.upperBound <= reach.upperBound
        ? [] : ["text outside of its element"]
    case .insertBefore: reach = element.whole.lowerBound..<element.whole.lowerBound
    case .insertAfter: reach = element.whole.upperBound..<element.whole.upperBound
    case .append:
      return edit.range.isEmpty || isBlank(edit.range) ? [] : ["more than blanks taken away"]
    case .replace: reach = element.whole
    case .remove:
      guard edit.range.lowerBound <= element.whole.lowerBound,
        edit.range.upperBound >= element.whole.upperBound,
        isBlank(edit.range.lowerBound..<element.whole.lowerBound),
        isBlank(element.whole.upperBound..<edit.range.upperBound), edit.replacement.isEmpty
      else { return ["a removal takes more than its element and blanks"] }
      return []
    case .move: return []
    }
    return edit.range == reach ? [] : ["an edit is not in its place"]
  }

  /// Line ends and blank lines of what was put in or taken out.
  func layoutViolations(_ edits: [SourceEdit], _ change: XMLChange, result: [UInt8]) -> [String] {
    func breaks(_ bytes: [UInt8]) -> (lf: Int, cr: Int) {
      (bytes.count { $0 == 10 }, bytes.count { $0 == 13 })
    }
    let (before, after) = (breaks(bytes), breaks(result))
    let added = (lf: after.lf - before.lf, cr: after.cr - before.cr)
    switch change {
    case .insertBefore, .insertAfter, .append, .replace, .remove:
      let isRight =
        switch lineBreak {
        case "\n": added.cr == 0
        case "\r\n": added.lf == added.cr
        default: added.lf == 0
        }
      var violations = isRight ? [] : ["other line ends than the document has"]
      if case .remove = change, let edit = edits.first {
        let whole = elements[change.element].whole
        let own = breaks(Array(bytes[whole]))
        let gone = breaks(Array(bytes[edit.range]))
        let lines = hasBlankLines(around: whole) ? 2 : 1
        if max(gone.lf - own.lf, gone.cr - own.cr) > lines {
          violations.append("more than a line goes")
        }
        let unit = encoding.wide == nil ? 1 : 2
        let isAlone = isOwnLine(whole, unit)
        if isAlone, max(gone.lf - own.lf, gone.cr - own.cr) != lines {
          violations.append("an empty line stays")
        }
      }
      return violations
    case .attribute, .text, .move: return []
    }
  }

  /// Whether a blank line stands in front, and another or an end tag behind.
  private func hasBlankLines(around whole: Range<Int>) -> Bool {
    func text(_ range: Range<Int>) -> String {
      let text = (try? XMLEncoding(of: bytes))?.decoded(bytes[range]) ?? ""
      return XMLDocument.normalized(text)
    }
    return text(encoding.mark.count..<whole.lowerBound).contains(/\n[ \t]*\n[ \t]*$/)
      && text(whole.upperBound..<bytes.count).contains(/^[ \t]*\n[ \t]*(?:\n|<\/)/)
  }

  /// A move that changes the order of elements beside one another.
  func move(_ random: inout SeededGenerator) -> XMLChange? {
    func parent(_ index: Int) -> Int? {
      elements.indices.last { $0 < index && elements[$0].depth < elements[index].depth }
    }
    let index = random.below(elements.count)
    let beside = elements.indices.filter {
      $0 != index && index > 0 && elements[$0].depth == elements[index].depth
        && parent($0) == parent(index)
    }
    return beside.randomElement(using: &random).map { .move(index, behind: $0) }
  }

  /// Whether nothing but spaces and tabs stands beside an element on its first and last line.
  private func isOwnLine(_ whole: Range<Int>, _ unit: Int) -> Bool {
    func character(_ place: Int) -> UInt8? {
      guard place >= encoding.mark.count, place + unit <= bytes.count else { return nil }
      let parts = bytes[place..<place + unit].filter { $0 != 0 }
      return parts.count == 1 ? parts[0] : nil
    }
    var before = whole.lowerBound - unit
    while let blank = character(before), blank == 32 || blank == 9 { before -= unit }
    var after = whole.upperBound
    while let blank = character(after), blank == 32 || blank == 9 { after += unit }
    guard let first = character(before), let last = character(after) else { return false }
    return [10, 13].contains(first) && [10, 13].contains(last)
  }
}

typealias XMLEditing = (XMLDocument, [XMLChange]) throws -> [SourceEdit]

/// Checks one change against the laws; the result names those that are broken.
func xmlLawViolations(
  _ generated: GeneratedXML, _ document: XMLDocument, _ change: XMLChange,
  editing: XMLEditing = { try $0.edits(applying: $1) }
) throws -> [String] {
  var violations: [String] = []
  let edits = try editing(document, [change])
  let result = try document.source.applying(edits)
  violations += editLawViolations(document.source, edits, result: result)
  let expected = generated.lines(after: change)
  guard let after = try? XMLDocument(parsing: result) else { return ["the result does not parse"] }
  if GeneratedXML.lines(of: after.tree.root) != expected {
    violations.append("the result says something else")
  }
  if expected == generated.lines {
    if !edits.isEmpty, !change.isOfElement { violations.append("what is so already is written") }
  } else {
    violations += generated.reachViolations(edits, change)
    violations += generated.layoutViolations(edits, change, result: result)
  }
  return violations
}

extension XMLChange {
  fileprivate var isOfElement: Bool {
    switch self {
    case .attribute, .text: false
    default: true
    }
  }
}

/// Where lexer and generator disagree.
func placeViolations(_ generated: GeneratedXML, _ document: XMLDocument) -> [String] {
  var violations: [String] = []
  if GeneratedXML.lines(of: document.tree.root) != generated.lines { violations.append("misread") }
  guard document.places.count == generated.elements.count else { return ["elements are missed"] }
  for (place, truth) in zip(document.places, generated.elements) {
    if place.whole != truth.whole { violations.append("an element is elsewhere") }
    if place.content != truth.content { violations.append("content is elsewhere") }
    if place.attributes.map(\.value) != truth.attributes.map(\.range) {
      violations.append("attributes are elsewhere")
    }
  }
  return violations
}

@Suite struct XMLLawTests {
  /// Some of every encoding, a few of them larger than libxml2's buffers.
  static func documents(_ random: inout SeededGenerator, rounds: Int) -> [GeneratedXML] {
    (0..<rounds).flatMap { round in
      TestEncoding.all.map {
        GeneratedXML(&random, encoding: $0, size: round % 20 == 0 ? 700 : random.below(25) + 1)
      }
    }
  }

  @Test func `laws hold over generated documents of all styles and encodings`() throws {
    var random = SeededGenerator(seed: 70)
    var (documents, changes, large) = (0, 0, 0)
    for generated in Self.documents(&random, rounds: 18) {
      documents += 1
      if generated.bytes.count > 33_000 { large += 1 }
      let document = try XMLDocument(parsing: generated.bytes)
      let misplaced = placeViolations(generated, document)
      #expect(misplaced.isEmpty, "\(PrintableText.escaping(generated.bytes.prefix(2_000)))")
      for _ in 0..<(generated.elements.count > 300 ? 2 : 7) {
        let change = generated.change(&random)
        changes += 1
        let violations: [String]
        do {
          violations = try xmlLawViolations(generated, document, change)
        } catch {
          violations = ["\(error)"]
        }
        #expect(
          violations.isEmpty,
          "\(generated.encoding.declared ?? "-") \(change): \(generated.bytes.prefix(2_000).printable)"
        )
      }
    }
    #expect(documents >= 300 && changes > 2_000 && large >= 10)
  }

  @Test func `what moves keeps every byte`() throws {
    var random = SeededGenerator(seed: 73)
    var count = 0
    for generated in Self.documents(&random, rounds: 12) where generated.elements.count < 100 {
      guard let change = generated.move(&random) else { continue }
      count += 1
      let document = try XMLDocument(parsing: generated.bytes)
      let violations = try xmlLawViolations(generated, document, change)
      #expect(
        violations.isEmpty,
        "\(generated.encoding.declared ?? "-") \(change): \(generated.bytes.prefix(2_000).printable)"
      )
    }
    #expect(count > 80)
    var document = try XMLDocument(parsing: Array("<a><b/><c><d/></c></a>".utf8))
    #expect(throws: XMLEditError.self) { try document.edits(applying: [.move(3, behind: 1)]) }
    document = try XMLDocument(
      parsing: document.source.applying(
        document.edits(applying: [.move(1, behind: 2)])))
    #expect(document.source.bytes == Array("<a><c><d/></c><b/></a>".utf8))
  }

  /// Undo by key: elements that went are back in their places, whatever else changed.
  @Test func `several keys are set at once`() throws {
    let row = Array("<a><s>1</s><s>2</s><s>3</s><t/></a>".utf8)
    let left = try XMLDocument(parsing: Array("<a><s>3</s><t/><u>new</u></a>".utf8))
    let values: [(key: String, value: [UInt8]?)] = [
      ("s[3]/.", utf8("<s>3</s>")), ("s/.", utf8("<s>1</s>")), ("s[2]/.", utf8("<s>2</s>")),
    ]
    // One by one the third has no place.
    #expect(throws: KeyedDocumentError.noSuchPlace(key: "s[3]/.")) {
      try left.edits(setting: "s[3]/.", to: utf8("<s>3</s>"))
    }
    let back = try left.source.applying(left.edits(setting: values))
    #expect(back == Array("<a><s>1</s><s>2</s><s>3</s><t/><u>new</u></a>".utf8))
    #expect(try left.edits(setting: []).isEmpty)
    // Ten come before nine in the alphabet.
    let ten = (1...10).map { (key: "s\($0 == 1 ? "" : "[\($0)]")", value: Optional(utf8("\($0)"))) }
    let empty = try XMLDocument(parsing: Array("<a><s>x</s></a>".utf8))
    let filled = try XMLDocument(
      parsing: empty.source.applying(empty.edits(setting: ten.reversed())))
    #expect(filled.tree.root.elements.map(\.text) == (1...10).map(String.init))
    // Two keys of one place cannot both be.
    let document = try XMLDocument(parsing: row)
    #expect(throws: KeyedDocumentError.self) {
      try document.edits(setting: [("s", utf8("5")), ("s/.", utf8("<s>6</s>"))])
    }
    // What goes moves others up: what would then be said is not what was asked for.
    #expect(throws: KeyedDocumentError.self) {
      try document.edits(setting: [("s/.", nil), ("s[2]/.", nil)])
    }
  }

  @Test func `several changes at once say the same as one after the other`() throws {
    var random = SeededGenerator(seed: 71)
    var count = 0
    for generated in Self.documents(&random, rounds: 5) where generated.elements.count < 100 {
      let document = try XMLDocument(parsing: generated.bytes)
      // From the end to the beginning, so that numbers stay the same.
      var changes: [XMLChange] = []
      var limit = generated.elements.count
      for _ in 0..<20 {
        let change = generated.change(&random)
        guard generated.elements[change.element].descendants.upperBound <= limit,
          change.element < limit
        else { continue }
        limit = change.element
        changes.append(change)
      }
      count += changes.count
      let together = try document.source.applying(document.edits(applying: changes.reversed()))
      var step = document
      for change in changes {
        step = try XMLDocument(parsing: step.source.applying(step.edits(applying: [change])))
      }
      #expect(
        GeneratedXML.lines(of: try XMLTree(parsing: together).root)
          == GeneratedXML.lines(of: step.tree.root))
    }
    #expect(count > 150)
  }

  @Test func `what went by its key comes back by it`() throws {
    var random = SeededGenerator(seed: 72)
    var count = 0
    for generated in Self.documents(&random, rounds: 4) where generated.elements.count < 60 {
      let document = try XMLDocument(parsing: generated.bytes)
      for key in document.keys(withPrefix: "").shuffled(using: &random).prefix(4) {
        guard let before = document.value(forKey: key),
          let edits = try? document.edits(setting: key, to: utf8("imap"))
        else { continue }
        count += 1
        let changed = try XMLDocument(parsing: document.source.applying(edits))
        #expect(changed.value(forKey: key) == utf8("imap"))
        let back = try XMLDocument(
          parsing: changed.source.applying(changed.edits(setting: key, to: before)))
        #expect(GeneratedXML.lines(of: back.tree.root) == generated.lines)
      }
    }
    #expect(count > 150)
  }

  @Test func `the laws catch broken editors`() throws {
    func changing(_ body: @escaping (XMLDocument, SourceEdit) -> SourceEdit) -> XMLEditing {
      { document, changes in try document.edits(applying: changes).map { body(document, $0) } }
    }
    func replacing(_ old: String, _ new: String) -> XMLEditing {
      changing { document, edit in
        let text = document.encoding.decoded(edit.replacement[...]) ?? ""
        return SourceEdit(
          range: edit.range,
          replacement: document.encoding.encoded(text.replacing(old, with: new)) ?? [])
      }
    }
    let breakages: [(String, XMLEditing)] = [
      ("does nothing", { _, _ in [] }),
      ("does not escape", replacing("&lt;", "<")),
      ("forgets the ampersand", replacing("&amp;", "&")),
      ("escapes twice", replacing("&amp;", "&amp;amp;")),
      ("knows one kind of quotes", replacing("&apos;", "'")),
      ("knows LF only", replacing("\r\n", "\n")),
      (
        "writes UTF-8 everywhere",
        changing { document, edit in
          let text = document.encoding.decoded(edit.replacement[...]) ?? ""
          return SourceEdit(range: edit.range, replacement: utf8(text))
        }
      ),
      (
        "counts bytes for characters",
        changing { document, edit in
          let start = edit.range.lowerBound - document.encoding.markLength
          return SourceEdit(
            range: start..<start + edit.range.count, replacement: edit.replacement)
        }
      ),
      (
        "takes the quotes for the value",
        changing { document, edit in
          guard !edit.range.isEmpty, !edit.replacement.isEmpty else { return edit }
          let width = document.encoding.width
          return SourceEdit(
            range: edit.range.lowerBound - width..<edit.range.upperBound + width,
            replacement: edit.replacement)
        }
      ),
      (
        "leaves the line of what is removed",
        { document, changes in
          guard case .remove(let index)? = changes.first else {
            return try document.edits(applying: changes)
          }
          return [SourceEdit(range: document.places[index].whole, replacement: [])]
        }
      ),
      (
        "removes the line end behind as well",
        { document, changes in
          guard case .remove? = changes.first,
            let edit = try document.edits(applying: changes).first,
            let rest = document.leadRange(before: document.source.bytes.count),
            rest.lowerBound >= edit.range.upperBound
          else { return try document.edits(applying: changes) }
          var end = edit.range.upperBound
          while end < document.source.bytes.count, document.source.bytes[end].isXMLBlank {
            end += 1
          }
          return [SourceEdit(range: edit.range.lowerBound..<end, replacement: [])]
        }
      ),
      (
        "inserts behind instead of before",
        { document, changes in
          guard case .insertBefore(let index, let new)? = changes.first else {
            return try document.edits(applying: changes)
          }
          return try document.edits(applying: [.insertAfter(index, new)])
        }
      ),
      (
        "changes the element before",
        { document, changes in
          guard case .attribute(let index, let name, let value)? = changes.first, index > 0 else {
            return try document.edits(applying: changes)
          }
          return try document.edits(
            applying: [.attribute(of: index - 1, name: name, value: value)])
        }
      ),
      (
        "writes what is there already",
        { document, changes in
          let edits = try document.edits(applying: changes)
          guard edits.isEmpty, let value = document.places[0].attributes.first?.value else {
            return edits
          }
          return [SourceEdit(range: value, replacement: Array(document.source.bytes[value]))]
        }
      ),
      (
        "writes the whole file anew",
        { document, changes in
          guard
            let new = try? XMLDocument(
              parsing: document.source.applying(document.edits(applying: changes))),
            let bytes = XMLMarkup(encoding: document.encoding, lineBreak: "\n", quote: "\"")
              .bytes(of: new.tree.root)
          else { return [] }
          return [SourceEdit(range: document.places[0].whole, replacement: bytes)]
        }
      ),
    ]
    for (name, breakage) in breakages {
      var random = SeededGenerator(seed: 73)
      var caught = false
      for generated in Self.documents(&random, rounds: 5) where !caught {
        guard generated.elements.count < 100 else { continue }
        let document = try XMLDocument(parsing: generated.bytes)
        for _ in 0..<6 where !caught {
          let change = generated.change(&random)
          // Edits that cannot be made at all are caught as well.
          caught =
            !((try? xmlLawViolations(generated, document, change, editing: breakage)) ?? ["threw"])
            .isEmpty
        }
      }
      #expect(caught, "\(name)")
    }
  }

  @Test func `random mutations never crash, and what is accepted can be edited`() throws {
    var random = SeededGenerator(seed: 74)
    var sound = 0
    for _ in 0..<150 {
      for encoding in TestEncoding.all {
        let generated = GeneratedXML(&random, encoding: encoding, size: random.below(6) + 1)
        let bytes = random.mutating(generated.bytes, upTo: 2)
        let document: XMLDocument
        do {
          document = try XMLDocument(parsing: bytes)
        } catch {
          #expect(error.excerpt.utf8.count < 2_000)
          continue
        }
        sound += 1
        #expect(document.places.allSatisfy { $0.whole.upperBound <= bytes.count })
        let index = random.below(document.places.count)
        let edits = try document.edits(
          applying: [.attribute(of: index, name: "mutated", value: "é")])
        let after = try XMLDocument(parsing: document.source.applying(edits))
        #expect(after.element(index).attribute("mutated") == "é")
      }
    }
    #expect(sound > 400 && sound < 2_400)
  }
}
