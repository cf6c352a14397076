import ProfileRewriter

/// `matcherrc`: a rule in each line, below the name of what it is for.
enum ClawsRules {
  private static let path = RelativePath(known: "matcherrc")

  static func rules(
    _ profile: FamilyProfile, _ account: String
  ) throws(Refusal) -> FamilyRules {
    try profile.directory.read(path).map { rules(in: $0, for: account) } ?? FamilyRules()
  }

  static func rules(in bytes: [UInt8], for account: String) -> FamilyRules {
    var rules = FamilyRules()
    var section = ""
    for line in ByteText.lines(bytes) {
      if line.first == UInt8(ascii: "[") {
        section = line.shown
        continue
      }
      let rule = ClawsRule(line)
      guard !rule.words.isEmpty, rule.isEnabled else { continue }
      switch section {
      case "[filtering]" where rule.account == nil || rule.account == account:
        rules.add(rule.name, moves: rule.does("move"), deletes: rule.does("delete"))
      case "[preglobal]", "[postglobal]":
        guard rule.does("move") || rule.does("delete") else { continue }
        rules.obstacle = Refusal(
          .unsupported,
          "the processing rule \"\(rule.name.printable)\" moves or deletes mail in every folder, which "
            + "would be the server's as well; switch it off in Claws Mail first")
      default: continue
      }
    }
    return rules
  }
}

/// One line, in words: what stands in quotes is one, and never a keyword.
struct ClawsRule {
  struct Word: Equatable {
    var text: String
    var isQuoted: Bool
  }

  private(set) var words: [Word] = []

  /// Byte by byte, as the client reads it: a quote is one whatever mark comes behind it.
  init(_ line: ArraySlice<UInt8>) {
    var rest = line
    while let first = rest.first {
      if Self.isBlank(first) {
        rest = rest.dropFirst()
      } else if first == UInt8(ascii: "\"") {
        rest = rest.dropFirst()
        words.append(Word(text: Self.quoted(&rest).shown, isQuoted: true))
      } else {
        let word = rest.prefix { !Self.isBlank($0) }
        words.append(Word(text: word.shown, isQuoted: false))
        rest = rest.dropFirst(word.count)
      }
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private static func quoted(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        if let next = rest.popFirst() { text.append(next) }
      } else {
        text.append(byte)
      }
    }
    return text
  }

  /// A line without the word is of a version that knew no other.
  var isEnabled: Bool { words.first != Word(text: "disabled", isQuoted: false) }

  var name: String { value(after: "rulename") ?? "" }

  /// The only account that it is for.
  var account: String? { value(after: "account") }

  func does(_ action: String) -> Bool { words.contains(Word(text: action, isQuoted: false)) }

  private func value(after keyword: String) -> String? {
    guard let place = words.firstIndex(of: Word(text: keyword, isQuoted: false)),
      place + 1 < words.count
    else { return nil }
    return words[place + 1].text
  }
}
