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
    var kept = KeptRecords.budget
    for wanted in switches {
      do throws(Refusal) {
        let job = try EvolutionJob(
          wanted, loaded: loaded, options: options, rules: rules, settings: settings)
        let part = try part(of: job)
        for file in part.companions {
          if case .keep(let content) = file.work { try kept.take(content.count, of: file.path) }
        }
        outcomes.append(
          ProfilePlan.Outcome(
            account: wanted.account.key,
            warnings: job.warnings + certificates.warnings(for: job) + settings.warnings,
            note: job.note, mail: job.mailSettings))
        parts.append(part)
        jobs.append(job)
      } catch {
        outcomes.append(ProfilePlan.Outcome(account: wanted.account.key, refusal: error))
      }
    }
    let sending = try EvolutionSending(loaded: loaded, options: options, jobs: jobs).plan()
    for (account, warning) in sending.warnings {
      guard let place = outcomes.firstIndex(where: { $0.account == account }) else { continue }
      outcomes[place].warnings.append(warning)
    }
    return ProfilePlan(outcomes: outcomes, files: files(parts, sending.files))
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

  /// In write order: the directories that keep POP's state where it is, what undo needs, and the
  /// accounts' own files. Evolution started at any instant between finds each account either POP or
  /// IMAP, with all that it needs.
  private func files(_ parts: [Part], _ transports: [PlannedFile]) -> [PlannedFile] {
    var files =
      directories(parts) + parts.flatMap(\.companions) + transports + parts.map(\.account)
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
