import ConfigFormats
import ProfileRewriter

/// Plans the switch of several accounts of one profile as one change: each account has its own
/// file, and the last of them commits.
struct EvolutionPlanner {
  let loaded: LoadedSources
  let options: SwitchOptions

  func plan(_ switches: [AccountSwitch]) throws(Refusal) -> ProfilePlan {
    let rules = try IncomingRules(loaded)
    let certificates = try TrustedCertificates(loaded)
    let settings = EvolutionSettings(loaded)
    var outcomes: [ProfilePlan.Outcome] = []
    var jobs: [EvolutionJob] = []
    for wanted in switches {
      do throws(Refusal) {
        let job = try EvolutionJob(
          wanted, loaded: loaded, options: options, rules: rules, settings: settings)
        outcomes.append(
          ProfilePlan.Outcome(
            account: wanted.account.key,
            warnings: job.warnings + certificates.warnings(for: job) + settings.warnings,
            note: job.note))
        jobs.append(job)
      } catch {
        outcomes.append(ProfilePlan.Outcome(account: wanted.account.key, refusal: error))
      }
    }
    return ProfilePlan(outcomes: outcomes, files: try files(jobs))
  }

  /// In write order: the directories that keep POP's state where it is, what undo needs, and the
  /// accounts' own files. Evolution started at any instant between finds each account either POP or
  /// IMAP, with all that it needs.
  private func files(_ jobs: [EvolutionJob]) throws(Refusal) -> [PlannedFile] {
    var files = try directories(jobs)
    for job in jobs { files += try job.companions() }
    for (index, job) in jobs.enumerated() {
      files.append(try job.accountFile(commits: index == jobs.count - 1))
    }
    return files
  }

  /// The accounts' cache directories and what is missing on the way there, each once.
  private func directories(_ jobs: [EvolutionJob]) throws(Refusal) -> [PlannedFile] {
    var users: [RelativePath: [String]] = [:]
    for job in jobs {
      var next = try job.cacheDirectoryToMake()
      while let directory = next, try loaded.home.kind(directory) == nil {
        users[directory, default: []].append(job.user)
        next = directory.parent
      }
    }
    return users.sorted { $0.key < $1.key }.map { path, users in
      PlannedFile(path: path, work: .mkdir(mode: 0o700), users: users)
    }
  }
}
