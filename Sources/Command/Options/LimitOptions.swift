import ArgumentParser

/// For commands that change many profiles.
struct FailureLimitOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      End the run once this many profiles have failed: could not be read or written, or are in \
      conflict. What is refused for a good reason (a running client) does not count.
      """,
      valueName: "number"))
  var maxFailures: Int?

  func validate() throws {
    guard maxFailures.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--max-failures takes a number from 1")
    }
  }
}
