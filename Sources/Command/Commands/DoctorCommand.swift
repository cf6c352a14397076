import ArgumentParser
import ProfileRewriter

struct DoctorCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look whether everything recorded can still be taken back.",
    discussion: """
      Looks at the journal and the directory it lies in, at what is unsettled, and at every \
      switched profile: would a rollback give the old bytes back, go by key, or meet a conflict? \
      Says what to run. Changes nothing; the status is 1 when somebody should look.

        profile-rewriter doctor
        profile-rewriter doctor /home/alice --json
      """)

  @Argument(help: ArgumentHelp("Only changes at or below these (default: all).", valueName: "path"))
  var paths: [BytePath] = []

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let paths = try AbsolutePath.all(of: paths)
    Interruption.stopBetweenProfiles()
    let report = DoctorReport(json: common.json, stateArgument: common.stateArgument)
    let summary = try common.engine().examine(paths: paths, report.show)
    report.finish(summary)
    return summary.isSound ? .done : .failed
  }
}
