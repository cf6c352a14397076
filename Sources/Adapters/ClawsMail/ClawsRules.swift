import ProfileRewriter

/// `matcherrc`: a rule in each line, below the name of what it is for.
enum ClawsRules {
  private static let path = RelativePath(known: "matcherrc")

  static func rules(
    _ profile: FamilyProfile, _ account: String
  ) throws(Refusal) -> FamilyRules {
    var rules = FamilyRules()
    guard let bytes = try profile.directory.read(path) else { return rules }
    var section = ""
    for line in ByteText.lines(bytes) {
      let text = String(decoding: line, as: UTF8.self)
      if text.hasPrefix("[") {
        section = text
        continue
      }
      let rule = ClawsRule(text)
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

  init(_ line: String) {
    var rest = line[...]
    while let first = rest.first {
      if first == " " || first == "\t" {
        rest = rest.dropFirst()
      } else if first == "\"" {
        rest = rest.dropFirst()
        words.append(Word(text: Self.quoted(&rest), isQuoted: true))
      } else {
        let word = rest.prefix { $0 != " " && $0 != "\t" }
        words.append(Word(text: String(word), isQuoted: false))
        rest = rest.dropFirst(word.count)
      }
    }
  }

  private static func quoted(_ rest: inout Substring) -> String {
    var text = ""
    while let character = rest.popFirst() {
      if character == "\"" { break }
      if character == "\\" {
        if let next = rest.popFirst() { text.append(next) }
      } else {
        text.append(character)
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
