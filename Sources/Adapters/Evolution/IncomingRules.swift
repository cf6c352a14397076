import ConfigFormats
import ProfileRewriter

/// The rules for incoming mail in `mail/filters.xml`, which Evolution applies to what an account
/// fetches.
struct IncomingRules {
  /// How many are enabled.
  var enabled: Int

  /// Whether the first synchronisation with rules on would treat all old mail as new: a rule that
  /// moves marks every message as deleted on the server (seen with Evolution 3.46.4).
  var areInForce: Bool { enabled > 0 }

  /// - Throws: `syntax` for a file that Evolution cannot read either, else what reading throws.
  init(_ loaded: LoadedSources) throws(Refusal) {
    enabled = 0
    guard let bytes = try loaded.home.read(loaded.layout.rules) else { return }
    let tree: XMLTree
    do {
      tree = try XMLTree(parsing: bytes)
    } catch {
      throw Refusal(syntax: error, in: loaded.layout.rules, root: loaded.home.absolutePath)
    }
    enabled = Self.count(tree.root)
  }

  /// An absent `enabled` is on, an absent `source` is incoming (filter-rule.c of Evolution 3.46).
  private static func count(_ root: XMLElement) -> Int {
    root.elements("ruleset").flatMap { $0.elements("rule") }.count { rule in
      rule.attribute("enabled") != "false" && rule.attribute("source") ?? "incoming" == "incoming"
    }
  }
}
