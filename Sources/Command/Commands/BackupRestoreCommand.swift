import ArgumentParser
import ConfigFormats
import MailBackup
import ProfileRewriter

struct BackupRestoreCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put the folders of a backup into a profile, as new local folders.",
    discussion: """
      Close the mail client first. The folders come to lie below a new one, "Restored" and the day, in \
      Thunderbird's Local Folders or Evolution's On This Computer, whichever client the backup is of; \
      nothing that is there is touched. Flags are kept, and in Thunderbird tags. Every message is \
      compared with the backup's index on the way. `rollback` takes away again what was not used since.

        profile-rewriter backup restore /media/stick/mail --dry-run
        profile-rewriter backup restore /media/stick/mail ~/.thunderbird/abcd.default
        profile-rewriter backup restore /media/stick/mail --folder Archives/2023 --into "Found again"
      """)

  @Argument(
    help: ArgumentHelp(
      "A backup, or a directory of backups: then all of them.", valueName: "backup"))
  var backup: BytePath

  @OptionGroup var selection: SelectionOptions

  @Option(
    name: .customLong("folder"),
    help: ArgumentHelp(
      """
      Only this folder and those below it, as `--dry-run` names it; / parts levels. May be given more \
      than once.
      """, valueName: "name"))
  var folders: [String] = []

  @Option(
    help: ArgumentHelp(
      "What the new folder above them is called (default: Restored YYYY-MM-DD).", valueName: "name")
  )
  var into: String?

  @Flag(help: "Show which folder comes where, with how many messages, and do nothing.")
  var dryRun = false

  @Flag(help: "Put back what can be read of a backup that is damaged.")
  var evenDamaged = false

  @OptionGroup var keys: BackupKeyOptions
  @OptionGroup var locking: LockOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard into?.isEmpty != true else { throw ValidationError("--into takes the name of a folder") }
    guard !folders.contains(where: \.isEmpty) else {
      throw ValidationError("--folder takes the name of a folder")
    }
  }

  func perform() throws -> ExitStatus {
    StandardOutput.shared.finishWorkUnread()
    Interruption.advise("nothing is left of what was not finished")
    let engine = try common.engine(locking)
    var outcome = Outcome()
    var report = RestoreReport(json: common.json, isDryRun: dryRun)
    let place = try AbsolutePath.from(backup.bytes)
    let backups = try BackupPlaces.backups(at: place, keys: try keys.keys())
    guard let target = try onlyTarget(engine, &report, &outcome) else {
      report.finish(locking.wordsGiven + common.stateArgument)
      return outcome.status
    }
    Interruption.stopBetweenProfiles()
    var chosen = 0
    for (path, result) in backups where !Interruption.wasAsked {
      do throws(Refusal) {
        let backup = try result.get()
        guard let request = request(backup, run: report.run) else { continue }
        chosen += 1
        let progress = Progress(backup.manifest.title.printable)
        defer { progress.clear() }
        let total = request.folders.map(\.bytes).saturatingSum
        let made = try engine.restore(request, into: target) { bytes, messages in
          progress.update(bytes: bytes, total: total, messages: messages)
        }
        progress.clear()
        report.add(made, of: path, into: target.name)
      } catch {
        chosen += 1
        outcome.note(backup: error)
        report.add(error, path, target.name)
      }
    }
    report.finish(locking.wordsGiven + common.stateArgument)
    guard chosen > 0 || Interruption.wasAsked else {
      throw Fatal(
        code: "not-found", "no folder of \(backup.shown) is what --match and --folder name")
    }
    return outcome.status
  }

  // MARK: What

  /// nil where nothing of the backup is selected.
  private func request(_ backup: Backup, run: String?) -> RestoreRequest? {
    if let pattern = selection.filter.pattern,
      !backup.manifest.accounts.contains(where: { pattern.matches($0) })
    {
      return nil
    }
    let chosen = zip(backup.folders, backup.manifest.folders).filter { isChosen($0.0.names) }
    guard !chosen.isEmpty else { return nil }
    return RestoreRequest(
      source: CheckedBackup(backup, takesDamaged: evenDamaged),
      folders: chosen.map { folder, record in
        RestoreRequest.Folder(folder: folder, messages: record.messages, bytes: record.contentBytes)
      }, name: into, isDryRun: dryRun, run: run)
  }

  private func isChosen(_ names: [String]) -> Bool {
    let path = names.joined(separator: "/")
    return folders.isEmpty || folders.contains { path == $0 || path.hasPrefix($0 + "/") }
  }

  // MARK: Where to

  private func onlyTarget(
    _ engine: Engine, _ report: inout RestoreReport, _ outcome: inout Outcome
  ) throws -> RestoreTarget? {
    var found: [RestoreTarget] = []
    var nothing = ByteStrings()
    var refused: [(ProfileName, Refusal)] = []
    engine.restoreTargets(try selection.selection()) { row in
      switch row {
      case .target(let target): found.append(target)
      case .refused(let name, let refusal): refused.append((name, refusal))
      case .nothing(let path): nothing.append(path)
      }
    }
    if found.isEmpty {
      for (name, refusal) in refused {
        outcome.note(refused: refusal.reason)
        report.add(refusal, nil, name)
      }
      selection.sayNothing(at: nothing)
      if !refused.isEmpty { return nil }
    }
    guard found.count == 1 else {
      let names = found.map { "  \($0.name.shown)" }.joined(separator: "\n")
      throw Fatal(
        code: "usage",
        found.isEmpty
          ? "there is no profile to restore into; name a home or a profile directory as PATH"
          : "a backup is put into one profile, and \(found.count) are there; choose one with PATH or "
            + "--client:\n\(names)", status: .usage)
    }
    return found[0]
  }
}

extension AccountPattern {
  fileprivate func matches(_ account: BackupManifest.Account) -> Bool {
    matches(
      settings: ServerSettings(
        host: account.host, port: account.port, security: .none, auth: .passwordCleartext,
        username: account.username))
  }
}
