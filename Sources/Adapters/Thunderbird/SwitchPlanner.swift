import ConfigFormats
import ProfileRewriter

/// Plans the switch of several accounts of one profile as one change.
///
/// Accounts are planned one after the other on a copy of what stands so far; a refusal throws the
/// copy away, so that the others go on as if that account had not been asked for.
struct SwitchPlanner {
  let profile: LoadedProfile
  let options: SwitchOptions
  private let entries: [AccountEntry]
  private let references: URIReferences

  init(_ context: ProfileContext, options: SwitchOptions) throws(Refusal) {
    let origin = ProfileOrigin(of: context.directory)
    let installation = try InstallationOverrides.load(context, origin)
    profile = try LoadedProfile(context, installation: installation, origin: origin)
    self.options = options
    entries = AccountReader(profile).entries()
    references = URIReferences(
      profile,
      of: Set(entries.filter { $0.account.kind == .pop3 }.map { ServerURI($0.account.settings) }))
  }

  func plan(
    _ switches: [AccountSwitch], choices: inout PlanChoices
  ) throws(Refusal) -> ProfilePlan {
    var draft = SwitchDraft(
      allocation: try Allocation(profile), logins: try SavedLogins(profile),
      folders: try UnifiedInbox(profile.directory))
    let certificates = CertificateExceptions(
      profile.directory, for: entries.map(\.account.settings) + switches.map(\.target))
    var outcomes: [ProfilePlan.Outcome] = []
    for wanted in switches {
      var next = draft
      do throws(Refusal) {
        let warnings = try add(wanted, to: &next, choices, certificates)
        draft = next
        outcomes.append(
          ProfilePlan.Outcome(
            account: wanted.account.key, warnings: warnings, mail: draft.mail[wanted.account.key]))
      } catch {
        outcomes.append(ProfilePlan.Outcome(account: wanted.account.key, refusal: error))
      }
    }
    add(OutgoingEdits(profile, options).add(to: &draft), to: &outcomes)
    noteDefaults(&draft)
    let files = draft.jobs.isEmpty ? [] : try draft.files(profile.prefs, choices: &choices)
    return ProfilePlan(outcomes: outcomes, files: files)
  }

  private func add(
    _ warnings: [(account: String, warning: Warning)], to outcomes: inout [ProfilePlan.Outcome]
  ) {
    guard !warnings.isEmpty else { return }
    var places: [String: Int] = [:]
    for (place, outcome) in outcomes.enumerated() where places[outcome.account] == nil {
      places[outcome.account] = place
    }
    for (account, warning) in warnings {
      guard let place = places[account] else { continue }
      outcomes[place].warnings.append(warning)
    }
  }

  private func add(
    _ wanted: AccountSwitch, to draft: inout SwitchDraft, _ choices: PlanChoices,
    _ certificates: CertificateExceptions
  ) throws(Refusal) -> [Warning] {
    guard let entry = entries.first(where: { $0.key == wanted.account.key }) else {
      throw Refusal(.notFound, "the profile has no mail account \(wanted.account.key)")
    }
    try checkState(of: entry)
    let job = try SwitchJob(
      entry: entry, target: wanted.target, outgoing: wanted.outgoing, profile: profile,
      options: options)
    var warnings = try TargetRules(entries: entries, draft: draft).check(job, options)

    draft.jobs.append(job)
    let directory = try draft.allocation.newDirectory(for: job.target.host)
    draft.directories.append((directory, job.user))
    job.setServerKeys(directory, &draft.wishes)
    job.setJunkTargets(&draft.wishes)
    job.setIdentities(&draft.wishes)
    warnings += job.setServerSideDeletion(&draft.wishes)
    try job.keepOldMail(references, &draft)
    warnings += try job.copyFilters(to: directory, choices: choices, &draft)
    warnings += draft.logins.add(job)
    warnings += try job.oauth2Warnings(draft.logins)
    draft.folders.add(job)
    try checkOverrides(job, draft)
    return warnings + (try job.otherWarnings(certificates)) + profile.installation.warnings
  }

  private func noteDefaults(_ draft: inout SwitchDraft) {
    draft.wishes.noteDefaults(
      "Thunderbird 153 drops a value at its exit that equals a default set for all profiles",
      profile.isDefault)
  }

  private func checkState(of entry: AccountEntry) throws(Refusal) {
    switch entry.account.state {
    case .ready: return
    case .current: throw Refusal(.unsupported, "\(entry.key) is an IMAP account already")
    case .blocked:
      throw Refusal(
        entry.account.reason ?? .unsupported,
        entry.account.explanation ?? "\(entry.key) cannot be switched")
    }
  }

  /// Nothing is written that the client would not follow, or that somebody takes back at its next
  /// start.
  private func checkOverrides(_ job: SwitchJob, _ draft: SwitchDraft) throws(Refusal) {
    // Mostly nobody sets anything.
    guard profile.userJS != nil || profile.installation.setsAlways else { return }
    let keys =
      draft.wishes.keys(of: job.user) + ServerKeys.deciding.map(job.server.name)
      + ["mail.account.\(job.user).server"]
    if let key = profile.keySetByUserJS(among: keys) { throw UserJS.refusal(key) }
    // Also taken out by an administrator, a value would lay open that for all servers.
    let harmful = ServerSideDeletion.known.map { job.server.name($0.leaf) }
    if let refusal = profile.installation.refusal(for: keys + harmful) { throw refusal }
  }
}

/// What has been planned so far.
struct SwitchDraft {
  var allocation: Allocation
  var logins: SavedLogins
  var folders: UnifiedInbox
  var wishes = PrefsWishes()
  var branches: [CreatedBranch] = []
  var directories: [(path: RelativePath, user: String)] = []
  var filters: [PlannedFile] = []
  /// By account.
  var mail: [String: MailSettings] = [:]
  /// The accounts that are switched, in order.
  var jobs: [SwitchJob] = []
  var users: [String] { jobs.map(\.user) }
  /// Old-mail servers of this plan.
  var oldMailServers: [ServerURI] = []

  init(allocation: Allocation, logins: SavedLogins, folders: UnifiedInbox) {
    self.allocation = allocation
    self.logins = logins
    self.folders = folders
  }

  /// In write order: first what the old profile passes over, at the end prefs.js, which decides. A
  /// client started in between finds its POP accounts as before (seen with Thunderbird 153).
  func files(
    _ prefs: PrefsDocument, choices: inout PlanChoices
  ) throws(Refusal) -> [PlannedFile] {
    var files: [PlannedFile] = []
    if !allocation.imapMailExists {
      files.append(PlannedFile(path: allocation.imapMail, work: .mkdir(), users: users))
    }
    files += directories.map { PlannedFile(path: $0.path, work: .mkdir(), users: [$0.user]) }
    files += filters
    if let file = try logins.file(choices: &choices) { files.append(file) }
    if let file = try folders.file() { files.append(file) }
    files.append(
      PlannedFile(
        path: .prefsJS,
        work: .edit(
          source: prefs.source, edits: try wishes.plannedEdits(in: prefs), branches: branches),
        commits: true, users: users))
    return files
  }
}
