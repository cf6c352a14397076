import ArgumentParser
import MailCheck
import ProfileRewriter

struct FinishCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "finish",
    abstract: "Do what is left to do once the mail client has done its part.",
    discussion: """
      After a switch Evolution, Claws Mail and Sylpheed must get all mail once before their filter \
      rules may treat what comes in; this switches them on again where that is proved. An account that must wait is refused \
      as not-yet, and nothing is changed. Run it as often as you like. An argument with a slash is \
      a PATH, every other one a change id; none means every change.

      Evolution's own cache is looked at first. Where it proves nothing, and always for Claws Mail \
      and Sylpheed (open the inbox there first), --online logs in to the account's server, as the account has it and once for each, and compares: the rules go on if \
      the inbox there holds no message but those that the client has. Nothing on the server changes.

        profile-rewriter finish
        profile-rewriter finish /home/alice
        profile-rewriter finish --online --match alice@example.net
        profile-rewriter finish --online --password-command ./imap-password
      """)

  @Argument(
    help: ArgumentHelp("Change ids, and PATHs to limit it to.", valueName: "id or path"))
  var arguments: [BytePath] = []

  @Flag(help: "Ask the account's server where the files prove nothing.")
  var online = false

  @OptionGroup var credentials: CredentialOptions
  @OptionGroup var filter: FilterOptions
  @OptionGroup var locking: LockOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if !online, credentials.isGiven {
      throw ValidationError("--password-fd, --password-command and --ca-file need --online")
    }
  }

  func perform() throws -> ExitStatus {
    StandardOutput.shared.finishWorkUnread()
    Interruption.advise()
    let request = FinishRequest(
      changes: arguments.ids, paths: try AbsolutePath.all(of: arguments.filter(\.isPath)),
      pattern: filter.pattern, clients: Set(filter.clients))
    let engine = try engine(request)
    var outcome = Outcome()
    var report = ResultReport(command: "finish", json: common.json)
    Interruption.stopBetweenProfiles()
    let summary = try engine.finish(request) { row in
      outcome.note(row)
      report.add(row)
    }
    report.finish(summary)
    return outcome.status
  }

  /// With --online passwords are asked for before any profile is held.
  private func engine(_ request: FinishRequest) throws -> Engine {
    var engine = try common.engine(locking)
    guard online else { return engine }
    let accounts = try engine.accountsToAsk(request)
    engine.configuration.mailboxCheck = InboxCheck(
      passwords: try credentials.passwords(for: accounts), connection: credentials.connection)
    return engine
  }
}
