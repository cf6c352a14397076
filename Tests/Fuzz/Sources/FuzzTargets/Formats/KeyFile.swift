@testable import ConfigFormats

extension Target {
  static let keyfile = Target(name: "keyfile") { KeyFileLaws.laws.check($0) }
}

private enum KeyFileLaws {
  static var laws: KeyedLaws<KeyFileDocument> {
    KeyedLaws(
      parse: { try KeyFileDocument(parsing: $0) }, value: value, newKey: newKey,
      list: { ((try? $0.strings(forKey: $1)) ?? []).map { Array($0.utf8) } },
      more: { document, _, _ in checkReading(document) })
  }

  private static func value(
    _ document: KeyFileDocument, _ key: String, _ choices: inout Choices
  ) -> [UInt8]? {
    switch choices.below(4) {
    case 0: KeyFileSpelling.value(ofString: choices.someText())
    case 1: choices.pick(document.addresses).flatMap { document[$0] }
    default: choices.someBytes()
    }
  }

  private static func newKey(_ document: KeyFileDocument, _ choices: inout Choices) -> String {
    let group = choices.pick(document.groupNames) ?? "Data Source"
    switch choices.below(4) {
    case 0:
      return KeyFileAddress(group: group, key: choices.someText()).spelling ?? "a/b"
    case 1:
      return KeyFileAddress(group: choices.someText(), key: choices.someText()).spelling ?? "a/b"
    case 2: return choices.someText()
    default: return "Mail Account/BackendName"
    }
  }

  /// Every way to read a value, whatever it is.
  private static func checkReading(_ document: KeyFileDocument) {
    for address in document.addresses.prefix(24) {
      guard let raw = document[address] else { broken("a listed address has no value") }
      if let spelling = address.spelling {
        require(
          KeyFileAddress(spelling: spelling) == address, "an address is read from its spelling")
      }
      if let text = try? document.string(at: address) {
        let written = KeyFileSpelling.value(ofString: text)
        require(KeyFileSpelling.string(fromValue: written) == text, "a string is read as written")
      }
      _ = try? document.localeString(at: address, locale: "de_DE.UTF-8@euro")
      _ = try? document.bool(at: address)
      _ = try? document.int(at: address)
      _ = KeyFileList(raw)
    }
  }
}
