import ArgumentParser

struct ProfileRewriterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile-rewriter",
    abstract: "Switch the POP accounts of desktop mail profiles to IMAP, in place, and back.",
    discussion: """
      Three commands take a person from POP to IMAP, and one takes the switch back:

        profile-rewriter scan
        profile-rewriter plan
        profile-rewriter apply
        profile-rewriter rollback --last

      Where an account is to go is looked up by its provider, or said with --imap-host; `check` \
      tells what is known, and `test` logs in to see whether it works.

      A PATH is a home directory, or a Thunderbird profile's directory or prefs.js. Without one, \
      scan, plan and apply work on your own home; rollback, recover, finish and history on \
      everything recorded. Mail is never moved, changed or deleted.

      Exit status: 0 done or nothing to do, 1 something failed, 2 `plan --detailed-exitcode` \
      found changes, 3 something was refused and the rest done, 4 undo met a conflict, 5 the \
      saved plan no longer holds, 6 `check` found no IMAP or a `test` failed, 64 wrong usage, 130 interrupted.
      """,
    version: versionText,
    subcommands: [
      ScanCommand.self, CheckCommand.self, PlanCommand.self, ApplyCommand.self,
      RollbackCommand.self, RecoverCommand.self, FinishCommand.self, BackupCommand.self,
      UploadCommand.self, HistoryCommand.self, ShowCommand.self, DoctorCommand.self,
      ReportCommand.self, TestCommand.self, AutoconfigCommand.self,
    ])
}
