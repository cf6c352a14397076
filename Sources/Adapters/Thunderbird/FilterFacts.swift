import ConfigFormats
import ProfileRewriter

/// What all accounts with one file of filters want to know of it.
final class FilterFacts {
  let isEmpty: Bool
  /// Whether some rule runs after the junk classifier or from time to time.
  let coversLaterRuns: Bool
  let risk: RuleRisk
  /// How many of those that are on name local folders, and the names of the first.
  let namingFolders: Int
  let firstNamingFolders: [String]
  /// How many of those that are on run after the junk check or from time to time.
  let late: Int
  /// Of those that are on, the ones that do more than to mark a message.
  let harmful: Int
  /// nil once the first account is done.
  private(set) var document: FilterRulesDocument?
  /// The file for the new account, by the guard in it.
  var contents: [FilterGuard: [UInt8]] = [:]

  init(_ document: FilterRulesDocument) {
    self.document = document
    let rules = document.rules
    isEmpty = rules.isEmpty
    coversLaterRuns = rules.contains { $0.type & FilterGuard.laterRuns != 0 }
    risk = RuleRisk(thunderbird: rules)
    let enabled = rules.filter(\.isEnabled)
    let lead = Array("mailbox://".utf8)
    let named = enabled.filter { $0.actions.contains { $0.value?.starts(with: lead) ?? false } }
    namingFolders = named.count
    firstNamingFolders = named.prefix(5).map(\.nameText)
    late = enabled.filter { $0.type & FilterGuard.laterRuns != 0 }.count
    harmful = enabled.filter { $0.actions.contains { Self.harming.contains($0.name) } }.count
  }

  func forgetDocument() { document = nil }

  private static let harming = [
    "Move to folder", "Copy to folder", "Delete", "Reply", "Forward", "JunkScore", "Custom",
  ].map { Array($0.utf8) }
}
