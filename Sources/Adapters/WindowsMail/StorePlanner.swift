import ConfigFormats
import ProfileRewriter

/// Plans the switch of several accounts of one store as one change: the files that make the IMAP accounts
/// first, then the POP accounts, which are left out from now on. The last of these commits.
struct StorePlanner {
  let store: AccountStore
  let options: SwitchOptions

  func plan(
    _ switches: [AccountSwitch], choices: inout PlanChoices
  ) throws(Refusal) -> ProfilePlan {
    var outcomes: [ProfilePlan.Outcome] = []
    var added: [PlannedFile] = []
    var leftOut: [PlannedFile] = []
    var taken: [ServerSettings] = []
    for wanted in switches {
      do throws(Refusal) {
        let job = try StoreJob(wanted, store, options)
        guard !taken.contains(where: { job.wouldDouble($0) }) else { throw job.double }
        leftOut.append(try job.leavingOut())
        added.append(try job.adding(named: choices.newGUID()))
        taken.append(job.target)
        outcomes.append(
          ProfilePlan.Outcome(
            account: wanted.account.key, warnings: job.warnings, mail: job.mailSettings))
      } catch {
        outcomes.append(ProfilePlan.Outcome(account: wanted.account.key, refusal: error))
      }
    }
    if let last = leftOut.indices.last { leftOut[last].commits = true }
    return ProfilePlan(outcomes: outcomes, files: added + leftOut)
  }
}
