import ArgumentParser
import ProfileRewriter

/// Of ``TargetOptions`` those that say where an account would go; what a switch does besides is not tested.
struct TestTargetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "With --target: the IMAP server, as in plan (default: what --servers or the embedded facts say).",
      valueName: "host"))
  var imapHost: String?

  @Option(help: ArgumentHelp("Its port (default: 993 with tls, else 143).", valueName: "port"))
  var imapPort: Int?

  @Option(
    help: ArgumentHelp(
      "With --target: look servers up in this autoconfig file, or in a directory of them, first.",
      valueName: "path"))
  var servers: BytePath?

  @Option(
    help: ArgumentHelp(
      "Transport security of --host or --imap-host (default: tls).", valueName: "kind"))
  var security: TransportSecurity?

  @Option(
    help: ArgumentHelp(
      "Authentication there (default: a password, or as the account has it).", valueName: "method"))
  var auth: AuthMethod?

  @Option(
    help: ArgumentHelp(
      "User name there; with --target as in plan (default: as the account has it).",
      valueName: "name"))
  var username: String?

  @Option(
    help: ArgumentHelp(
      "The server folder that is to hold all others, such as INBOX: is it right?",
      valueName: "prefix"))
  var pathPrefix: String?

  @Flag(help: "With --target: permit weaker transport security, as in plan.")
  var allowWeaker = false

  var isGiven: Bool {
    imapHost != nil || imapPort != nil || servers != nil || security != nil || auth != nil
      || username != nil || pathPrefix != nil || allowWeaker
  }

  /// As plan understands them.
  private var target: TargetOptions {
    var target = TargetOptions()
    target.imapHost = imapHost
    target.imapPort = imapPort
    target.servers = servers
    target.security = security
    target.auth = auth
    target.username = username
    target.allowWeaker = allowWeaker
    target.pathPrefix = pathPrefix
    target.offlineMail = nil
    target.fixSMTP = false
    target.keepPop = false
    return target
  }

  func validate() throws {
    if imapHost != nil { try target.validate() }
  }

  func settings() throws -> any IMAPSettingsSource {
    try target.validate()
    return try target.settings()
  }
}
