import ArgumentParser
import ConfigFormats
import MailBackup
import ProfileRewriter

struct BackupVerifyCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read backups from end to end and compare every message with the manifest.",
    discussion: """
      A PATH is a backup, or a directory that holds some. Of an encrypted one only the files' own \
      hashes are checked, unless --identity or --decrypt lets the messages be read. A backup that is \
      sound is marked so, which `apply --require-backup` asks for.

        profile-rewriter backup verify /media/stick/mail
      """)

  @Argument(help: ArgumentHelp("Backups, or directories of them.", valueName: "path"))
  var paths: [BytePath]

  @OptionGroup var keys: BackupKeyOptions
  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    var outcome = Outcome()
    var report = VerifyReport(json: common.json)
    Interruption.stopBetweenProfiles()
    for path in try AbsolutePath.all(of: paths) {
      for (place, backup) in try BackupPlaces.backups(at: path, keys: try keys.keys()) {
        do throws(Refusal) {
          guard try verify(backup.get(), &report, &outcome) else { return .interrupted }
        } catch {
          outcome.note(refused: error.reason)
          report.add(error, at: place)
        }
      }
    }
    report.finish()
    return outcome.status
  }

  private func verify(
    _ backup: Backup, _ report: inout VerifyReport, _ outcome: inout Outcome
  ) throws(Refusal) -> Bool {
    let progress = Progress(backup.manifest.title.printable)
    var (bytes, messages) = (0, 0)
    let verification = Verification(backup, shouldStop: { Interruption.wasAsked }) { size, count in
      bytes.add(saturating: size)
      messages.add(saturating: count)
      progress.update(bytes: bytes, total: backup.manifest.contentBytes, messages: messages)
    }
    var verdicts: [FolderVerdict] = []
    let isComplete = try verification.run { verdicts.append($0) }
    progress.clear()
    for verdict in verdicts {
      if !verdict.problems.isEmpty { outcome.note(.failed) }
      report.add(verdict, of: backup)
    }
    return isComplete
  }
}

/// How an encrypted backup is opened.
struct BackupKeyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The file with the key of a backup that age encrypted.", valueName: "file"))
  var identity: BytePath?

  @Flag(help: "Let GnuPG decrypt, with the keys and the agent of whoever runs this.")
  var decrypt = false

  func keys() throws(Fatal) -> BackupKeys {
    BackupKeys(
      identity: try identity.map { (path) throws(Fatal) in
        String(decoding: try AbsolutePath.from(path.bytes), as: UTF8.self)
      }, asksGnuPG: decrypt)
  }
}

/// A backup, or all in a directory.
enum BackupPlaces {
  static func backups(
    at path: [UInt8], keys: BackupKeys = BackupKeys()
  ) throws(Refusal) -> [(path: [UInt8], Result<Backup, Refusal>)] {
    do throws(Refusal) {
      return [(path, .success(try Backup(path, keys: keys)))]
    } catch {
      guard error.reason == .notFound else { return [(path, .failure(error))] }
      let all = try Backup.all(in: path, keys: keys)
      return all.isEmpty ? [(path, .failure(error))] : all
    }
  }
}
