import ArgumentParser
import Autoconfig

struct LintCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Check autoconfig files, and tell what each mail client would read from them.",
    discussion: """
      A PATH is an autoconfig file or a directory with such files: a provider database, an \
      installation's isp, or a web root, which is looked into as a whole. Reads only, and asks \
      nobody.

      An error is what makes a client refuse the file or leave a server out, or cannot work as it \
      is written; a warning works and is not advised. Status 1 if there is an error.

        profile-rewriter autoconfig lint config-v1.1.xml
        profile-rewriter autoconfig lint /var/www/autoconfig --format sarif
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
    case sarif
  }

  @Argument(help: ArgumentHelp("Autoconfig files, and directories of them.", valueName: "path"))
  var paths: [BytePath] = []

  @Option(
    help: ArgumentHelp("How to print the findings (text, json or sarif).", valueName: "format"))
  var format: Format?

  @Flag(help: "Show notes and what clients read, for several files too.")
  var all = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard !paths.isEmpty else { throw ValidationError("name a file or a directory") }
    if common.json, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) cannot go together")
    }
  }

  func perform() throws -> ExitStatus {
    let targets = try paths.map { path in
      LintRun.Target(shown: path.bytes, path: try AbsolutePath.from(path.bytes))
    }
    Interruption.stopBetweenProfiles()
    var run = LintRun(shouldStop: { Interruption.wasAsked })
    var files: [LintedFile] = []
    let summary = run.run(targets) { files.append($0) }
    switch common.json ? .json : format ?? .text {
    case .text: LintText(showsAll: all || files.count == 1).write(files, summary)
    case .json: LintRows.write(files, summary)
    case .sarif: StandardOutput.shared.writeLine(SARIF.document(files))
    }
    return summary.errors > 0 ? .failed : .done
  }
}
