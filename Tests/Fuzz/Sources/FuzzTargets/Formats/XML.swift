@testable import ConfigFormats

extension Target {
  static let xml = Target(name: "xml") { XMLLaws.laws.check($0) }
}

private enum XMLLaws {
  static var laws: KeyedLaws<XMLDocument> {
    KeyedLaws(
      parse: { try XMLDocument(parsing: $0) }, value: value, newKey: newKey, canonical: canonical,
      mayChange: mayChange, removesBranches: false,
      more: { document, _, choices in
        checkMeaning(document)
        checkChange(document, &choices)
      })
  }

  private static let markups = [
    "<port>143</port>", "<incomingServer type=\"imap\"><hostname>a</hostname></incomingServer>",
    "<a b='&lt;'> x <!-- c --> &#x1F600; </a>", "<e/>",
  ].map { Array($0.utf8) }

  private static func value(
    _ document: XMLDocument, _ key: String, _ choices: inout Choices
  ) -> [UInt8]? {
    if key.hasSuffix("/.") || choices.isLikely(10) { return choices.pick(markups) }
    switch choices.below(3) {
    case 0: return Array("imap.example.org".utf8)
    case 1:
      return choices.pick(document.keys(withPrefix: "")).flatMap { document.value(forKey: $0) }
    default: return choices.someBytes()
    }
  }

  private static func newKey(_ document: XMLDocument, _ choices: inout Choices) -> String {
    let known = choices.pick(document.keys(withPrefix: "")) ?? "emailProvider"
    switch choices.below(6) {
    case 0: return known + "[2]"
    case 1: return known + "/@type"
    case 2: return known + "/."
    case 3: return known + "/port"
    case 4: return (parent(of: known).map { $0 + "/" } ?? "") + "x"
    default: return choices.someText()
    }
  }

  /// Blanks around a text stay as they were, and line ends in an attribute are blanks.
  private static func canonical(_ key: String, _ value: [UInt8]) -> [UInt8]? {
    if key == "." || key.hasSuffix("/.") {
      return (try? XMLTree(parsing: value))?.root.withoutLayout.canonicalSpelling
    }
    return value.contains { $0 <= 0x20 } ? nil : value
  }

  private static func mayChange(_ key: String, _ isRemoval: Bool, _ other: String) -> Bool {
    let stem = key.hasSuffix("/.") ? String(key.dropLast(2)) : key
    // Numbers of what comes behind it, and whether there is text around it.
    let reach = stem.contains("/@") && !isRemoval ? stem : parent(of: stem) ?? ""
    return other.utf8.starts(with: reach.utf8) || stem.utf8.starts(with: other.utf8)
      || isPart(other, of: stem)
  }

  private static func isPart(_ other: String, of stem: String) -> Bool {
    other.utf8.starts(with: stem.utf8)
  }

  private static func parent(of key: String) -> String? {
    key.lastIndex(of: "/").map { String(key[..<$0]) }
  }

  /// What is understood, spelled out, is understood alike; and as a tree as with places.
  private static func checkMeaning(_ document: XMLDocument) {
    require(document.elements.count == document.places.count, "every element has its place")
    guard let spelling = document.tree.root.canonicalSpelling else { return }
    guard spelling.count <= XMLLimits.standard.bytes else { return }
    guard let again = try? XMLTree(parsing: spelling) else {
      broken("the canonical spelling does not parse")
    }
    require(again.root.canonicalSpelling == spelling, "the canonical spelling is canonical")
  }

  /// One change by element: what it does not name stays, and it can be taken back.
  private static func checkChange(_ document: XMLDocument, _ choices: inout Choices) {
    let index = choices.below(document.places.count)
    let other = choices.below(document.places.count)
    let new = XMLElement(
      "e", attributes: [XMLAttribute("k", choices.someText())],
      children: [.text("x" + choices.someText())])
    let change: XMLChange =
      switch choices.below(8) {
      case 0: .attribute(of: index, name: "type", value: choices.someText())
      case 1: .text(of: index, choices.someText(), keepingBlanks: choices.isLikely(50))
      case 2: .insertBefore(index, new)
      case 3: .insertAfter(index, new)
      case 4: .append(in: index, new)
      case 5: .remove(index)
      case 6: .move(index, behind: other)
      default: .replace(index, new)
      }
    guard let edits = try? document.edits(applying: [change]) else { return }
    guard let bytes = try? document.source.applying(edits),
      let undo = try? document.source.reversing(edits)
    else { broken("edits touch one another") }
    guard let after = try? XMLDocument(parsing: bytes) else {
      broken("an edited document does not parse")
    }
    require(
      (try? SourceText(bytes).applying(undo)) == document.source.bytes, "undo(apply(x)) is x")
    let more = after.places.count - document.places.count
    switch change {
    case .attribute, .text, .move: require(more == 0, "an element more or less than asked for")
    case .insertBefore, .insertAfter, .append: require(more == 1, "one element more")
    case .remove: require(more < 0, "an element less")
    case .replace: break
    }
  }
}
