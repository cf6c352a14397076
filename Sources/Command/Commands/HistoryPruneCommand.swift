import ArgumentParser
import Glibc
import ProfileRewriter

struct HistoryPruneCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Forget old changes.",
    discussion: """
      Changes that have been undone go; with --applied those that stand, too, which can never be \
      taken back then. What was interrupted always stays.

        profile-rewriter history prune --older-than 90
        profile-rewriter history prune --older-than 365 --applied --dry-run
      """)

  @Argument(help: ArgumentHelp("Only changes at or below these (default: all).", valueName: "path"))
  var paths: [BytePath] = []

  @Option(
    help: ArgumentHelp("Only what was applied or undone at least so long ago.", valueName: "days"))
  var olderThan: Int

  @Flag(help: "Changes that stand, too. They cannot be undone afterwards.")
  var applied = false

  @Flag(help: "Only name what would go.")
  var dryRun = false

  @OptionGroup var common: CommonOptions

  private static let secondsOfDay = 86_400

  func validate() throws {
    guard (0...100_000).contains(olderThan) else {
      throw ValidationError("--older-than takes a number of days, 0 or more")
    }
  }

  func perform() throws -> ExitStatus {
    let request = PruneRequest(
      before: time(nil) - olderThan * Self.secondsOfDay + (olderThan == 0 ? 1 : 0),
      includesApplied: applied, paths: try AbsolutePath.all(of: paths))
    let engine = try common.engine()
    let changes = try engine.prune(request, dryRun: dryRun)
    if common.json {
      for change in changes {
        StandardOutput.shared.writeLine(JSONObject.line { $0.add(change) })
      }
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "summary")
          line.add("command", "history prune")
          line.add("dry_run", dryRun)
          line.add("pruned", changes.count)
        })
      return .done
    }
    if dryRun, !changes.isEmpty {
      var report = HistoryReport(json: false)
      for change in changes { report.add(change) }
      report.finish()
    }
    Talk.say(
      "\(Talk.count(changes.count, "change")) \(dryRun ? "would be forgotten" : "forgotten")")
    return .done
  }
}
