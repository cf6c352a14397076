import ArgumentParser

struct GenerateCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Write a domain's mail settings in every format that clients and DNS read.")

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus { .done }
}
