import ConfigFormats
import ProfileRewriter

/// A group of a keyfile of a client that is only read.
struct ReadOnlyGroup {
  let name: String
  let document: KeyFileDocument

  /// nil where there is none, or nothing in it.
  func text(_ key: String) -> String? {
    guard let text = try? document.string(at: KeyFileAddress(group: name, key: key)), !text.isEmpty
    else { return nil }
    return text
  }

  func number(_ key: String) -> Int? { text(key).flatMap(Int.init) }
}

extension Account {
  /// An account of a client whose POP accounts are not switched.
  static func listed(
    _ key: String, _ kind: IncomingProtocol, _ settings: ServerSettings, _ reason: String
  ) -> Account {
    let isPOP = kind == .pop3
    return Account(
      key: key, kind: kind, settings: settings, state: isPOP ? .blocked : .current,
      reason: isPOP ? .unsupported : nil, explanation: isPOP ? reason : nil)
  }
}
