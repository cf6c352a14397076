import Adapters
import ConfigFormats
import ProfileRewriter

/// The switch of several accounts as edits of the one file, which commits.
struct PigeonPlanner {
  let file: PigeonFile
  let options: SwitchOptions

  func plan(_ switches: [AccountSwitch]) throws(Refusal) -> ProfilePlan {
    var outcomes: [ProfilePlan.Outcome] = []
    var wishes: [(key: String, value: String, user: String)] = []
    for wanted in switches {
      let key = wanted.account.key
      do throws(Refusal) {
        let (values, warnings) = try check(wanted)
        wishes += values.map { ("\(key)/\($0.key)", $0.value, key) }
        outcomes.append(
          ProfilePlan.Outcome(account: key, warnings: warnings, mail: mail(of: key)))
      } catch {
        outcomes.append(ProfilePlan.Outcome(account: key, refusal: error))
      }
    }
    guard !wishes.isEmpty else { return ProfilePlan(outcomes: outcomes, files: []) }
    return ProfilePlan(outcomes: outcomes, files: [try planned(wishes)])
  }

  private func check(
    _ wanted: AccountSwitch
  ) throws(Refusal) -> (values: [(key: String, value: String)], warnings: [Warning]) {
    guard file[wanted.account.key] != nil else {
      throw Refusal(.notFound, "the profile has no account \(wanted.account.key.printable)")
    }
    let (target, warnings) = try TargetCheck.accept(wanted, options)
    guard target.auth == .passwordCleartext else {
      throw Refusal(.unsupported, "Pigeon knows no authentication but by password")
    }
    let tls =
      switch target.security {
      case .tls: "yes"
      case .starttls: "starttls"
      case .none: "no"
      }
    var values = [
      ("Protocol", "imap"), ("Host", target.host), ("Port", String(target.port)), ("TLS", tls),
      ("User", target.username),
    ]
    if let prefix = options.pathPrefix { values.append(("Prefix", prefix)) }
    return (values, warnings)
  }

  private func mail(of key: String) -> MailSettings {
    MailSettings(
      onServer: file[key]?.takesMailOff == false ? .kept : .notKept,
      rules: RuleRisk(incoming: 0, moving: [], deleting: [], cover: .noRules))
  }

  private func planned(
    _ wishes: [(key: String, value: String, user: String)]
  ) throws(Refusal) -> PlannedFile {
    let document = file.document
    let edits: [PlannedEdit]
    do {
      edits = try document.edits(applying: wishes.map { KeyFileChange($0.key, $0.value) })
        .compactMap { change in
          wishes.first { $0.key == change.key }.map { wish in
            PlannedEdit(
              key: wish.key, before: document.value(forKey: wish.key),
              after: Array(wish.value.utf8), edits: change.edits, deciding: true,
              users: [wish.user])
          }
        }
    } catch {
      throw Refusal(.unsupported, "pigeon.ini: \(error)")
    }
    return PlannedFile(
      path: PigeonFile.path, work: .edit(source: document.source, edits: edits, branches: []),
      commits: true, sensitive: true, users: Array(Set(wishes.map(\.user))).sorted())
  }
}
