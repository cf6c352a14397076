import ArgumentParser
import ProfileRewriter

struct FinishCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "finish",
    abstract: "Do what is left to do once the mail client has done its part.",
    discussion: """
      After a switch Evolution must get all mail once before its filter rules may treat what comes \
      in; this switches them on again where that is proved. An account that must wait is refused \
      as not-yet, and nothing is changed. Run it as often as you like. An argument with a slash is \
      a PATH, every other one a change id; none means every change.

        profile-rewriter finish
        profile-rewriter finish /home/alice
      """)

  @Argument(
    help: ArgumentHelp("Change ids, and PATHs to limit it to.", valueName: "id or path"))
  var arguments: [BytePath] = []

  @OptionGroup var filter: FilterOptions
  @OptionGroup var locking: LockOptions
  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    StandardOutput.shared.finishWorkUnread()
    Interruption.advise()
    let request = FinishRequest(
      changes: arguments.ids, paths: try AbsolutePath.all(of: arguments.filter(\.isPath)),
      pattern: filter.pattern, clients: Set(filter.clients))
    var outcome = Outcome()
    var report = ResultReport(command: "finish", json: common.json)
    Interruption.stopBetweenProfiles()
    let summary = try common.engine(locking).finish(request) { row in
      outcome.note(row)
      report.add(row)
    }
    report.finish(summary)
    return outcome.status
  }
}
