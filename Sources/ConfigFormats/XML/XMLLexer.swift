/// Where one element stands in the bytes of an ``XMLDocument``.
public struct XMLPlace: Sendable, Equatable {
  /// From `<` to behind `>`.
  public var startTag: Range<Int>
  public var name: Range<Int>
  public var attributes: [Attribute] = []
  /// Whether it is written `<name/>`, with no end tag.
  public var isEmptyTag = false
  /// Empty, and behind the start tag, for an empty tag.
  public var endTag: Range<Int>
  /// What stands between the tags, in order.
  var pieces: [Piece] = []
  /// Places of the elements around and within, in document order.
  public var parent: Int?
  public var children: [Int] = []

  public struct Attribute: Sendable, Equatable {
    public var name: Range<Int>
    /// Within the quotes.
    public var value: Range<Int>
    /// With the blanks in front and both quotes.
    var whole: Range<Int>
  }

  enum Piece: Sendable, Equatable {
    case text(Range<Int>)
    /// Without the marks of the CDATA section.
    case cdata(Range<Int>, whole: Range<Int>)
    case comment(Range<Int>)
    case instruction(Range<Int>)
    case element(Int)
  }

  /// The whole element.
  public var whole: Range<Int> { startTag.lowerBound..<endTag.upperBound }
  /// What stands between the tags.
  public var content: Range<Int> { startTag.upperBound..<endTag.lowerBound }
}

/// Finds the places of tags, attribute values and text.
///
/// It reads only documents that libxml2 has accepted, so it need not know what is an error; where
/// it meets something unknown, it gives up.
struct XMLLexer {
  struct Lost: Error {}

  private let units: XMLUnits
  private var place = 0
  private(set) var elements: [XMLPlace] = []
  /// The elements that are open.
  private var open: [Int] = []
  private var textStart = 0

  init(_ units: XMLUnits) throws(Lost) {
    self.units = units
    while place < units.count {
      if units[place] == 0x3C {
        try lexMarkup()
      } else {
        place += units.length(at: place)
      }
    }
    guard open.isEmpty, !elements.isEmpty else { throw Lost() }
  }

  private mutating func lexMarkup() throws(Lost) {
    endText()
    let start = place
    if units.has("</", at: place) {
      try lexEndTag()
    } else if units.has("<!--", at: place) {
      try skip(to: "-->", from: place + 4)
      add(.comment(units.range(start..<place)))
    } else if units.has("<![CDATA[", at: place) {
      try skip(to: "]]>", from: place + 9)
      add(.cdata(units.range(start + 9..<place - 3), whole: units.range(start..<place)))
    } else if units.has("<?", at: place) {
      try skip(to: "?>", from: place + 2)
      add(.instruction(units.range(start..<place)))
    } else if units.has("<!", at: place) {
      throw Lost()
    } else {
      try lexStartTag()
    }
    textStart = place
  }

  private mutating func endText() {
    if textStart < place { add(.text(units.range(textStart..<place))) }
  }

  private mutating func add(_ piece: XMLPlace.Piece) {
    if let current = open.last { elements[current].pieces.append(piece) }
  }

  /// Behind the first `mark` from `index` on, character by character: the second byte of one may
  /// look like part of the mark.
  private mutating func skip(to mark: StaticString, from index: Int) throws(Lost) {
    place = index
    while !units.has(mark, at: place) {
      guard place < units.count else { throw Lost() }
      place += units.length(at: place)
    }
    place += mark.utf8CodeUnitCount
  }

  private mutating func lexEndTag() throws(Lost) {
    let start = place
    try skip(to: ">", from: place + 2)
    guard let current = open.popLast() else { throw Lost() }
    elements[current].endTag = units.range(start..<place)
  }

  private mutating func lexStartTag() throws(Lost) {
    let start = place
    place += 1
    let name = try lexName()
    let index = elements.count
    var element = XMLPlace(
      startTag: units.range(start..<place), name: units.range(name),
      endTag: units.range(place..<place))
    while true {
      let blanks = place
      try skipBlanks()
      if units[place] == 0x3E || units.has("/>", at: place) { break }
      element.attributes.append(try lexAttribute(blanks))
    }
    element.isEmptyTag = units[place] != 0x3E
    place += element.isEmptyTag ? 2 : 1
    element.startTag = units.range(start..<place)
    element.endTag = units.range(place..<place)
    if let parent = open.last {
      element.parent = parent
      elements[parent].children.append(index)
      elements[parent].pieces.append(.element(index))
    }
    elements.append(element)
    if !element.isEmptyTag { open.append(index) }
  }

  private mutating func lexAttribute(_ blanks: Int) throws(Lost) -> XMLPlace.Attribute {
    let name = try lexName()
    try skipBlanks()
    guard units[place] == 0x3D else { throw Lost() }
    place += 1
    try skipBlanks()
    let quote = units[place]
    guard quote == 0x22 || quote == 0x27 else { throw Lost() }
    let start = place + 1
    place = start
    while place < units.count, units[place] != quote { place += 1 }
    guard place < units.count else { throw Lost() }
    place += 1
    return XMLPlace.Attribute(
      name: units.range(name), value: units.range(start..<place - 1),
      whole: units.range(blanks..<place))
  }

  private mutating func lexName() throws(Lost) -> Range<Int> {
    let start = place
    while place < units.count, !units.isBlank(place), units[place] != 0x3D, units[place] != 0x3E,
      units[place] != 0x2F
    {
      place += units.length(at: place)
    }
    guard start < place, place < units.count else { throw Lost() }
    return start..<place
  }

  private mutating func skipBlanks() throws(Lost) {
    while place < units.count, units.isBlank(place) { place += 1 }
    guard place < units.count else { throw Lost() }
  }
}
