import ConfigFormats
import ProfileRewriter

/// Plans the switch of several accounts of one profile as one change. All of them stand in `accountrc`,
/// which commits.
struct FamilyPlanner {
  let profile: FamilyProfile
  let options: SwitchOptions

  func plan(_ switches: [AccountSwitch]) throws(Refusal) -> ProfilePlan {
    let emptying = try TrashAtExit(profile)
    guard let folders = try profile.folders() else {
      throw Refusal(
        .unsupported,
        "there is no folderlist.xml; start \(profile.client.name) once and close it")
    }
    var outcomes: [ProfilePlan.Outcome] = []
    var jobs: [FamilyJob] = []
    var kept: [PlannedFile] = []
    var budget = KeptRecords.budget
    for wanted in switches {
      do throws(Refusal) {
        let job = try FamilyJob(wanted, profile, options)
        if let path = job.fetchedPath, let known = kept.firstIndex(where: { $0.path == path }) {
          // Of one user at one server.
          kept[known].users.append(job.user)
        } else if let fetched = try job.fetched(&budget) {
          kept.append(fetched)
        }
        outcomes.append(
          ProfilePlan.Outcome(
            account: wanted.account.key,
            warnings: job.warnings + emptying.warnings + FamilySending(job, options).warnings,
            note: job.note, mail: job.mailSettings))
        jobs.append(job)
      } catch {
        outcomes.append(ProfilePlan.Outcome(account: wanted.account.key, refusal: error))
      }
    }
    guard !jobs.isEmpty else { return ProfilePlan(outcomes: outcomes, files: []) }
    let users = jobs.map(\.user)
    let files =
      kept + (try emptying.files(users)) + [record(folders, users), try accounts(jobs)]
    return ProfilePlan(outcomes: outcomes, files: files)
  }

  /// The client puts the server's folders in by itself, and fills none that stand there empty. It is
  /// not to find them with a POP account: Claws Mail 4.1.1 then crashes at its start, Sylpheed 3.8
  /// shows a tree that leads nowhere (seen).
  private func record(_ folders: XMLDocument, _ users: [String]) -> PlannedFile {
    let evidence =
      "\(profile.client.name) puts in the folders of an IMAP account at its first start"
    let edits = users.compactMap { user -> PlannedEdit? in
      let key = FolderList.key(of: user)
      guard folders.value(forKey: key) == nil else { return nil }
      return PlannedEdit(
        key: key, before: nil, after: nil, edits: [],
        clientRewrites: ClientRewrite(evidence, .beginning(Array("<folder ".utf8))), users: [user])
    }
    return PlannedFile(
      path: FolderList.path, work: .edit(source: folders.source, edits: edits, branches: []),
      users: users)
  }

  private func accounts(_ jobs: [FamilyJob]) throws(Refusal) -> PlannedFile {
    let document = profile.document
    let wishes = jobs.flatMap(\.wishes)
    let changes = wishes.map { KeyFileChange($0.key, $0.value) }
    let planned: [PlannedEdit]
    do {
      planned = try document.edits(applying: changes).compactMap { change in
        wishes.first { $0.key == change.key }.map { wish in
          PlannedEdit(
            key: wish.key, before: document.value(forKey: wish.key), after: wish.value,
            edits: change.edits, deciding: wish.deciding, clientRewrites: wish.rewrite,
            users: [wish.user])
        }
      }
    } catch {
      throw Refusal(.unsupported, "accountrc: \(error)")
    }
    return PlannedFile(
      path: FamilyAccount.path,
      work: .edit(source: document.source, edits: planned, branches: []), commits: true,
      sensitive: profile.holdsPasswords, users: jobs.map(\.user))
  }
}
