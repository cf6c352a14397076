import ConfigFormats
import ProfileRewriter

/// Plans the switch of several accounts of one profile as one change: each account has its own
/// file, and the last of them commits.
struct EvolutionPlanner {
  let loaded: LoadedSources
  let options: SwitchOptions

  func plan(_ switches: [AccountSwitch]) throws(Refusal) -> ProfilePlan {
    let rules = try IncomingRules(loaded)
    let certificates = TrustedCertificates(loaded)
    let settings = EvolutionSettings(loaded)
    var outcomes: [ProfilePlan.Outcome] = []
    var parts: [Part] = []
    var jobs: [EvolutionJob] = []
    for wanted in switches {
      do throws(Refusal) {
        let job = try EvolutionJob(
          wanted, loaded: loaded, options: options, rules: rules, settings: settings)
        try requireNew(job, jobs)
        let part = try part(of: job)
        outcomes.append(
          ProfilePlan.Outcome(
            account: wanted.account.key,
            warnings: job.warnings + certificates.warnings(for: job) + settings.warnings,
            note: job.note))
        parts.append(part)
        jobs.append(job)
      } catch {
        outcomes.append(ProfilePlan.Outcome(account: wanted.account.key, refusal: error))
      }
    }
    return ProfilePlan(outcomes: outcomes, files: files(parts))
  }

  /// What one account needs written. All that can speak against it is met here, and keeps back this
  /// account alone.
  private struct Part {
    var user: String
    /// The account's cache directory and what is missing on the way there.
    var missing: [RelativePath]
    var companions: [PlannedFile]
    var account: PlannedFile
  }

  private func part(of job: EvolutionJob) throws(Refusal) -> Part {
    var missing: [RelativePath] = []
    var next = try job.cacheDirectoryToMake()
    while let directory = next, try loaded.home.kind(directory) == nil {
      missing.append(directory)
      next = directory.parent
    }
    return Part(
      user: job.user, missing: missing, companions: try job.companions(),
      account: try job.accountFile())
  }

  /// Two accounts on one mailbox would both apply their rules to it.
  private func requireNew(_ job: EvolutionJob, _ others: [EvolutionJob]) throws(Refusal) {
    func isSame(_ settings: ServerSettings) -> Bool {
      settings.host.lowercased() == job.target.host && settings.username == job.target.username
    }
    let there = loaded.sources.first { $0.incomingProtocol == .imap && isSame($0.settings) }
    guard let uid = there?.uid ?? others.first(where: { isSame($0.target) })?.user else { return }
    throw Refusal(
      .duplicateAccount,
      "\(uid.printable) is \(job.target.username.printable) at \(job.target.host) already, or "
        + "becomes it; remove one of the two, or choose with --match")
  }

  /// In write order: the directories that keep POP's state where it is, what undo needs, and the
  /// accounts' own files. Evolution started at any instant between finds each account either POP or
  /// IMAP, with all that it needs.
  private func files(_ parts: [Part]) -> [PlannedFile] {
    var files = directories(parts) + parts.flatMap(\.companions) + parts.map(\.account)
    if let last = files.indices.last { files[last].commits = true }
    return files
  }

  /// Each directory once, for all who need it.
  private func directories(_ parts: [Part]) -> [PlannedFile] {
    var users: [RelativePath: [String]] = [:]
    for part in parts {
      for directory in part.missing { users[directory, default: []].append(part.user) }
    }
    return users.sorted { $0.key < $1.key }.map { path, users in
      PlannedFile(path: path, work: .mkdir(mode: 0o700), users: users)
    }
  }
}
