import ArgumentParser

struct AutoconfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "autoconfig",
    abstract: "Write and check the files by which mail clients set themselves up for a domain.",
    subcommands: [GenerateCommand.self, LintCommand.self])
}
