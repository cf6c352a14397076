import ConfigFormats

/// A well-formed file under the rules: its elements with their places, and what was found so far.
struct LintedDocument {
  let file: String
  let xml: XMLDocument
  let text: XMLSourceText
  /// Each under its number.
  let elements: [XMLElement]
  private(set) var findings: [LintFinding] = []
  /// Offsets of findings of more than a note.
  private(set) var marked: [Int] = []

  init(file: String, xml: XMLDocument) {
    self.file = file
    self.xml = xml
    text = xml.sourceText
    elements = xml.elements
  }

  // MARK: Elements

  func children(_ index: Int) -> [Int] { xml.places[index].children }

  func children(_ index: Int, _ name: String) -> [Int] {
    children(index).filter { elements[$0].name == name }
  }

  /// The numbers of an element and of all within it.
  func subtree(_ index: Int) -> Range<Int> {
    var end = index + 1
    while end < elements.count,
      xml.places[end].startTag.lowerBound < xml.places[index].whole.upperBound
    {
      end += 1
    }
    return index..<end
  }

  // MARK: Places

  func tagPlace(_ index: Int) -> Int { xml.places[index].startTag.lowerBound }

  /// Where an element's text begins, blanks left out; its tag where there is none.
  func textPlace(_ index: Int) -> Int {
    let content = xml.places[index].content
    let bytes = xml.source.bytes
    let start = content.first { !" \t\r\n\0".utf8.contains(bytes[$0]) }
    return start ?? tagPlace(index)
  }

  /// Where a part of an element's text stands, if it is written as it reads.
  func textPlace(_ index: Int, of part: String) -> Int {
    let content = xml.places[index].content
    let wanted = Array(part.utf8)
    guard !wanted.isEmpty, content.count >= wanted.count else { return textPlace(index) }
    let starts = content.lowerBound...(content.upperBound - wanted.count)
    return starts.first { xml.source.bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
      ?? textPlace(index)
  }

  /// Where an attribute's value begins; the tag where there is no such attribute.
  func attributePlace(_ index: Int, _ name: String) -> Int {
    attribute(index, name)?.value.lowerBound ?? tagPlace(index)
  }

  func attributeNamePlace(_ index: Int, _ name: String) -> Int {
    attribute(index, name)?.name.lowerBound ?? tagPlace(index)
  }

  private func attribute(_ index: Int, _ name: String) -> XMLPlace.Attribute? {
    xml.places[index].attributes.first { attribute in
      let bytes = xml.source.bytes[attribute.name].filter { $0 != 0 }
      return bytes.elementsEqual(name.utf8)
    }
  }

  func place(at offset: Int) -> LintFinding.Place { LintFinding.Place(file, text, offset) }

  // MARK: Findings

  mutating func report(_ rule: LintRule, at offset: Int, _ text: String, fix: String? = nil) {
    if rule.severity != .note { marked.append(offset) }
    findings.append(LintFinding(rule, file, self.text, at: offset, text, fix: fix))
  }

  mutating func report(
    _ rule: LintRule, at offset: Int, _ text: String, fix: String? = nil, first: Int
  ) {
    report(rule, at: offset, text, fix: fix)
    findings[findings.count - 1].related = [place(at: first)]
  }
}
