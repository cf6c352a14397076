import ArgumentParser
import ProfileRewriter

struct HistoryExportCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write recorded changes to a file, for `history import` on another machine.",
    discussion: """
      The file is made new, for your eyes only, and holds what the journal holds: servers, user \
      names and the replaced parts of files, no passwords. This journal stays as it is. An argument \
      with a slash is a PATH, every other one a change id; none means every change.

        profile-rewriter history export --out changes.export
        profile-rewriter history export /srv/homes/alice --out alice.export
      """)

  @Argument(help: ArgumentHelp("Change ids, and PATHs to limit it to.", valueName: "id or path"))
  var arguments: [BytePath] = []

  @Option(help: ArgumentHelp("The new file.", valueName: "file"))
  var out: BytePath

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let (file, count) = try common.engine().exportChanges(
      ids: arguments.ids, paths: AbsolutePath.all(of: arguments.filter(\.isPath)))
    try NewFile.create(AbsolutePath.from(out.bytes), file)
    if common.json {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "summary")
          line.add("command", "history export")
          line.add("exported", count)
          line.add("bytes", file.count)
        })
    } else {
      Talk.say("\(Talk.count(count, "change")) written to \(out.shown)")
    }
    return .done
  }
}
