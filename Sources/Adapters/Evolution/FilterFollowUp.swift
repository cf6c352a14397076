import ConfigFormats
import ProfileRewriter

/// Switches the rules for incoming mail on again, once the first synchronisation is proved to be
/// done: what is fetched from then on is new.
struct FilterFollowUp {
  let loaded: LoadedSources
  let change: Change

  private static let key = "Imapx Backend/FilterInbox"

  func plan(_ accounts: [SwitchedAccount]) throws(Refusal) -> FollowUpPlan {
    var plan = FollowUpPlan()
    for account in accounts {
      guard let source = paused(account) else { continue }
      if let reason = reasonToWait(source, account) {
        plan.states[account.key] = .notYet(reason)
      } else {
        plan.states[account.key] = .due
        plan.files.append(try file(source, account))
      }
    }
    if let last = plan.files.indices.last { plan.files[last].commits = true }
    return plan
  }

  /// The account's file, where the switch paused its rules and nobody has resumed them.
  private func paused(_ account: SwitchedAccount) -> AccountSource? {
    guard let source = loaded[account.key], source.incomingProtocol == .imap,
      source.flag(Self.key) == false,
      let file = change.files.first(where: { $0.path == source.path }),
      file.edits.contains(where: { $0.key == Self.key && $0.before != $0.after })
    else { return nil }
    return source
  }

  private func reasonToWait(_ source: AccountSource, _ account: SwitchedAccount) -> String? {
    let synchronisation = FirstSynchronisation(
      source: source, before: InboxCache(note: account.note),
      now: InboxCache(of: account.key, loaded))
    return synchronisation.doubt.map {
      "\($0): filter rules stay off; start Evolution, let it get all mail, close it, and run finish "
        + "again"
    }
  }

  private func file(
    _ source: AccountSource, _ account: SwitchedAccount
  ) throws(Refusal) -> PlannedFile {
    var wishes = SourceWishes(source, user: account.key)
    wishes.set(
      Self.key, KeyFileSpelling.value(ofBool: true), deciding: true,
      rewrite: ClientRewrite("the account's IMAP settings were taken out", .absent))
    return try wishes.file()
  }
}
