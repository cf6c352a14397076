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

  @Flag(
    help: """
      With --online: take passwords from the users' own keyrings (libsecret), as `test` does.
      """)
  var libsecret = false

  @OptionGroup var credentials: CredentialOptions

  func validate() throws {
    if online, !risk { throw ValidationError("--online goes with --risk") }
    if !online, credentials.isGiven || libsecret {
      throw ValidationError(
        "--password-fd, --password-command, --ca-file and --libsecret need --online")
    }
  }
}
