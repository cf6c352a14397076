@testable import ConfigFormats

extension Target {
  static let prefs = Target(name: "prefs") { PrefsLaws.laws.check($0) }
}

private enum PrefsLaws {
  static var laws: KeyedLaws<PrefsDocument> {
    KeyedLaws(
      parse: { bytes in
        checkRecovering(bytes)
        return try PrefsDocument(parsing: bytes)
      },
      value: value, newKey: newKey, canonical: { PrefValue(spelling: $1)?.canonicalBytes },
      list: { $0.elements(ofListAt: $1) })
  }

  private static func value(
    _ document: PrefsDocument, _ key: String, _ choices: inout Choices
  ) -> [UInt8]? {
    switch choices.below(6) {
    case 0: PrefValue.bool(choices.isLikely(50)).canonicalBytes
    case 1: Array(String(Int32(truncatingIfNeeded: Int(choices.byte()) &* 16_909_321)).utf8)
    case 2: PrefValue.string(choices.someBytes()).canonicalBytes
    case 3: Array("'".utf8) + choices.someBytes() + Array("'".utf8)
    case 4: choices.pick(document.keys(withPrefix: "")).flatMap { document.value(forKey: $0) }
    default: choices.someBytes()
    }
  }

  private static func newKey(_ document: PrefsDocument, _ choices: inout Choices) -> String {
    let known = choices.pick(document.keys(withPrefix: "")) ?? "mail.server.server1"
    switch choices.below(3) {
    case 0: return known + choices.someText()
    case 1: return choices.someText()
    default: return "mail.server.server\(choices.byte()).type"
    }
  }

  /// The reader that goes on after an error, as the client does, agrees with the one that stops.
  private static func checkRecovering(_ bytes: [UInt8]) {
    let (document, errors) = PrefsDocument.parseRecovering(bytes)
    require(document.source.bytes == bytes, "print(parse(x)) is x")
    for error in errors { checkRefusal(error, of: bytes) }
    switch Result(catching: { try PrefsDocument(parsing: bytes) }) {
    case .success(let strict):
      require(document.isSound && errors.isEmpty, "what is refused nowhere is sound")
      require(document.statements == strict.statements, "both readers find the same")
    case .failure:
      require(!document.isSound, "what is refused is not sound")
      require(
        (try? document.edits(setting: "a", to: Array("1".utf8))) == nil,
        "what is not sound is not edited")
    }
  }
}
