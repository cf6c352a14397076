import ConfigFormats
import ProfileRewriter

/// Switches the rules for incoming mail on again, once the first synchronisation is proved to be
/// done: what is fetched from then on is new.
struct FilterFollowUp {
  let loaded: LoadedSources
  let change: Change

  private static let key = "Imapx Backend/FilterInbox"

  /// - Parameter proved: what servers have said yes to.
  func plan(_ accounts: [SwitchedAccount], proved: Set<MailboxQuestion>) throws(Refusal)
    -> FollowUpPlan
  {
    var plan = FollowUpPlan()
    for account in accounts {
      guard let source = paused(account) else { continue }
      var state = state(source, account)
      if case .ask(let question, _, _) = state, proved.contains(question) { state = .due }
      plan.states[account.key] = state
      if state == .due { plan.files.append(try file(source, account)) }
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

  private func state(_ source: AccountSource, _ account: SwitchedAccount) -> FollowUpPlan.State {
    let now = InboxCache(of: account.key, loaded)
    let synchronisation = FirstSynchronisation(
      source: source, before: InboxCache(note: account.note), now: now)
    guard let doubt = synchronisation.doubt else { return .due }
    let advice =
      "filter rules stay off; start Evolution, let it get all mail, close it, and run finish again"
    guard let question = question(source, now) else { return .notYet("\(doubt): \(advice)") }
    return .ask(
      question, otherwise: "\(doubt): \(advice), or finish --online, which asks the server",
      advice: advice)
  }

  /// Whether the server's inbox has no message but those in the cache. What has a row there is never
  /// filtered, however it came to be there.
  private func question(_ source: AccountSource, _ cache: InboxCache) -> MailboxQuestion? {
    guard case .known(let validity, _) = cache,
      let known = InboxCache.uids(of: source.uid, loaded)
    else { return nil }
    return MailboxQuestion(
      settings: source.settings, mailbox: "INBOX", validity: validity, known: known)
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
