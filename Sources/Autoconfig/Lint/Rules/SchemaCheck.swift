import ConfigFormats

/// What the grammar has to say that no other rule has said. Runs last.
enum SchemaCheck: LintCheck {
  /// The embedded grammar is a test's business: one that cannot be read finds nothing.
  private static let schema = try? XMLSchema(ClientConfigGrammar.text.withUTF8Buffer(Array.init))

  static func check(_ providers: [ProviderElement], _ document: inout LintedDocument) {
    guard let violations = schema?.violations(in: document.xml.source.bytes), !violations.isEmpty
    else { return }
    // libxml2 goes up from what is wrong, and names the parents, too: the first one tells most.
    let message = violations[0].message
    let deepest = violations.compactMap(\.element).max { depth($0, document) < depth($1, document) }
    let element = named(in: message, within: deepest ?? 0, document) ?? deepest ?? 0
    let whole = document.xml.places[element].whole
    guard !document.marked.contains(where: whole.contains) else { return }
    document.report(
      .schema, at: whole.lowerBound,
      "\(document.elements[element].name.printable) is not as the format has it: "
        + message.printable)
  }

  private static func depth(_ element: Int, _ document: LintedDocument) -> Int {
    var depth = 0
    var current = element
    while let parent = document.xml.places[current].parent {
      (current, depth) = (parent, depth + 1)
    }
    return depth
  }

  /// The child that a message such as "Extra element port in interleave" is about.
  private static func named(
    in message: String, within element: Int, _ document: LintedDocument
  ) -> Int? {
    let words = message.split(separator: " ")
    let children = document.children(element)
    if let name = message.firstRange(of: "Extra element ").map({
      message[$0.upperBound...].prefix { $0 != " " }
    }) {
      return children.last { document.elements[$0].name == name }
    }
    guard message.contains("extra content"), let name = words.last else { return nil }
    return children.last { document.elements[$0].name == name }
  }
}
