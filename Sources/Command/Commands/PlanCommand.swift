import ArgumentParser
import MailCheck
import ProfileRewriter

struct PlanCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show the exact change as a unified diff; change nothing.",
    discussion: """
      Warnings and refusals stand as comment lines before the diff. A plan that was saved with --out \
      holds accounts, settings and hashes, never bytes to write; `apply --plan` computes the change \
      again and refuses when it no longer agrees.

      --risk also reads the accounts' mail and says how much of it is on this computer only; with \
      --online by asking the servers, once for each account. Nothing on a server changes.

        profile-rewriter plan --imap-host imap.example.net
        profile-rewriter plan --risk --online --match alice@example.net
        profile-rewriter plan --all-users --imap-host imap.example.net --out plan.json
      """)

  @OptionGroup var selection: SelectionOptions
  @OptionGroup(title: "Target") var target: TargetOptions

  @Option(
    help: ArgumentHelp(
      "Save the plan for `apply --plan`, to a new file that only you can read.", valueName: "file"))
  var out: BytePath?

  @Flag(help: "Exit with 2 when there is something to change.")
  var detailedExitcode = false

  @Option(help: ArgumentHelp("Unchanged lines shown around a change.", valueName: "lines"))
  var context = 0

  @OptionGroup(title: "Risk") var risk: RiskOptions
  @OptionGroup var locking: ClosedClientOption
  @OptionGroup var links: LinkOption
  @OptionGroup var jobs: JobsOption
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (0...1_000_000).contains(context) else {
      throw ValidationError("--context takes a number of lines, 0 or more")
    }
  }

  func perform() throws -> ExitStatus {
    let request = SwitchRequest(
      selection: try selection.selection(), settings: try target.settings(),
      options: target.options,
      countsMail: risk.risk)
    var engine = try engine(request)
    let progress = HomesProgress("homes read", writesMeanwhile: true)
    engine.work(jobs, showing: progress)
    var outcome = Outcome()
    var saved = SavedPlan(options: target.options)
    var report = PlanReport(json: common.json, context: context)
    Interruption.stopBetweenProfiles()
    let summary = try engine.plan(request) { planned in
      for account in planned.accounts {
        if let refusal = account.refusal { outcome.note(refused: refusal.reason) }
      }
      saved.add(planned)
      report.add(planned)
    } problem: { name, refusal in
      outcome.note(refused: refusal.reason)
      report.add(name, refusal)
    }
    progress.clear()
    if let out, !Interruption.wasAsked {
      try NewFile.create(AbsolutePath.from(out.bytes), saved.encoded())
    }
    report.finish(summary)
    selection.sayNothing(at: summary.withoutProfile)
    selection.sayUnmatched(
      accounts: summary.changes + summary.refused + summary.unchanged,
      withoutProfile: summary.withoutProfile)
    if summary.changes > 0 {
      if detailedExitcode { outcome.note(.changesFound) }
      if !common.json { suggestApply() }
    }
    return outcome.status
  }

  /// With --online passwords are asked for before any mail is read.
  private func engine(_ request: SwitchRequest) throws -> Engine {
    var engine = try common.engine(
      clientIsClosed: locking.clientIsClosed, allowLinks: links.allowLinks)
    guard risk.online else { return engine }
    var rows: [TargetRow] = []
    var questions: [ServerMailQuestion] = []
    try engine.lookUpTargets(request) { row in
      guard row.account.kind == .pop3, !row.account.isForAllUsers,
        let settings = try? row.settings.get(), settings.auth.takesPassword,
        !questions.contains(where: { $0.target == settings })
      else { return }
      rows.append(row)
      questions.append(ServerMailQuestion(target: settings, present: row.account.settings))
    } problem: { _, _ in
    }
    let census = MailCensus(
      passwords: try passwords(rows, questions), connection: risk.credentials.connection)
    ask(questions, by: census)
    engine.configuration.serverMailCheck = census
    return engine
  }

  /// - Parameter questions: one for each row.
  private func passwords(
    _ rows: [TargetRow], _ questions: [ServerMailQuestion]
  ) throws -> [ServerSettings: Secret] {
    var passwords: [ServerSettings: Secret] = [:]
    if risk.libsecret {
      for (row, question) in zip(rows, questions) {
        do throws(PasswordFailure) {
          passwords[question.target] = try DesktopKeyring.password(
            of: row.account.key, in: row.name, owner: row.owner)
        } catch {
          Talk.say("\(row.account.settings.username.printable): \(error.text)")
        }
      }
      // Nobody is asked at the terminal for what keyrings have not.
      if !risk.credentials.isSource { return passwords }
    }
    let others = questions.map(\.target).filter { passwords[$0] == nil }
    return try passwords.merging(risk.credentials.passwords(for: others)) { own, _ in own }
  }

  private func ask(_ questions: [ServerMailQuestion], by census: MailCensus) {
    // Until now nothing was done that a signal would have to wait for.
    Interruption.stopBetweenProfiles()
    let progress = Progress("asking servers")
    census.ask(questions, shouldStop: { Interruption.wasAsked }) {
      progress.update($0, of: questions.count, "account")
    }
  }

  private func suggestApply() {
    if let out {
      let file = Shell.quoted(String(decoding: out.bytes, as: UTF8.self))
      Talk.say("next: profile-rewriter apply --plan \(file)\(common.stateArgument)")
      return
    }
    if Shell.listCameByStandardInput { return }
    let command = Shell.thisCommandLine(
      as: "apply", insteadOf: "plan",
      dropping: [
        "--context": true, "--detailed-exitcode": false, "--risk": false, "--online": false,
        "--password-fd": true, "--password-command": true, "--ca-file": true, "--libsecret": false,
      ])
    Talk.say("next: \(command)")
  }
}
