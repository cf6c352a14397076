import ArgumentParser
import MailBackup
import ProfileRewriter

struct BackupListCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the backups in a directory.")

  @Argument(help: ArgumentHelp("What `backup create --to` was given.", valueName: "directory"))
  var directory: BytePath

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    var table = Table([
      "CREATED", "STATE", "MESSAGES", "SIZE", "ACCOUNTS", "DESCRIPTION", "DIRECTORY",
    ])
    for (path, backup) in try Backup.all(in: AbsolutePath.from(directory.bytes)) {
      if common.json {
        StandardOutput.shared.writeLine(BackupReport.listed(path, backup))
      } else {
        table.add(BackupReport.row(path, backup))
      }
    }
    guard !common.json else { return .done }
    if table.isEmpty {
      Talk.say("no backups in \(directory.shown)")
    } else {
      StandardOutput.shared.write(table.rendered(for: .output))
    }
    return .done
  }
}
