import ArgumentParser

/// How far `plan` looks into what a switch means for mail.
struct RiskOptions: ParsableArguments {
  @Flag(
    help: """
      Read the accounts' mail, too: how many messages, how large, and how many of them are on this \
      computer only.
      """)
  var risk = false

  @Flag(
    help: """
      With --risk: log in to each account's IMAP server, once, and compare; else its POP server's \
      last state is taken from the client's own files.
      """)
  var online = false

  @OptionGroup var credentials: CredentialOptions

  func validate() throws {
    if online, !risk { throw ValidationError("--online goes with --risk") }
    if !online, credentials.isGiven {
      throw ValidationError("--password-fd, --password-command and --ca-file need --online")
    }
  }
}
