import ConfigFormats

extension Target {
  static let json = Target(name: "json") { JSONLaws.laws.check($0) }
}

private enum JSONLaws {
  static var laws: KeyedLaws<JSONDocument> {
    KeyedLaws(
      parse: { try JSONDocument(parsing: $0) }, value: value, newKey: newKey,
      canonical: { key, value in
        // The place behind an array's end has another name once it is taken.
        key.hasSuffix("/-")
          ? nil : (try? JSONDocument(parsing: value)).map { $0.root.canonicalBytes }
      },
      mayChange: mayChange, setsSeveral: false, removesBranches: false,
      more: { document, _, choices in checkArrays(document, &choices) })
  }

  private static let values = [
    "null", "true", "0", "-1.5e+3", "\"\"", "\"\\ud83d\\ude00\\\"\"", "[]", "{}", "[1,[2],{}]",
    "{\"a\":{\"b\":[null]},\"a\":2}", " { \"guid\" : \"{x}\" } ",
  ].map { Array($0.utf8) }

  private static func value(
    _ document: JSONDocument, _ key: String, _ choices: inout Choices
  ) -> [UInt8]? {
    switch choices.below(4) {
    case 0: choices.someBytes()
    case 1: choices.pick(document.keys(withPrefix: "")).flatMap { document.value(forKey: $0) }
    default: choices.pick(values)
    }
  }

  private static func newKey(_ document: JSONDocument, _ choices: inout Choices) -> String {
    let known = choices.pick(document.keys(withPrefix: "")) ?? ""
    switch choices.below(5) {
    case 0: return known + "/-"
    case 1: return known + "/" + choices.someText()
    case 2: return known + "/\(document.node(at: known)?.childCount ?? 0)"
    case 3: return known + "/[guid={x}]"
    default: return choices.someText()
    }
  }

  /// A value contains others and is contained; in an array, those behind it move up.
  private static func mayChange(_ key: String, _ isRemoval: Bool, _ other: String) -> Bool {
    let parts = key.split(separator: "/", omittingEmptySubsequences: false)
    let bySelector = parts.contains { $0.hasPrefix("[") || $0 == "-" }
    let top = parts.first { $0.hasPrefix("[") || $0 == "-" }.map { key.range(of: $0)!.lowerBound }
    let stem = bySelector ? String(key[..<top!]) : key
    let reach = isRemoval ? parent(of: stem) : stem
    return other.utf8.starts(with: reach.utf8) || stem.utf8.starts(with: other.utf8)
  }

  private static func parent(of key: String) -> String {
    key.lastIndex(of: "/").map { String(key[..<$0]) } ?? ""
  }

  /// Elements taken out of an array and put behind it.
  private static func checkArrays(_ document: JSONDocument, _ choices: inout Choices) {
    let arrays = document.keys(withPrefix: "").prefix(200).filter {
      document.node(at: $0)?.kind == .array
    }
    guard let key = choices.pick(arrays), let array = document.node(at: key) else { return }
    let present = array.children.map(\.canonicalBytes)
    let positions = Set((0..<choices.below(4)).map { _ in choices.below(max(1, present.count)) })
      .filter { $0 < present.count }
    let new = (0..<choices.below(3)).compactMap { _ in choices.pick(values) }
    guard
      let edits = try? document.edits(
        ofArrayAt: key, removing: Array(positions), appending: new),
      let bytes = try? document.source.applying(edits),
      let after = try? JSONDocument(parsing: bytes)
    else { broken("an array is not edited") }
    let kept = present.enumerated().filter { !positions.contains($0.offset) }.map(\.element)
    let added = new.compactMap { try? JSONDocument(parsing: $0).root.canonicalBytes }
    require(
      after.node(at: key)?.children.map(\.canonicalBytes) == kept + added,
      "of an array, just that goes and comes")
    guard let undo = try? document.source.reversing(edits),
      (try? SourceText(bytes).applying(undo)) == document.source.bytes
    else { broken("undo(apply(x)) is x") }
  }
}
