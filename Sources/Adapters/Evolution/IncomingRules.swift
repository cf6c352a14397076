import ConfigFormats
import ProfileRewriter

/// The rules for incoming mail in `mail/filters.xml`, which Evolution applies to what an account
/// fetches.
struct IncomingRules {
  private struct Rule {
    var name: String
    var actions: Set<String>
  }

  private var enabled: [Rule] = []

  /// Whether the first synchronisation with rules on would treat all old mail as new: a rule that
  /// moves marks every message as deleted on the server (seen with Evolution 3.46.4).
  var areInForce: Bool { !enabled.isEmpty }

  var risk: RuleRisk {
    func names(of action: String) -> [String] {
      enabled.filter { $0.actions.contains(action) }.map(\.name)
    }
    return RuleRisk(
      incoming: enabled.count, moving: names(of: "move-to-folder"), deleting: names(of: "delete"),
      cover: areInForce ? .paused : .noRules)
  }

  /// - Throws: `syntax` for a file that Evolution cannot read either, else what reading throws.
  init(_ loaded: LoadedSources) throws(Refusal) {
    guard let bytes = try loaded.home.read(loaded.layout.rules) else { return }
    let tree: XMLTree
    do {
      tree = try XMLTree(parsing: bytes)
    } catch {
      throw Refusal(syntax: error, in: loaded.layout.rules, root: loaded.home.absolutePath)
    }
    enabled = Self.enabled(tree.root)
  }

  /// An absent `enabled` is on, an absent `source` is incoming (filter-rule.c of Evolution 3.46).
  private static func enabled(_ root: XMLElement) -> [Rule] {
    root.elements("ruleset").flatMap { $0.elements("rule") }.filter { rule in
      rule.attribute("enabled") != "false" && rule.attribute("source") ?? "incoming" == "incoming"
    }.map { rule in
      let actions = rule.elements("actionset").flatMap { $0.elements("part") }
      return Rule(
        name: rule.elements("title").first?.text ?? "",
        actions: Set(actions.compactMap { $0.attribute("name") }))
    }
  }
}
