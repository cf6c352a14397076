import ConfigFormats
import MailFormats
import ProfileRewriter

/// Switches filtering of an IMAP account's inbox on again, once the client has seen all mail that was
/// there: both clients apply rules to what is not in their cache (seen).
///
/// Nothing on disk proves that nothing is missing from the cache, as a synchronisation that was broken
/// off leaves one, too. So the server is asked whether its inbox has no message but those.
struct FamilyFollowUp {
  private let profile: FamilyProfile
  private let change: Change

  /// What the switch notes of an account whose rules it paused.
  static let note = "rules paused"

  init(_ profile: FamilyProfile, _ change: Change) {
    self.profile = profile
    self.change = change
  }

  /// - Parameter proved: what servers have said yes to.
  func plan(_ switched: [SwitchedAccount], proved: Set<MailboxQuestion>) throws(Refusal)
    -> FollowUpPlan
  {
    var plan = FollowUpPlan()
    let accounts = try FamilyAccounts(profile: profile).accounts()
    var due: [(key: String, value: [UInt8]?, user: String)] = []
    for account in switched {
      guard let paused = paused(account),
        let now = accounts.first(where: { $0.key == account.key }), now.kind == .imap
      else { continue }
      var state = try state(now)
      if case .ask(let question, _, _) = state, proved.contains(question) { state = .due }
      plan.states[account.key] = state
      if state == .due { due.append((paused.key, paused.value, account.key)) }
    }
    if !due.isEmpty { plan.files = [try file(due)] }
    return plan
  }

  /// The key of an account whose rules the switch paused and nobody has resumed, and what it is to be:
  /// as it was, if it was on. Sylpheed's may have been off, which said nothing of a POP account.
  private func paused(_ account: SwitchedAccount) -> (key: String, value: [UInt8]?)? {
    guard let source = profile[account.key], account.note == Self.note else { return nil }
    let filter = profile.client.filterKey
    let key = source.key(filter.name)
    guard !source.flag(filter.name, default: filter.isOnByDefault) else { return nil }
    let file = change.files.first { $0.path.name == FamilyAccount.path.bytes }
    let edit = file?.edits.first { $0.key == key }
    guard let edit, edit.before != nil || filter.isOnByDefault,
      edit.before != Array("0".utf8)
    else { return (key, Array("1".utf8)) }
    return (key, edit.before)
  }

  // MARK: The proof

  private func state(_ account: Account) throws(Refusal) -> FollowUpPlan.State {
    let client = profile.client.name
    let advice =
      "filter rules stay off; start \(client), let it get all mail, open the inbox, close it, and run "
      + "finish --online again"
    guard let cache = try KeptInbox(of: account, profile) else {
      return .notYet("\(client) has not kept the inbox yet: \(advice)")
    }
    let question = MailboxQuestion(
      settings: account.settings, mailbox: "INBOX", validity: cache.validity, known: cache.known)
    return .ask(
      question,
      otherwise:
        "only the server can tell whether \(client) has seen all mail: run finish --online, "
        + "which asks it", advice: advice)
  }

  private func file(
    _ due: [(key: String, value: [UInt8]?, user: String)]
  ) throws(Refusal) -> PlannedFile {
    let document = profile.document
    let edits: [KeyFileKeyEdits]
    do {
      edits = try document.edits(applying: due.map { KeyFileChange($0.key, $0.value) })
    } catch {
      throw Refusal(.unsupported, "accountrc: \(error)")
    }
    let planned = edits.compactMap { edit -> PlannedEdit? in
      guard let wish = due.first(where: { $0.key == edit.key }) else { return nil }
      return PlannedEdit(
        key: edit.key, before: document.value(forKey: edit.key), after: wish.value,
        edits: edit.edits, deciding: true, users: [wish.user])
    }
    return PlannedFile(
      path: FamilyAccount.path,
      work: .edit(source: document.source, edits: planned, branches: []), commits: true,
      sensitive: profile.holdsPasswords, users: due.map(\.user))
  }
}

/// What the client keeps of an IMAP account's inbox: UIDVALIDITY in `folderlist.xml`, as the folder's
/// `mtime`, and marks by UID in `imapcache/HOST/USER/INBOX` (seen with Claws Mail 4.1.1 and Sylpheed 3.8).
struct KeptInbox {
  let validity: Int64
  let known: Set<UInt32>

  /// - Returns: nil where the inbox was not opened or not kept yet.
  init?(of account: Account, _ profile: FamilyProfile) throws(Refusal) {
    guard let folders = try profile.folders(),
      let validity = folders.value(forKey: FolderList.inboxKey(of: account.key)).flatMap({
        Int64($0.shown)
      }), validity > 0, let marks = try Self.marks(account, profile)
    else { return nil }
    self.validity = validity
    known = Set(marks.bits.keys)
  }

  private static func marks(
    _ account: Account, _ profile: FamilyProfile
  ) throws(Refusal) -> MHMarks? {
    let settings = account.settings
    let file = MHMarks.fileName(ofClaws: profile.client.mailFormat == .clawsMH)
    guard
      let path = RelativePath(
        "imapcache/\(settings.host)/\(settings.username)/INBOX/\(file)"),
      let bytes = try profile.directory.read(path)
    else { return nil }
    return MHMarks(bytes)
  }
}
