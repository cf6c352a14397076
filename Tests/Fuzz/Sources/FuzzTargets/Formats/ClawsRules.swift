@testable import Adapters

extension Target {
  /// matcherrc of Claws Mail, which is read and never written.
  static let clawsRules = Target(name: "claws-rules") { input in
    let bytes = input.document
    let rules = ClawsRules.rules(in: bytes, for: "1")
    require(
      isSame(ClawsRules.rules(in: crlf(bytes), for: "1"), rules), "line ends make no difference")
    require(
      Set(rules.moving).union(rules.deleting).isSubset(of: rules.names),
      "what moves or deletes is one of the rules")
    for line in ByteText.lines(bytes).prefix(50) { check(line) }
  }

  private static func check(_ line: ArraySlice<UInt8>) {
    let rule = ClawsRule(line)
    require(
      ClawsRule(Array(spelled(rule).utf8)[...]).words == rule.words,
      "what is read, spelled out, reads the same")
    require(
      rule.words.allSatisfy { $0.isQuoted || !$0.text.isEmpty }, "a word has characters or quotes")
    let off = ClawsRules.rules(in: Array("[filtering]\ndisabled ".utf8) + line, for: "1")
    require(off.names.isEmpty && off.obstacle == nil, "what is disabled is in force for nobody")
    let on = ClawsRules.rules(in: Array("[filtering]\nenabled ".utf8) + line, for: "1")
    let isOthers = rule.account.map { $0 != "1" } ?? false
    require(on.names == (isOthers ? [] : [rule.name]), "a rule is in force for its account")
    let processing = ClawsRules.rules(in: Array("[preglobal]\nenabled ".utf8) + line, for: "1")
    require(
      (processing.obstacle != nil) == (rule.does("move") || rule.does("delete")),
      "a rule for all folders that moves or deletes is in the way")
  }

  private static func spelled(_ rule: ClawsRule) -> String {
    rule.words.map { word in
      guard word.isQuoted else { return word.text }
      var text = ""
      for scalar in word.text.unicodeScalars {
        if scalar == "\"" || scalar == "\\" { text.unicodeScalars.append("\\") }
        text.unicodeScalars.append(scalar)
      }
      return "\"" + text + "\""
    }.joined(separator: " ")
  }

  private static func crlf(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
  }

  private static func isSame(_ left: FamilyRules, _ right: FamilyRules) -> Bool {
    left.names == right.names && left.moving == right.moving && left.deleting == right.deleting
      && left.obstacle?.text == right.obstacle?.text
  }
}
