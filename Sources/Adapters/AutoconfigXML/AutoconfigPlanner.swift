import ConfigFormats
import ProfileRewriter

/// Plans what is to become of the POP servers of one file.
struct AutoconfigPlanner {
  let file: AutoconfigFile
  let options: SwitchOptions

  func plan(_ switches: [AccountSwitch]) throws(Refusal) -> ProfilePlan {
    try checkOptions()
    var outcomes = switches.map { ProfilePlan.Outcome(account: $0.account.key) }
    var accepted: [String: ServerSettings] = [:]
    for (index, wanted) in switches.enumerated() {
      do throws(Refusal) {
        let (target, warnings) = try check(wanted)
        accepted[wanted.account.key] = target
        outcomes[index].warnings = warnings
      } catch {
        outcomes[index].refusal = error
      }
    }
    var changes: [XMLChange] = []
    for provider in file.providers {
      let rewrite = ProviderRewrite(
        provider: provider, document: file.document, targets: accepted, keepPOP: options.keepPOP)
      guard !rewrite.selected.isEmpty else { continue }
      if let refusal = rewrite.refusal {
        for key in rewrite.selected.map(\.key) {
          accepted[key] = nil
          outcomes.refuse(key, refusal)
        }
        continue
      }
      let (own, warnings) = (rewrite.changes, rewrite.warnings)
      changes += own
      for key in rewrite.selected.map(\.key) {
        outcomes.update(key) {
          $0.warnings += warnings
          $0.isDone = own.isEmpty
        }
      }
    }
    guard !changes.isEmpty else { return ProfilePlan(outcomes: outcomes, files: []) }
    return ProfilePlan(outcomes: outcomes, files: [try planned(changes, accepted.keys.sorted())])
  }

  /// - Throws: `unsupported` for what such a file has no words for.
  private func checkOptions() throws(Refusal) {
    if options.pathPrefix != nil || options.offlineMail != nil {
      throw Refusal(
        .unsupported,
        "an autoconfig file cannot say what --path-prefix and --offline-mail ask for; leave them "
          + "out")
    }
  }

  private func check(
    _ wanted: AccountSwitch
  ) throws(Refusal) -> (ServerSettings, [Warning]) {
    let old = wanted.account.settings
    var target = wanted.target
    target.host = Pattern.lowercased(target.host)
    var shown = target
    // Each client puts its user's domain there.
    shown.host = target.host.replacing(Pattern.domain, with: "example.com")
    try TargetCheck.check(shown)
    var warnings = try TargetCheck.compare(target, with: old, options)
    if target.username != old.username {
      warnings.append(
        Warning(
          .usernameDiffers,
          "the IMAP user name is \(target.username.printable), not \(old.username.printable)"))
    }
    return (target, warnings)
  }

  /// - Throws: `unsupported` where the document has no spelling for it.
  private func planned(
    _ changes: [XMLChange], _ users: [String]
  ) throws(Refusal) -> PlannedFile {
    let document = file.document
    do {
      let (edits, after) = try document.rewriting(changes)
      let keyed = KeyedRewrite(before: document, after: after, edits: edits, users: users)
      return PlannedFile(
        path: file.path,
        work: .edit(source: document.source, edits: keyed.planned, branches: []), commits: true,
        sensitive: file.hasPassword, users: users)
    } catch {
      throw Refusal(
        .unsupported, "\(file.path.shown) cannot be rewritten without touching more (\(error))")
    }
  }
}

extension [ProfilePlan.Outcome] {
  fileprivate mutating func update(_ key: String, _ body: (inout ProfilePlan.Outcome) -> Void) {
    if let index = firstIndex(where: { $0.account == key }) { body(&self[index]) }
  }

  fileprivate mutating func refuse(_ key: String, _ refusal: Refusal) {
    update(key) {
      $0.refusal = refusal
      $0.warnings = []
    }
  }
}
