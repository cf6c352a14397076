import ArgumentParser
import ProfileRewriter

struct RecoverCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover",
    abstract: "Settle changes that were interrupted.",
    discussion: """
      After a crash or a power cut every profile is still wholly old or wholly new for its client; \
      this finishes or takes back what was begun. apply and rollback do the same for the profiles \
      they touch.

        profile-rewriter recover
      """)

  @Argument(help: ArgumentHelp("Only changes at or below these (default: all).", valueName: "path"))
  var paths: [BytePath] = []

  @OptionGroup var locking: LockOptions
  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    StandardOutput.shared.finishWorkUnread()
    Interruption.advise()
    var outcome = Outcome()
    var report = ResultReport(command: "recover", json: common.json)
    Interruption.stopBetweenProfiles()
    let summary = try common.engine(locking).recover(paths: AbsolutePath.all(of: paths)) { row in
      outcome.note(row)
      report.add(row)
    }
    report.finish(summary)
    return outcome.status
  }
}
