import ArgumentParser
import ProfileRewriter

struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Look at the journal of changes, shorten it, or move it to another machine.",
    discussion: """
        profile-rewriter history
        profile-rewriter history /home/alice --json
        profile-rewriter history prune --older-than 90
        profile-rewriter history export --out changes.export
        profile-rewriter history import changes.export
      """,
    subcommands: [
      HistoryListCommand.self, HistoryPruneCommand.self, HistoryExportCommand.self,
      HistoryImportCommand.self,
    ],
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
    var report = HistoryReport(json: common.json)
    try common.engine().forEachRecordedChange(paths: AbsolutePath.all(of: paths)) { recorded in
      report.add(recorded.change)
      return true
    }
    report.finish()
    return .done
  }
}
