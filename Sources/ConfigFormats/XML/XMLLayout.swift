/// Where line breaks and blanks stand around elements, and where they go around new ones. Line
/// breaks are LF here, as in an ``XMLTree``; a layout without any is on one line.
struct XMLLayout: Equatable {
  /// In front of the element, from the line break on.
  var lead = ""
  /// In front of elements in it.
  var childLead = ""
  /// In front of its end tag.
  var closeLead = ""

  /// `element` with this layout put between its parts; one that holds text is left as it is.
  func laidOut(_ element: XMLElement) -> XMLElement {
    Self.fill(element.withoutLayout, childLead, closeLead, unit: unit)
  }

  /// What a level is indented by.
  private var unit: String {
    let unit = childLead.dropFirst(closeLead.count)
    return childLead.hasPrefix(closeLead) && !unit.isEmpty ? String(unit) : "  "
  }

  private static func fill(
    _ element: XMLElement, _ childLead: String, _ closeLead: String, unit: String
  ) -> XMLElement {
    guard !childLead.isEmpty, !element.elements.isEmpty, element.text.isEmpty else {
      return element
    }
    var result = element
    result.children = element.children.flatMap { node -> [XMLNode] in
      guard case .element(let child) = node else { return [.text(childLead), node] }
      return [.text(childLead), .element(fill(child, childLead + unit, childLead, unit: unit))]
    }
    result.children.append(.text(closeLead))
    return result
  }
}

extension XMLDocument {
  var units: XMLUnits { XMLUnits(source.bytes, encoding) }

  private func index(_ offset: Int) -> Int { (offset - encoding.markLength) / encoding.width }

  /// The line break and the blanks right in front of `offset`, or nil where something else stands
  /// between the line's start and it.
  func leadRange(before offset: Int) -> Range<Int>? {
    let units = units
    let end = index(offset)
    var start = end
    while start > 0, units[start - 1] == 0x20 || units[start - 1] == 0x09 { start -= 1 }
    guard start > 0, units.isBlank(start - 1) else { return nil }
    start -= 1
    if start > 0, units[start] == 0x0A, units[start - 1] == 0x0D { start -= 1 }
    return units.range(start..<end)
  }

  /// A lead's characters, its line break as LF.
  func lead(_ range: Range<Int>?) -> String {
    guard let range else { return "" }
    let text = units.ascii(index(range.lowerBound)..<index(range.upperBound))
    return Self.normalized(text)
  }

  static func normalized(_ text: String) -> String {
    guard text.utf8.contains(.carriageReturn) else { return text }
    return text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
  }

  /// Spaces and tabs from `offset` to the end of its line; nil where something else stands there.
  func restOfLine(from offset: Int) -> Range<Int>? {
    let units = units
    let start = index(offset)
    var end = start
    while end < units.count, units[end] == 0x20 || units[end] == 0x09 { end += 1 }
    guard end == units.count || units.isBlank(end) else { return nil }
    return units.range(start..<end)
  }

  /// The blank line in front of an element that goes with its line: where a blank line or the end of
  /// what is around follows, it would be left behind.
  /// - Parameters:
  ///   - lead: as ``leadRange(before:)`` has it for the element.
  ///   - rest: as ``restOfLine(from:)`` has it.
  func blankLine(around lead: Range<Int>, _ rest: Range<Int>) -> Range<Int>? {
    guard let blank = leadRange(before: lead.lowerBound) else { return nil }
    let units = units
    var next = index(rest.upperBound)
    guard next < units.count else { return nil }
    if units[next] == 0x0D, next + 1 < units.count, units[next + 1] == 0x0A { next += 1 }
    next += 1
    while next < units.count, units[next] == 0x20 || units[next] == 0x09 { next += 1 }
    return next < units.count && (units.isBlank(next) || units.has("</", at: next)) ? blank : nil
  }

  /// The blanks at both ends of a range.
  func blanks(of range: Range<Int>) -> (leading: Range<Int>, trailing: Range<Int>) {
    let units = units
    var (start, end) = (index(range.lowerBound), index(range.upperBound))
    while start < end, units.isBlank(start) { start += 1 }
    while end > start, units.isBlank(end - 1) { end -= 1 }
    return (range.lowerBound..<units.offset(start), units.offset(end)..<range.upperBound)
  }

  /// The line break that the document has first.
  var lineBreak: String {
    let units = units
    guard let first = (0..<units.count).first(where: { units[$0] == 0x0A || units[$0] == 0x0D })
    else { return "\n" }
    if units[first] == 0x0A { return "\n" }
    return first + 1 < units.count && units[first + 1] == 0x0A ? "\r\n" : "\r"
  }

  /// The layout of an element, to be given to one beside it.
  func layout(of index: Int) -> XMLLayout {
    let place = places[index]
    let lead = lead(leadRange(before: place.startTag.lowerBound))
    if let first = place.children.first {
      let childLead = self.lead(leadRange(before: places[first].startTag.lowerBound))
      return XMLLayout(lead: lead, childLead: childLead, closeLead: childLead.isEmpty ? "" : lead)
    }
    guard !lead.isEmpty else { return XMLLayout() }
    return XMLLayout(lead: lead, childLead: lead + indent(below: index), closeLead: lead)
  }

  /// The layout of an element to come into one that holds none.
  func layoutWithin(_ index: Int) -> XMLLayout {
    let close = closeLead(of: index)
    guard !close.isEmpty else { return XMLLayout() }
    let unit = indent(below: index)
    return XMLLayout(lead: close + unit, childLead: close + unit + unit, closeLead: close + unit)
  }

  /// What stands before an element's end tag when elements come into it; nothing for one that does
  /// not begin its line.
  func closeLead(of index: Int) -> String {
    let start = places[index].startTag.lowerBound
    if let lead = leadRange(before: start) { return self.lead(lead) }
    // A root with nothing in front has a line of its own if it is followed by a line end.
    return start == encoding.markLength && lineRangeEnds(index) ? "\n" : ""
  }

  private func lineRangeEnds(_ index: Int) -> Bool {
    restOfLine(from: places[index].startTag.upperBound) != nil
      && places[index].whole.upperBound < source.bytes.count
  }

  /// What one level is indented by around an element: as its own level is, else the document's
  /// first.
  private func indent(below index: Int) -> String {
    var current: Int? = index
    while let element = current, let parent = places[element].parent {
      let inner = lead(leadRange(before: places[element].startTag.lowerBound))
      let outer = lead(leadRange(before: places[parent].startTag.lowerBound))
      let base = outer.isEmpty ? "\n" : outer
      if inner.hasPrefix(base), inner.count > base.count {
        return String(inner.dropFirst(base.count))
      }
      current = parent
    }
    return "  "
  }
}
