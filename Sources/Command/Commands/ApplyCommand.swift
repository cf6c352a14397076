import ArgumentParser
import MailBackup
import ProfileRewriter

struct ApplyCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Switch the selected accounts: the reversible patch first, then the change.",
    discussion: """
      Close the mail client first; a profile whose client runs is refused. A second run changes \
      nothing. Every change has an id by which `rollback` takes it back.

        profile-rewriter apply --imap-host imap.example.net
        profile-rewriter apply --plan plan.json
      """)

  @OptionGroup var selection: SelectionOptions
  @OptionGroup(title: "Target") var target: TargetOptions

  @Option(
    help: ArgumentHelp(
      "Apply a plan that `plan --out` saved, or refuse it as stale.", valueName: "file"))
  var plan: BytePath?

  @Option(
    help: ArgumentHelp(
      """
      Refuse an account whose mail has no verified backup here that is as the mail is now; see \
      `backup`.
      """, valueName: "directory"))
  var requireBackup: BytePath?

  @Option(
    help: ArgumentHelp(
      """
      Change this many profiles at most, to look at before the rest; the same command again goes on.
      """,
      valueName: "number"))
  var limit: Int?

  @OptionGroup var failures: FailureLimitOption
  @OptionGroup var locking: LockOptions
  @OptionGroup var jobs: JobsOption
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard limit.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--limit takes a number from 1")
    }
    guard plan != nil else { return }
    if selection.isGiven || selection.filter.isGiven || target.isGiven || selection.xdg.isGiven {
      throw ValidationError(
        "--plan says what to do to which accounts; give no PATH, filter or target with it")
    }
  }

  func perform() throws -> ExitStatus {
    StandardOutput.shared.finishWorkUnread()
    Interruption.advise()
    var engine = try common.engine(locking)
    let progress = HomesProgress("homes done", writesMeanwhile: common.json)
    engine.work(jobs, showing: progress)
    if let requireBackup {
      engine.configuration.backupCheck = try RequiredBackup(
        in: AbsolutePath.from(requireBackup.bytes))
    }
    var outcome = Outcome()
    var report = ResultReport(command: "apply", json: common.json)
    let emit = { (row: ResultRow) in
      outcome.note(row)
      report.add(row)
    }
    let summary: ApplySummary
    if let plan {
      let saved = try PlanFile.read(AbsolutePath.from(plan.bytes))
      Interruption.stopBetweenProfiles()
      summary = try engine.apply(saved, limits: limits, emit)
    } else {
      // A list of homes may be long in coming, and until it is there is nothing to finish.
      let request = SwitchRequest(
        selection: try selection.selection(), settings: try target.settings(),
        options: target.options, limits: limits)
      Interruption.stopBetweenProfiles()
      summary = try engine.apply(request, emit)
    }
    progress.clear()
    report.finish(summary)
    selection.sayNothing(at: summary.withoutProfile)
    selection.sayUnmatched(
      accounts: summary.applied + summary.unchanged + summary.refused + summary.failed,
      withoutProfile: summary.withoutProfile)
    if summary.applied > 0, !common.json {
      let todo = report.leftToDo?.lines(finish: finishCommand(report)) ?? []
      for line in todo { Talk.say(line) }
      suggestRollback(report.changes, summary)
    }
    return outcome.status
  }

  private var limits: RunLimits { RunLimits(changes: limit, failures: failures.maxFailures) }

  private func finishCommand(_ report: ResultReport) -> String {
    let what = report.unfinished.only.map { " \($0)" } ?? ""
    let how = report.finishAsksServer ? " --online" : ""
    return "profile-rewriter finish\(how)\(what)\(locking.wordsGiven)\(common.stateArgument)"
  }

  private func suggestRollback(_ changes: NamedChanges, _ summary: ApplySummary) {
    let what = changes.only ?? "--run \(summary.run ?? "")"
    let rest = locking.wordsGiven + common.stateArgument
    Talk.say("to take it back: profile-rewriter rollback \(what)\(rest)")
  }
}
