import ArgumentParser
import Glibc
import ProfileRewriter
import Reporting

struct ReportCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Tell how far the switch is: as one HTML page, as CSV, as JSON.",
    discussion: """
      Brings together the journal, the profiles as they are now, and what `plan` says of accounts that \
      are still to be switched. Changes nothing. Without a PATH it reports on every profile that the \
      journal names. The page needs no network and no other file, and holds no passwords; --html and \
      --csv replace a file only when the new one is whole, and make it readable to you alone.

        profile-rewriter report --all-users --html report.html
        profile-rewriter report --homes-from homes.txt --csv - --risk
      """)

  @Argument(
    help: ArgumentHelp(
      "A home, a profile, or an autoconfig file (default: all that the journal names).",
      valueName: "path"))
  var paths: [BytePath] = []

  @OptionGroup var fleet: FleetOptions
  @OptionGroup var filter: FilterOptions
  @OptionGroup var xdg: XDGOptions

  @Option(help: ArgumentHelp("Write the page to this file.", valueName: "file"))
  var html: BytePath?

  @Option(
    help: ArgumentHelp(
      "Write the accounts as comma-separated values to this file, or to standard output (-).",
      valueName: "file"))
  var csv: BytePath?

  @Flag(
    help: "Read the mail of accounts that are still to be switched, and count it as `plan --risk`.")
  var risk = false

  @OptionGroup(title: "Target") var target: TargetOptions
  @OptionGroup var locking: ClosedClientOption
  @OptionGroup var links: LinkOption
  @OptionGroup var jobs: JobsOption
  @OptionGroup var common: CommonOptions

  private var csvToOutput: Bool { csv?.bytes.elementsEqual("-".utf8) ?? false }

  func validate() throws {
    guard paths.isEmpty || !fleet.namesHomes else {
      throw ValidationError("give only one of: PATH, --all-users, --homes-from")
    }
    guard !fleet.isGiven || fleet.namesHomes || !paths.isEmpty else {
      throw ValidationError("--exclude goes with PATHs, --all-users or --homes-from")
    }
    // Without a PATH the journal says which homes, and where their directories lay.
    try xdg.requireOneHome(fleet.namesHomes || paths.count != 1)
    guard !csvToOutput || !common.json else {
      throw ValidationError("--json and --csv - cannot both go to standard output")
    }
  }

  func perform() throws -> ExitStatus {
    let selection = try selection()
    let request = SwitchRequest(
      selection: selection, settings: try target.settings(), options: target.options,
      countsMail: risk)
    var engine = try common.engine(
      clientIsClosed: locking.clientIsClosed, allowLinks: links.allowLinks)
    // What cannot be written is better said before everything is read.
    let page = try html.map { try ReplacedFile(AbsolutePath.from($0.bytes)) }
    let values = try csvToOutput ? nil : csv.map { try ReplacedFile(AbsolutePath.from($0.bytes)) }
    let progress = HomesProgress("homes read", writesMeanwhile: false)
    engine.work(jobs, showing: progress)
    var outcome = Outcome()
    Interruption.stopBetweenProfiles()
    let report = try FleetReport.read(request, by: engine, now: time(nil)) {
      outcome.note(refused: $0.reason)
    }
    progress.clear()
    guard !Interruption.wasAsked else { return outcome.status }
    if let page {
      try ReportPage.write(report, engine, paths: Array(selection.paths), to: page.write)
      try page.finish()
    }
    if let values {
      ReportCSV.write(report) { values.write($0 + [0x0a]) }
      try values.finish()
    }
    if csvToOutput { ReportCSV.write(report, to: StandardOutput.shared.writeLine) }
    if common.json {
      try ReportRows.write(
        report, engine, paths: Array(selection.paths), to: StandardOutput.shared.writeLine)
    } else {
      FleetText.show(report, tableIsFree: !csvToOutput)
    }
    for written in [html, csvToOutput ? nil : csv].compactMap(\.self) {
      Talk.say("wrote \(written.shown)")
    }
    return outcome.status
  }

  private func selection() throws(Fatal) -> Selection {
    var found = Homes.Found()
    var listed = ByteStrings()
    if fleet.allUsers {
      found = Homes.all()
      found.say()
      listed = found.homes
    } else if let file = fleet.homesFrom {
      listed = try HomeList.paths(file)
    } else {
      listed = ByteStrings(try AbsolutePath.all(of: paths))
    }
    listed = fleet.excluded(from: listed)
    guard !listed.isEmpty || !(fleet.namesHomes || !paths.isEmpty) else {
      throw Fatal(code: "usage", "no home is left to report on", status: .usage)
    }
    return Selection(
      paths: listed, clients: Set(filter.clients), pattern: filter.pattern,
      xdg: try xdg.directories(of: listed), owners: found.owners,
      areHomes: fleet.allUsers)
  }
}
