import ArgumentParser
import MailBackup
import ProfileRewriter

extension BackupStorage.Format: ExpressibleByArgument {}
extension BackupStorage.Compression: ExpressibleByArgument {}

struct BackupCreateCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Back up the local mail of the selected POP accounts.",
    discussion: """
      Close the mail client first. Every folder becomes an mbox file or a Maildir, with flags and \
      tags, beside an index with the Message-ID and SHA-256 of every message and a manifest. The \
      mail itself is only read. A backup that was broken off is gone on with by the same command.

      Accounts whose mail lies in the same folders (Evolution's "On This Computer", Thunderbird's \
      Global Inbox) have one backup.

        profile-rewriter backup create --to /media/stick/mail
        profile-rewriter backup create --to /srv/backup --compress zstd --encrypt-to age1…
      """)

  @OptionGroup var selection: SelectionOptions

  @Option(
    help: ArgumentHelp(
      """
      The directory for backups; each gets a directory of its own there. It must not lie in a home \
      or profile that is read.
      """, valueName: "directory"))
  var to: BytePath

  @Option(help: ArgumentHelp("How folders are stored (mbox, maildir).", valueName: "format"))
  var format: BackupStorage.Format = .mbox

  @Option(help: ArgumentHelp("Compress with this program (zstd, xz).", valueName: "program"))
  var compress: BackupStorage.Compression?

  @Option(
    name: .customLong("encrypt-to"),
    help: ArgumentHelp(
      """
      Encrypt to this recipient, with age (age1…, an SSH key) or else GnuPG; may be given more \
      than once.
      """, valueName: "recipient"))
  var recipients: [String] = []

  @Option(help: ArgumentHelp("A line for the manifest and `backup list`.", valueName: "text"))
  var description: String?

  @OptionGroup var locking: ClosedClientOption
  @OptionGroup var links: LinkOption
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if format == .maildir, compress != nil || !recipients.isEmpty {
      throw ValidationError("--compress and --encrypt-to go with --format mbox")
    }
    let age = recipients.filter { $0.hasPrefix("age1") || $0.hasPrefix("ssh-") }
    guard age.isEmpty || age.count == recipients.count else {
      throw ValidationError("recipients of age and of GnuPG cannot be given together")
    }
    guard !recipients.contains(where: { $0.isEmpty || $0.hasPrefix("-") }) else {
      throw ValidationError("--encrypt-to takes a recipient")
    }
  }

  func perform() throws -> ExitStatus {
    let engine = try common.engine(
      clientIsClosed: locking.clientIsClosed, allowLinks: links.allowLinks)
    let path = try AbsolutePath.from(to.bytes)
    let request = BackupRequest(
      storage: BackupStorage(format: format, compression: compress, recipients: recipients),
      description: description, program: "profile-rewriter \(programVersion)")
    var outcome = Outcome()
    var report = BackupReport(json: common.json)
    var nothing = ByteStrings()
    Interruption.advise("the same command goes on with what is missing")
    let selected = try selection.selection()
    Interruption.stopBetweenProfiles()
    engine.localMail(selected) { row in
      switch row {
      case .nothing(let path): nothing.append(path)
      case .refused(let name, let account, let refusal):
        outcome.note(backup: refusal)
        report.add(refusal, name, account.map { [$0] } ?? [])
      case .mail(let mail): create(mail, engine, path, request, &outcome, &report)
      }
    }
    report.finish()
    selection.sayNothing(at: nothing)
    return outcome.status
  }

  private func create(
    _ mail: LocalMail, _ engine: Engine, _ path: [UInt8], _ request: BackupRequest,
    _ outcome: inout Outcome, _ report: inout BackupReport
  ) {
    let progress = Progress(mail.title.printable)
    do throws(Refusal) {
      try BackupWriter.requireApart(path, mail)
      let directory = try PrivateDirectory(path, create: true)
      let writer = BackupWriter(mail, of: engine, into: directory, request) { state in
        progress.update(bytes: state.bytes, total: state.totalBytes, messages: state.messages)
      }
      let result = try writer.run()
      progress.clear()
      guard let result else { return outcome.note(.interrupted) }
      report.add(result.manifest, at: directory.root.absolute(result.path), mail)
    } catch {
      progress.clear()
      outcome.note(backup: error)
      report.add(error, mail.name, mail.accounts)
    }
  }
}

extension Outcome {
  /// Mail that changes while it is read is no stale plan.
  mutating func note(backup refusal: Refusal) {
    if refusal.reason == .stale { note(.refused) } else { note(refused: refusal.reason) }
  }
}
