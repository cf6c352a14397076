/// Thunderbird's msgFilterRules.dat: the message filters of one incoming server.
///
/// `version="9"`, `logging="no"`, then for each rule its lines from `name="…"` to `condition="…"`.
/// How the client reads it was tried with Thunderbird 153: attributes may share a line; blank lines,
/// CR LF and a byte order mark are taken; attributes before the first `name` are passed over; an
/// unknown one in a rule disables that rule; and where a value has no opening quote the client gives
/// up the *whole* file (``fault``).
///
/// As a ``KeyedDocument`` its keys are the rules' names, several rules of one name being told apart
/// by position: `name`, `name#2`, `name#3` (a rule that is really named so is found only if there is
/// no such count). The value is the rule's lines, spelled canonically, each with an LF.
public struct FilterRulesDocument: KeyedDocument {
  public let source: SourceText
  /// What keeps the client from reading the file at all, if anything. The rest of that line is
  /// passed over here, and what comes after it is read.
  public let fault: SyntaxError?
  private let attributes: [Attribute]
  private let stanzas: [Stanza]

  private struct Attribute {
    var name: Range<Int>
    var value: [UInt8]
    var range: Range<Int>
  }

  private struct Stanza {
    /// Into `attributes`, beginning with the one called name.
    var attributes: Range<Int>
    /// From the start of its first line to the start of the next rule's.
    var range: Range<Int>
  }

  /// - Throws: ``SyntaxError`` for a rule in front of the `version` line, for then the client takes
  ///   all rules for one, and no place for another can be found.
  public init(parsing bytes: [UInt8]) throws(SyntaxError) {
    let source = SourceText(bytes)
    var reader = Reader(bytes)
    var attributes: [Attribute] = []
    var fault: SyntaxError?
    while let item = reader.next() {
      switch item {
      case .attribute(let attribute): attributes.append(attribute)
      case .fault(let offset):
        // Its line is counted from the start of the file: for the first alone.
        if fault != nil { continue }
        fault = source.syntaxError(
          at: offset, problem: "an attribute without a quoted value",
          expected: "an opening quote, without which Thunderbird reads none of the filters")
      }
    }
    let starts = attributes.indices.filter { bytes[attributes[$0].name].elementsEqual("name".utf8) }
    if let first = starts.first {
      guard attributes[..<first].contains(where: { bytes[$0.name].elementsEqual("version".utf8) })
      else {
        throw source.syntaxError(
          at: attributes[first].name.lowerBound, problem: "a filter in front of the version line",
          expected: "version=\"9\"")
      }
    }
    let places = starts.map { Self.lineStart(before: attributes[$0].name.lowerBound, in: bytes) }
    self.source = source
    self.fault = fault
    self.attributes = attributes
    stanzas = starts.indices.map { index in
      let isLast = index + 1 == starts.count
      return Stanza(
        attributes: starts[index]..<(isLast ? attributes.count : starts[index + 1]),
        range: places[index]..<(isLast ? bytes.count : places[index + 1]))
    }
  }

  // MARK: Reading

  /// The rules in the order in which they run.
  public var rules: [FilterRule] { stanzas.map(rule) }

  /// The bytes of the file that hold the rule at `position` of ``rules``, line ends included.
  public func range(ofRuleAt position: Int) -> Range<Int>? {
    stanzas.indices.contains(position) ? stanzas[position].range : nil
  }

  /// Whether the client can read the rule at `position`: it disables one with an unknown attribute.
  public func hasUnknownAttributes(inRuleAt position: Int) -> Bool {
    guard stanzas.indices.contains(position) else { return false }
    return attributes[stanzas[position].attributes].contains { attribute in
      !Self.knownAttributes.contains { source.bytes[attribute.name].elementsEqual($0.utf8) }
    }
  }

  // FilterFileAttribTable in nsMsgFilterList.cpp, without the two of the header.
  private static let knownAttributes = [
    "name", "enabled", "description", "type", "scriptName", "action", "actionValue", "condition",
    "customId",
  ]

  private func rule(_ stanza: Stanza) -> FilterRule {
    var rule = FilterRule(name: [], isEnabled: false, type: 0, actions: [], condition: [])
    for attribute in attributes[stanza.attributes] {
      switch String(decoding: source.bytes[attribute.name], as: UTF8.self) {
      case "name": rule.name = attribute.value
      case "enabled": rule.isEnabled = attribute.value.elementsEqual("yes".utf8)
      case "type": rule.type = Int(String(decoding: attribute.value, as: UTF8.self)) ?? 0
      case "action": rule.actions.append(FilterRule.Action(name: attribute.value))
      case "actionValue":
        if !rule.actions.isEmpty { rule.actions[rule.actions.count - 1].value = attribute.value }
      case "condition": rule.condition = attribute.value
      default: break
      }
    }
    return rule
  }

  // MARK: Editing

  /// The edit that puts `rule` in front of the first one, so that it runs before all others, in the
  /// file's own line ends.
  /// - Throws: `notExpressible` if a value holds a line end or a NUL or ends with a backslash;
  ///   `noSuchPlace` if the file has no `version` line.
  public func edits(insertingFirst rule: FilterRule) throws(KeyedDocumentError) -> [SourceEdit] {
    let key = rule.nameText
    var values = [rule.name, rule.condition]
    for action in rule.actions { values += [action.name, action.value ?? []] }
    guard values.allSatisfy(FilterSpelling.isExpressible) else { throw .notExpressible(key: key) }
    return try insertion(of: rule.lines, key: key)
  }

  private func insertion(
    of lines: [[UInt8]], key: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    if let first = stanzas.first {
      let lineEnd = source.lineEnding.bytes
      let place = first.range.lowerBound
      return [SourceEdit(range: place..<place, replacement: lines.flatMap { $0 + lineEnd })]
    }
    guard attributes.contains(where: { source.bytes[$0.name].elementsEqual("version".utf8) }) else {
      throw .noSuchPlace(key: key)
    }
    return [source.insertion(ofLines: lines, at: source.bytes.count)]
  }

  public func value(forKey key: String) -> [UInt8]? {
    stanza(forKey: key).map(canonicalLines)
  }

  public func keys(withPrefix prefix: String) -> [String] {
    var counts: [[UInt8]: Int] = [:]
    var result: [String] = []
    for stanza in stanzas {
      let name = attributes[stanza.attributes.lowerBound].value
      counts[name, default: 0] += 1
      let count = counts[name, default: 1]
      guard let text = String(validating: name, as: UTF8.self) else { continue }
      let key = count == 1 ? text : "\(text)#\(count)"
      if key.utf8.starts(with: prefix.utf8) { result.append(key) }
    }
    return result
  }

  /// Takes a rule away with its lines, puts other lines in its place, or, where there is none of the
  /// name, puts a new one in front of the first.
  /// - Throws: `notExpressible` if `value` is not the lines of one rule with that name.
  public func edits(
    setting key: String, to value: [UInt8]?
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    let present = stanza(forKey: key)
    guard let value else {
      return present.map { [SourceEdit(range: $0.range, replacement: [])] } ?? []
    }
    let header = Array("version=\"9\"\n".utf8)
    guard let wished = try? FilterRulesDocument(parsing: header + value), wished.fault == nil,
      wished.stanzas.count == 1, wished.stanzas[0].attributes.lowerBound == 1,
      present != nil || wished.attributes[1].value.elementsEqual(key.utf8)
    else { throw .notExpressible(key: key) }
    let canonical = wished.canonicalLines(wished.stanzas[0])
    let lines = canonical.split(separator: .lineFeed).map(Array.init)
    guard let present else { return try insertion(of: lines, key: key) }
    guard canonicalLines(present) != canonical else { return [] }
    // Up to its last attribute: the line end behind it, if any, stays.
    let end = attributes[present.attributes.upperBound - 1].range.upperBound
    let text = Array(lines.joined(separator: source.lineEnding.bytes))
    return [SourceEdit(range: present.range.lowerBound..<end, replacement: text)]
  }

  /// - Throws: `notAList`: a rule is none.
  public func edits(
    removing elements: [[UInt8]], fromListAt key: String
  ) throws(KeyedDocumentError) -> [SourceEdit] {
    throw .notAList(key: key)
  }

  private func canonicalLines(_ stanza: Stanza) -> [UInt8] {
    attributes[stanza.attributes].flatMap {
      FilterSpelling.line(Array(source.bytes[$0.name]), $0.value) + [.lineFeed]
    }
  }

  private func stanza(forKey key: String) -> Stanza? {
    if let first = stanza(named: Array(key.utf8), count: 1) { return first }
    let bytes = Array(key.utf8)
    guard let mark = bytes.lastIndex(of: UInt8(ascii: "#")),
      let count = Int(String(decoding: bytes[(mark + 1)...], as: UTF8.self)), count > 1
    else { return nil }
    return stanza(named: Array(bytes[..<mark]), count: count)
  }

  private func stanza(named name: [UInt8], count: Int) -> Stanza? {
    let found = stanzas.filter { attributes[$0.attributes.lowerBound].value == name }
    return found.count >= count ? found[count - 1] : nil
  }

  private static func lineStart(before offset: Int, in bytes: [UInt8]) -> Int {
    let bodyStart = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    var start = offset
    while start > bodyStart, bytes[start - 1] == .space || bytes[start - 1] == .tab { start -= 1 }
    return start == bodyStart || bytes[start - 1].isLineBreak ? start : offset
  }

  /// Reads attribute by attribute, as nsMsgFilterList::LoadAttrib and LoadValue do.
  private struct Reader {
    let bytes: [UInt8]
    var place: Int

    enum Item {
      case attribute(Attribute)
      case fault(Int)
    }

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
      place = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    }

    mutating func next() -> Item? {
      skipBlanks()
      guard place < bytes.count else { return nil }
      let start = place
      while place < bytes.count, !isBlank(bytes[place]), bytes[place] != UInt8(ascii: "=") {
        place += 1
      }
      let name = start..<place
      if place < bytes.count { place += 1 }
      skipBlanks()
      guard place < bytes.count, bytes[place] == .quote else {
        // Passed over to the end of the line on which the attribute stands.
        place = name.upperBound
        while place < bytes.count, !bytes[place].isLineBreak { place += 1 }
        return .fault(start)
      }
      let value = FilterSpelling.value(in: bytes, from: place)
      place = value.end
      return .attribute(Attribute(name: name, value: value.bytes, range: start..<value.end))
    }

    private mutating func skipBlanks() {
      while place < bytes.count, isBlank(bytes[place]) { place += 1 }
    }

    // isspace in the C locale.
    private func isBlank(_ byte: UInt8) -> Bool { byte == .space || (0x09...0x0D).contains(byte) }
  }
}
