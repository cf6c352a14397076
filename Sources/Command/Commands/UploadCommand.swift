import ArgumentParser
import MailBackup
import MailCheck
import MailUpload
import ProfileRewriter

struct UploadCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "upload",
    abstract: "Bring the mail on this computer up to the accounts' IMAP servers.",
    discussion: """
      For accounts that were POP and are IMAP now: their old folders go to the server, the inbox to \
      INBOX, sent mail and others with a special use to the server's own folders for them, all \
      others by their names. Flags, tags and dates are kept. What is on the server is not sent, so \
      a run can be stopped and started again at any time. Mail on this computer is only read.

      After this, taking the switch back would have POP fetch again what is in the inbox: \
      `rollback` asks for --yes.

        profile-rewriter upload --dry-run
        profile-rewriter upload --match alice@example.net
        profile-rewriter upload --into "Old mail" --password-command ./imap-password
      """)

  @OptionGroup var selection: SelectionOptions

  @Option(
    help: ArgumentHelp(
      "Upload this backup (see `backup`) instead of what lies in the profile, to one account.",
      valueName: "directory"))
  var from: BytePath?

  @OptionGroup var keys: BackupKeyOptions

  @Option(
    help: ArgumentHelp(
      "Put all folders, the inbox too, below this folder of the server; / parts levels.",
      valueName: "name"))
  var into: String?

  @Flag(help: "Upload what fits, although the server's quota does not hold all.")
  var untilFull = false

  @Flag(
    help: """
      Upload folders that several accounts share (Evolution's \"On This Computer\"), whosever mail \
      lies there, to the one account that is selected.
      """)
  var shared = false

  @Flag(help: "Log in and show which folder goes where, and do nothing.")
  var dryRun = false

  @OptionGroup var credentials: CredentialOptions
  @OptionGroup var closed: ClosedClientOption
  @OptionGroup var links: LinkOption
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if from != nil, shared {
      throw ValidationError("--shared is for mail in profiles, not for --from")
    }
    guard let into else { return }
    guard !into.split(separator: "/").isEmpty else {
      throw ValidationError("--into takes the name of a folder")
    }
  }

  func perform() throws -> ExitStatus {
    StandardOutput.shared.finishWorkUnread()
    Interruption.advise("what was on its way is looked for by the next `upload`")
    let engine = try common.engine(
      clientIsClosed: closed.clientIsClosed, allowLinks: links.allowLinks)
    var outcome = Outcome()
    var report = UploadReport(json: common.json, isDryRun: dryRun)
    let subjects =
      try from.map { try [backedUp($0, engine)] } ?? localMail(engine, &report, &outcome)
    let passwords = try credentials.passwords(for: subjects.map(\.account.settings).eachOnce)
    Interruption.stopBetweenProfiles()
    var failed: [ServerSettings: Refusal] = [:]
    for subject in subjects where !Interruption.wasAsked {
      let account = subject.account.settings
      guard let password = passwords[account] else { continue }
      do throws(Refusal) {
        // A login that failed is not tried again: servers lock accounts out.
        if let refusal = failed[account] { throw refusal }
        try upload(subject, password, engine, &report, &outcome)
      } catch {
        if error.reason == .loginRefused { failed[account] = error }
        outcome.note(uploadRefused: error.reason)
        report.add(subject, error)
      }
    }
    report.finish()
    return outcome.status
  }

  private func upload(
    _ subject: UploadSubject, _ password: Secret, _ engine: Engine, _ report: inout UploadReport,
    _ outcome: inout Outcome
  ) throws(Refusal) {
    var order = UploadOrder(account: subject.account.settings, source: subject.source)
    order.into = into?.split(separator: "/").map(String.init)
    order.untilFull = untilFull
    order.isDryRun = dryRun
    var around = UploadSurroundings(stateDirectory: engine.configuration.stateDirectory)
    around.connection = credentials.connection
    around.shouldStop = engine.configuration.shouldStop
    // Rows are gathered in the closure and said as they come.
    let rows = UploadRows(report, outcome)
    let progress = Progress("uploading")
    order.countsFirst = progress.isShown
    around.progress = {
      progress.update(bytes: $0.bytes, total: $0.totalBytes, messages: $0.messages)
    }
    around.reconnecting = { refusal in
      progress.clear()
      Talk.say("\(Talk.readable(refusal.text)); connecting again")
    }
    around.emit = { event in
      progress.clear()
      rows.add(event, of: subject)
    }
    defer { (report, outcome) = (rows.report, rows.outcome) }
    try AccountUpload(order, password, around).run()
    // Mail that the client moved while it was read may have been seen in neither place.
    if let mail = subject.mail, let obstacle = engine.obstacle(toReading: mail) { throw obstacle }
  }

  // MARK: Which accounts

  /// A backup, and the one IMAP account that is selected.
  private func backedUp(_ path: BytePath, _ engine: Engine) throws -> UploadSubject {
    let backups = try BackupPlaces.backups(at: AbsolutePath.from(path.bytes), keys: keys.keys())
    guard backups.count == 1 else {
      throw Fatal(
        code: "usage",
        "\(Talk.count(backups.count, "backup")) lie there; name the directory of one of them",
        status: .usage)
    }
    let backup = try backups[0].1.get()
    var found: [(name: ProfileName, account: Account)] = []
    let summary = engine.scan(try selection.selection()) { row in
      if let account = row.account, account.kind == .imap { found.append((row.name, account)) }
    }
    selection.sayNothing(at: summary.withoutProfile)
    guard let subject = found.first, found.count == 1 else {
      throw Fatal(
        code: "usage",
        "--from takes a backup to one IMAP account, and \(found.count) are selected; choose one with "
          + "PATH and --match", status: .usage)
    }
    return UploadSubject(name: subject.name, account: subject.account, source: backup)
  }

  private func localMail(
    _ engine: Engine, _ report: inout UploadReport, _ outcome: inout Outcome
  ) throws -> [UploadSubject] {
    var subjects: [UploadSubject] = []
    var nothing = ByteStrings()
    let rows = UploadRows(report, outcome)
    engine.localMail(try selection.selection(), includingIMAP: true) { row in
      switch row {
      case .nothing(let path): nothing.append(path)
      case .refused(let name, let account, let refusal):
        // What is still POP is not meant.
        if account?.kind != .pop3 { rows.add(refusal, name, account?.key) }
      case .mail(let mail):
        let accounts = mail.accounts.filter { $0.kind == .imap }
        do throws(Refusal) {
          if let account = try self.account(of: mail, among: accounts) {
            if let obstacle = engine.obstacle(toReading: mail) { throw obstacle }
            subjects.append(
              UploadSubject(
                name: mail.name, account: account, source: mail.source, mail: mail))
          }
        } catch {
          rows.add(error, mail.name, accounts.first?.key)
        }
      }
    }
    (report, outcome) = (rows.report, rows.outcome)
    selection.sayNothing(at: nothing)
    return subjects
  }

  /// The account that a tree of folders goes to; nil where none is IMAP.
  private func account(of mail: LocalMail, among accounts: [Account]) throws(Refusal) -> Account? {
    guard let first = accounts.first else { return nil }
    guard accounts.count == 1 else {
      throw Refusal(
        .sharedFolders,
        "\(mail.title.printable) holds the mail of \(accounts.count) accounts; choose with --match "
          + "which of them is to get it")
    }
    guard !mail.isCommon || shared else {
      throw Refusal(
        .sharedFolders,
        "\(mail.title.printable) may hold other mail than this account's; --shared uploads all of it"
      )
    }
    return first
  }
}

/// One account, and the local mail that goes to it.
struct UploadSubject {
  var name: ProfileName
  var account: Account
  var source: any MailSource
  /// nil for mail that does not lie in a client's own store.
  var mail: LocalMail?
}

/// Takes rows where a closure gives them.
final class UploadRows {
  var report: UploadReport
  var outcome: Outcome

  init(_ report: UploadReport, _ outcome: Outcome) {
    self.report = report
    self.outcome = outcome
  }

  func add(_ event: UploadEvent, of subject: UploadSubject) {
    switch event {
    case .folder(let row):
      if let refusal = row.refusal { outcome.note(uploadRefused: refusal.reason) }
      report.add(row, of: subject)
    case .message(let problem):
      outcome.note(.refused)
      report.add(problem, of: subject)
    }
  }

  func add(_ refusal: Refusal, _ name: ProfileName, _ account: String?) {
    outcome.note(uploadRefused: refusal.reason)
    report.add(refusal, name, account)
  }
}

extension Outcome {
  /// A server that could not be reached to the end has failed the run; the rest was declined.
  fileprivate mutating func note(uploadRefused reason: ReasonCode) {
    if reason == .serverUnreachable { note(.failed) } else { note(refused: reason) }
  }
}

extension [ServerSettings] {
  fileprivate var eachOnce: [ServerSettings] {
    var seen: Set<ServerSettings> = []
    return filter { seen.insert($0).inserted }
  }
}
