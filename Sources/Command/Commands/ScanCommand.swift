import ArgumentParser
import ProfileRewriter

struct ScanCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract: "List profiles and their incoming accounts.",
    discussion: """
      Reads only. An account is ready (POP, can be switched), current (IMAP already) or blocked, \
      with the reason.

        profile-rewriter scan
        profile-rewriter scan --json --all-users
      """)

  @OptionGroup var selection: SelectionOptions
  @OptionGroup var locking: ClosedClientOption
  @OptionGroup var links: LinkOption
  @OptionGroup var jobs: JobsOption
  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    var engine = try common.engine(
      clientIsClosed: locking.clientIsClosed, allowLinks: links.allowLinks)
    let progress = HomesProgress("homes read", writesMeanwhile: common.json)
    engine.work(jobs, showing: progress)
    var outcome = Outcome()
    var report = ScanReport(json: common.json)
    Interruption.stopBetweenProfiles()
    let summary = engine.scan(try selection.selection()) { row in
      if let problem = row.problem { outcome.note(refused: problem.reason) }
      report.add(row)
    }
    progress.clear()
    report.finish(summary)
    selection.sayNothing(at: summary.withoutProfile)
    selection.sayUnmatched(
      accounts: summary.ready + summary.current + summary.blocked,
      withoutProfile: summary.withoutProfile)
    return outcome.status
  }
}
