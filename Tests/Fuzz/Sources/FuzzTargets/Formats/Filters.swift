@testable import ConfigFormats

extension Target {
  static let filters = Target(name: "filters") { FilterLaws.laws.check($0) }
}

private enum FilterLaws {
  static var laws: KeyedLaws<FilterRulesDocument> {
    KeyedLaws(
      parse: { try FilterRulesDocument(parsing: $0) }, value: value,
      newKey: { document, choices in
        choices.isLikely(70)
          ? choices.someText() : (document.keys(withPrefix: "").first ?? "") + "#2"
      },
      canonical: canonical,
      mayChange: { key, _, other in stem(key) == stem(other) || key.isEmpty || other.isEmpty },
      removesBranches: false,
      more: { document, bytes, choices in checkRules(document, bytes, &choices) })
  }

  /// The rule's name without the count that tells it from others of that name.
  private static func stem(_ key: String) -> Substring {
    var text = key.drop { $0 == "\u{0}" }
    while let last = text.last, last.isNumber || last == "#" || last == "\u{0}" {
      text.removeLast()
    }
    return text
  }

  private static func canonical(_ key: String, _ value: [UInt8]) -> [UInt8]? {
    guard
      let rule = try? FilterRulesDocument(parsing: Array("version=\"9\"\n".utf8) + value),
      let name = rule.rules.first?.name, name == Array(key.utf8)
    else { return nil }
    return rule.value(forKey: key)
  }

  private static func value(
    _ document: FilterRulesDocument, _ key: String, _ choices: inout Choices
  ) -> [UInt8]? {
    switch choices.below(3) {
    case 0: return choices.someBytes()
    case 1:
      guard var rule = choices.pick(document.rules) else { return nil }
      rule.name = name(of: key, in: document)
      return rule.lines.flatMap { $0 + [UInt8.lineFeed] }
    default:
      return rule(named: name(of: key, in: document), &choices).lines.flatMap {
        $0 + [UInt8.lineFeed]
      }
    }
  }

  /// The name of the rule that a key names, which need not be the key: a rule that is there keeps it.
  private static func name(of key: String, in document: FilterRulesDocument) -> [UInt8] {
    let present = document.value(forKey: key).flatMap {
      try? FilterRulesDocument(parsing: Array("version=\"9\"\n".utf8) + $0)
    }
    return present?.rules.first?.name ?? Array(key.utf8)
  }

  private static func rule(named name: [UInt8], _ choices: inout Choices) -> FilterRule {
    let actions = (0..<choices.below(3)).map { _ in
      FilterRule.Action(
        name: choices.someBytes(), value: choices.isLikely(50) ? choices.someBytes() : nil)
    }
    return FilterRule(
      name: name, isEnabled: choices.isLikely(50), type: Int(choices.byte()), actions: actions,
      condition: choices.someBytes())
  }

  private static func checkRules(
    _ document: FilterRulesDocument, _ bytes: [UInt8], _ choices: inout Choices
  ) {
    let rules = document.rules
    var end: Int?
    for position in rules.indices {
      guard let range = document.range(ofRuleAt: position) else { broken("a rule has no place") }
      require(end == nil || range.lowerBound == end, "rules lie behind one another")
      require(range.upperBound <= bytes.count, "a rule ends within the file")
      end = range.upperBound
      _ = document.hasUnknownAttributes(inRuleAt: position)
    }
    require(end == nil || end == bytes.count, "the last rule ends where the file does")
    let new = rule(named: choices.someBytes(), &choices)
    guard let edits = try? document.edits(insertingFirst: new) else { return }
    guard let result = try? document.source.applying(edits),
      let after = try? FilterRulesDocument(parsing: result)
    else { broken("a file with a new rule does not parse") }
    require(after.rules == [new] + rules, "a new rule is the first, and reads as it was given")
  }
}
