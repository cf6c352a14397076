import ArgumentParser

struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract:
      "Copy the POP accounts' local mail into a format any program reads, check the copy, put it back.",
    discussion: """
        profile-rewriter backup create --to /media/stick/mail
        profile-rewriter backup verify /media/stick/mail
        profile-rewriter backup list /media/stick/mail
        profile-rewriter backup restore /media/stick/mail
        profile-rewriter apply --require-backup /media/stick/mail
      """,
    subcommands: [
      BackupCreateCommand.self, BackupVerifyCommand.self, BackupListCommand.self,
      BackupRestoreCommand.self,
    ])
}
