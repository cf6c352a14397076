import ArgumentParser
import ProfileRewriter

struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Look at the journal of changes.",
    discussion: """
        profile-rewriter history
        profile-rewriter history /home/alice --json
      """,
    subcommands: [HistoryListCommand.self],
    defaultSubcommand: HistoryListCommand.self)
}

struct HistoryListCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List recorded changes, newest first.")

  @Argument(help: ArgumentHelp("Only changes at or below these (default: all).", valueName: "path"))
  var paths: [BytePath] = []

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let changes = try common.engine().history(paths: AbsolutePath.all(of: paths))
    HistoryReport(json: common.json).show(changes)
    return .done
  }
}
