import ConfigFormats
import ProfileRewriter

extension SwitchJob {
  /// What becomes of the account's mail, as its preferences and filters say it.
  func mailSettings(_ risk: RuleRisk) -> MailSettings {
    guard server.bool("leave_on_server") else {
      return MailSettings(onServer: .notKept, rules: risk)
    }
    // Both have an effect only on what is left there.
    let goesByAge = server.bool("delete_by_age_from_server")
    return MailSettings(
      onServer: goesByAge ? .keptForDays : .kept,
      days: goesByAge ? Int(server.int("num_days_to_leave_on_server") ?? Self.standardDays) : nil,
      deletesAlong: server.bool("delete_mail_left_on_server"), rules: risk)
  }

  /// `mail.server.default.num_days_to_leave_on_server` of Thunderbird 153.
  private static let standardDays: Int32 = 7
}

extension RuleRisk {
  /// Runs in which rules meet mail that has come in: before and after the junk check, and from time to
  /// time (nsMsgFilterType 1, 2, 32, 256).
  private static let incomingRuns = 1 | 2 | FilterGuard.laterRuns

  static let noRules = RuleRisk(incoming: 0, moving: [], deleting: [], cover: .noRules)

  init(thunderbird rules: [FilterRule]) {
    let incoming = rules.filter { $0.isEnabled && $0.type & Self.incomingRuns != 0 }
    func names(of action: String) -> [String] {
      let name = Array(action.utf8)
      let found = incoming.filter { $0.actions.contains { $0.name == name } }
      let names = found.prefix(ProfileLimits.mostNamedFilters).map(\.nameText)
      return found.count > names.count ? names + ["and \(found.count - names.count) more"] : names
    }
    self.init(
      incoming: incoming.count, moving: names(of: "Move to folder"), deleting: names(of: "Delete"),
      cover: incoming.isEmpty ? .noRules : .byDate)
  }
}
