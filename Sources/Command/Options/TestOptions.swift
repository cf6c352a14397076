import ArgumentParser
import Autoconfig
import MailCheck
import ProfileRewriter

extension TestService.Kind: ExpressibleByArgument {}

/// One server that is named instead of looked for.
struct NamedServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Test this server instead of accounts; needs --username unless --no-login is given.",
      valueName: "host"))
  var host: String?

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp("What it speaks (default: imap).", valueName: "kind"))
  var kind: TestService.Kind?

  @Option(help: ArgumentHelp("Its port (default: the usual one).", valueName: "port"))
  var port: Int?

  @Option(
    help: ArgumentHelp(
      "The outgoing server to test, too; with accounts, for each of them.", valueName: "host"))
  var smtpHost: String?

  @Option(help: ArgumentHelp("Its port (default: 465 with tls, else 587).", valueName: "port"))
  var smtpPort: Int?

  @Option(help: ArgumentHelp("Its transport security (default: tls).", valueName: "kind"))
  var smtpSecurity: TransportSecurity?

  @Option(
    help: ArgumentHelp(
      "Its user name (default: the account's).", valueName: "name"))
  var smtpUsername: String?

  func validate() throws {
    for host in [host, smtpHost].compactMap(\.self) where !TargetOptions.isHost(host) {
      throw ValidationError("'\(host)' is no host name or address; ports have options of their own")
    }
    for port in [port, smtpPort].compactMap(\.self) where !(1...65535).contains(port) {
      throw ValidationError("a port is a number from 1 to 65535")
    }
    if host == nil, kind != nil || port != nil {
      throw ValidationError("--protocol and --port go with --host")
    }
    if smtpHost == nil, smtpPort != nil || smtpSecurity != nil || smtpUsername != nil {
      throw ValidationError("--smtp-port, --smtp-security and --smtp-username go with --smtp-host")
    }
  }

  /// - Parameter account: whose the server is, as far as that is known.
  func outgoing(for account: ServerSettings) -> TestService? {
    guard let smtpHost else { return nil }
    let security = smtpSecurity ?? .tls
    return TestService(
      .smtp,
      ServerSettings(
        host: smtpHost, port: smtpPort ?? TestService.Kind.smtp.defaultPort(security),
        security: security, auth: account.auth, username: smtpUsername ?? account.username))
  }
}

/// How far a test goes, and how much at a time.
struct TestDepthOptions: ParsableArguments {
  @Flag(
    help: """
      Make a folder of a name that nobody has, put a message there, read it back, and remove the folder \
      whatever happens (IMAP).
      """)
  var deep = false

  @Option(
    help: ArgumentHelp(
      """
      Send one message to this address, which must be the account's own, and wait until it is in the inbox; \
      it stays there.
      """, valueName: "address"))
  var sendTo: String?

  @Flag(help: "Do not log in: no password is asked for or sent.")
  var noLogin = false

  @Option(help: ArgumentHelp("Time for one answer of a server.", valueName: "seconds"))
  var timeout: Double = 20

  @Option(help: ArgumentHelp("Accounts tested at the same time.", valueName: "number"))
  var jobs = 8

  @Option(help: ArgumentHelp("Servers of one host tested at the same time.", valueName: "number"))
  var perHost = 2

  @Option(
    help: ArgumentHelp("Ask this name server instead of the system's.", valueName: "address:port"))
  var resolver: String?

  func validate() throws {
    guard timeout > 0, timeout <= 600 else {
      throw ValidationError("--timeout takes seconds, more than 0 and at most 600")
    }
    guard (1...64).contains(jobs), (1...64).contains(perHost) else {
      throw ValidationError("--jobs and --per-host take a number from 1 to 64")
    }
    if noLogin, deep || sendTo != nil {
      throw ValidationError("--deep and --send-to need a login")
    }
    if let resolver, !DNSClient.isServer(resolver) {
      throw ValidationError("--resolver takes an address, or address:port; [address]:port for IPv6")
    }
  }

  func settings(_ connection: ConnectionSettings) -> ServerTestSettings {
    var connection = connection
    connection.limits.connecting = min(connection.limits.connecting, timeout)
    connection.limits.answer = timeout
    connection.limits.total = max(120, 6 * timeout)
    return ServerTestSettings(
      connection: connection, route: NetworkRoute(resolver: resolver), isDeep: deep, sendTo: sendTo,
      arrival: max(60, timeout), parallel: jobs, perHost: perHost,
      shouldStop: { Interruption.wasAsked })
  }
}
