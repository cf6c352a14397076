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

      --merge brings together what `report --json` printed on several machines, and looks at none.

        profile-rewriter report --all-users --html report.html
        profile-rewriter report --homes-from homes.txt --csv - --risk
        profile-rewriter report --merge host1.jsonl host2.jsonl --html fleet.html
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

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Merge these files, each what `report --json` printed on one machine.", valueName: "file"))
  var merge: [BytePath] = []

  @OptionGroup(title: "Target") var target: TargetOptions
  @OptionGroup var locking: ClosedClientOption
  @OptionGroup var links: LinkOption
  @OptionGroup var jobs: JobsOption
  @OptionGroup var common: CommonOptions

  private var csvToOutput: Bool { csv?.bytes.elementsEqual("-".utf8) ?? false }

  func validate() throws {
    guard merge.isEmpty || !looksAtThisMachine else {
      throw ValidationError(
        "--merge takes reports as they are; only --html, --csv, --json and --verbose go with it")
    }
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

  private var looksAtThisMachine: Bool {
    !paths.isEmpty || fleet.isGiven || filter.isGiven || xdg.isGiven || risk || target.isGiven
  }

  func perform() throws -> ExitStatus {
    if !merge.isEmpty { return try performMerge() }
    let selection = try selection()
    let request = SwitchRequest(
      selection: selection, settings: try target.settings(), options: target.options,
      countsMail: risk)
    var engine = try common.engine(
      clientIsClosed: locking.clientIsClosed, allowLinks: links.allowLinks)
    let files = try OutputFiles(html: html, csv: csvToOutput ? nil : csv)
    let progress = HomesProgress("homes read", writesMeanwhile: false)
    engine.work(jobs, showing: progress)
    var outcome = Outcome()
    Interruption.stopBetweenProfiles()
    let report = try FleetReport.read(request, by: engine, now: time(nil)) {
      outcome.note(refused: $0.reason)
    }
    progress.clear()
    guard !Interruption.wasAsked else { return outcome.status }
    try write(report, .journal(engine, paths: Array(selection.paths)), files)
    return outcome.status
  }

  private func performMerge() throws -> ExitStatus {
    let reports = try merge.map { file in
      let path = try AbsolutePath.from(file.bytes)
      return GatheredReport(name: file.shown) {
        try InputFile.read(path, largest: Self.largestReport, kind: "a report")
      }
    }
    let files = try OutputFiles(html: html, csv: csvToOutput ? nil : csv)
    // A signal leaves no half file behind: what is at hand is finished.
    Interruption.stopBetweenProfiles()
    try write(FleetReport.merged(reports, now: time(nil)), .gathered(reports), files)
    return .done
  }

  /// Ten thousand accounts with their changes take about a hundredth of this.
  private static let largestReport = 1 << 30

  /// What is written to besides standard output. What cannot be is better said before everything is read.
  private struct OutputFiles {
    var page: ReplacedFile?
    var values: ReplacedFile?
    var names: [String]

    init(html: BytePath?, csv: BytePath?) throws {
      page = try html.map { try ReplacedFile(AbsolutePath.from($0.bytes)) }
      values = try csv.map { try ReplacedFile(AbsolutePath.from($0.bytes)) }
      names = [html, csv].compactMap { $0?.shown }
    }
  }

  private func write(_ report: FleetReport, _ changes: ReportedChanges, _ files: OutputFiles) throws
  {
    if let page = files.page {
      try ReportPage.write(report, changes, to: page.write)
      try page.finish()
    }
    if let values = files.values {
      ReportCSV.write(report) { values.write($0 + [0x0a]) }
      try values.finish()
    }
    if csvToOutput { ReportCSV.write(report, to: StandardOutput.shared.writeLine) }
    if common.json {
      try ReportRows.write(report, changes, to: StandardOutput.shared.writeLine)
    } else {
      FleetText.show(report, tableIsFree: !csvToOutput)
    }
    for name in files.names { Talk.say("wrote \(name)") }
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
