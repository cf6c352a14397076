import ArgumentParser
import ProfileRewriter

struct ShowCommand: RewriterCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case diff
    case json
  }

  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one recorded change.",
    discussion: """
      As a diff it is what GNU patch reads; what a diff cannot carry (new files and directories) \
      stands as comments at its head. A file that holds secrets is listed by key only, unless \
      --include-sensitive writes it to a new file of your own. In the home:

        profile-rewriter show dembwdhctb
        profile-rewriter show dembwdhctb --include-sensitive --out change.diff
        patch --binary -R -p0 < change.diff
      """)

  @Argument(help: ArgumentHelp("The change's id, or its beginning.", valueName: "id"))
  var id: String

  @Option(help: "diff or json (default: a summary with the diff).")
  var format: Format?

  @Flag(help: "Files that hold secrets, too; needs --out.")
  var includeSensitive = false

  @Option(
    help: ArgumentHelp("Write to a new file that only you can read.", valueName: "file"))
  var out: BytePath?

  @OptionGroup var common: CommonOptions

  private var wantsJSON: Bool { format == .json || (format == nil && common.json) }

  func validate() throws {
    guard includeSensitive else { return }
    guard out != nil else {
      throw ValidationError("--include-sensitive writes only to a new file: add --out FILE")
    }
    guard !wantsJSON else {
      throw ValidationError(
        "--include-sensitive works with --format diff; JSON never holds secrets")
    }
  }

  func perform() throws -> ExitStatus {
    let engine = try common.engine()
    let change = try engine.change(id)
    let content: [UInt8]
    if wantsJSON {
      content = ChangeReport.json(change) + [UInt8(ascii: "\n")]
    } else if format == .diff || out != nil {
      content = try engine.diff(of: change, includeSensitive: includeSensitive)
    } else {
      ChangeReport.summarise(change)
      content = try engine.diff(of: change)
    }
    if let out {
      try NewFile.create(AbsolutePath.from(out.bytes), content)
      Talk.say("wrote \(out.shown)")
    } else if wantsJSON {
      StandardOutput.shared.write(content)
    } else {
      DiffText.write(content)
    }
    return .done
  }
}
