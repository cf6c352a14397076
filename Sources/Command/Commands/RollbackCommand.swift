import ArgumentParser
import MailUpload
import ProfileRewriter

struct RollbackCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Take changes back, newest first.",
    discussion: """
      A profile that nobody has touched since gets its bytes back exactly. Where the client has \
      rewritten its files, every setting of ours goes back by its key and everything else stays. \
      What both we and somebody else changed is a conflict, named, exit status 4. An argument with \
      a slash is a PATH, every other one a change id.

        profile-rewriter rollback --last
        profile-rewriter rollback dembwdhctb
        profile-rewriter rollback --all /home/alice
      """)

  @Argument(
    help: ArgumentHelp("Change ids, and PATHs to limit the undo to.", valueName: "id or path"))
  var arguments: [BytePath] = []

  @Flag(help: "Undo the last run that switched anything, and what finish did since.")
  var last = false

  @Option(name: .customLong("run"), help: ArgumentHelp("Undo this run.", valueName: "id"))
  var runID: String?

  @Flag(help: "Undo everything that is recorded and not undone.")
  var all = false

  @Flag(
    help: """
      Restore POP accounts so that they leave mail on the server, with every deletion there \
      switched off.
      """)
  var leaveOnServer = false

  @Flag(help: "Undo although POP will fetch again what `upload` has put into the inbox.")
  var yes = false

  @Flag(help: "Say what would be undone and what is in the way, and do nothing.")
  var dryRun = false

  @OptionGroup var filter: FilterOptions
  @OptionGroup var failures: FailureLimitOption
  @OptionGroup var locking: LockOptions
  @OptionGroup var jobs: JobsOption
  @OptionGroup var common: CommonOptions

  func validate() throws {
    let given = [!arguments.ids.isEmpty, last, runID != nil, all].count { $0 }
    guard given == 1 else {
      throw ValidationError(
        given == 0
          ? "say what to undo: change ids, --last, --run ID or --all"
            + (arguments.isEmpty ? "" : "; --all PATH undoes what was changed there")
          : "give only one of: change ids, --last, --run ID, --all")
    }
  }

  func perform() throws -> ExitStatus {
    StandardOutput.shared.finishWorkUnread()
    Interruption.advise()
    let request = UndoRequest(
      which: which, paths: try AbsolutePath.all(of: arguments.filter(\.isPath)),
      pattern: filter.pattern, clients: Set(filter.clients), leaveOnServer: leaveOnServer,
      acceptsFetchingAgain: yes, limits: RunLimits(failures: failures.maxFailures))
    var outcome = Outcome()
    var report = ResultReport(command: "rollback", json: common.json, isDryRun: dryRun)
    Interruption.stopBetweenProfiles()
    var engine = try common.engine(locking)
    let progress = HomesProgress("changes undone", writesMeanwhile: common.json)
    engine.work(jobs, showing: progress)
    engine.configuration.uploadedMail = RecordedUploads(
      stateDirectory: engine.configuration.stateDirectory)
    let emit = { (row: ResultRow) in
      outcome.note(row)
      report.add(row)
    }
    let summary =
      try dryRun ? engine.foretellRollback(request, emit) : engine.rollback(request, emit)
    progress.clear()
    report.finish(summary)
    return outcome.status
  }

  private var which: UndoRequest.Which {
    if last { return .lastRun }
    if all { return .all }
    if let runID { return .run(runID) }
    return .changes(arguments.ids)
  }
}

extension [BytePath] {
  /// Those that are change ids.
  var ids: [String] {
    filter { !$0.isPath }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }
}

extension BytePath {
  /// Whether an argument that may be an id or a path is a path.
  var isPath: Bool {
    bytes.contains(UInt8(ascii: "/")) || bytes.elementsEqual([0x2e])
      || bytes.elementsEqual([0x2e, 0x2e])
  }
}
