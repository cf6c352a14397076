import ArgumentParser
import Autoconfig
import ConfigFormats
import ProfileRewriter

extension TransportSecurity: ExpressibleByArgument {}

extension AuthMethod: ExpressibleByArgument {
  public init?(argument: String) {
    let wanted = argument.lowercased()
    guard let method = Self.allCases.first(where: { $0.rawValue.lowercased() == wanted }) else {
      return nil
    }
    self = method
  }
}

enum YesOrNo: String, ExpressibleByArgument, CaseIterable {
  case yes
  case no
}

/// Where the selected accounts are to go.
struct TargetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The IMAP server; the selected accounts must be on one POP host (default: what --servers or \
      the embedded facts say of each account's provider).
      """, valueName: "host"))
  var imapHost: String?

  @Option(
    help: ArgumentHelp(
      """
      Look servers up in this autoconfig file, or in a directory of them, before the embedded \
      facts.
      """, valueName: "path"))
  var servers: BytePath?

  @Option(
    help: ArgumentHelp("Its port (default: 993 with tls, else 143).", valueName: "port"))
  var imapPort: Int?

  @Option(
    help: ArgumentHelp(
      "Transport security (default: tls).", valueName: "kind"))
  var security: TransportSecurity?

  @Option(
    help: ArgumentHelp(
      "Authentication (default: as the account has it).",
      valueName: "method"))
  var auth: AuthMethod?

  @Option(
    help: ArgumentHelp(
      """
      User name on the server (default: as the account has it); may hold %EMAILADDRESS%, \
      %EMAILLOCALPART% and %EMAILDOMAIN%.
      """,
      valueName: "name"))
  var username: String?

  @Option(
    help: ArgumentHelp(
      "The server folder that holds all others, such as INBOX.", valueName: "prefix"))
  var pathPrefix: String?

  @Option(
    help: ArgumentHelp(
      "Whether the client keeps copies of all server mail (default: the client's choice).",
      valueName: "yes|no"))
  var offlineMail: YesOrNo?

  @Flag(
    name: .customLong("fix-smtp"),
    help: ArgumentHelp(
      """
      Set outgoing servers to what the provider says of them, too, where they differ; `plan` names \
      them in any case.
      """))
  var fixSMTP = false

  @Flag(help: "Permit weaker transport security, or a cleartext password in place of a challenge.")
  var allowWeaker = false

  @Flag(help: "In autoconfig files: keep the POP servers, behind IMAP.")
  var keepPop = false

  /// Whether anything here was given.
  var isGiven: Bool {
    imapHost != nil || servers != nil || imapPort != nil || security != nil || auth != nil
      || username != nil || pathPrefix != nil || offlineMail != nil || allowWeaker || fixSMTP
      || keepPop
  }

  func validate() throws {
    if let imapHost { try WantedHost.require(imapHost) }
    if let username { try WantedUsername.require(username) }
    if let imapPort, !(1...65535).contains(imapPort) {
      throw ValidationError("--imap-port takes a number from 1 to 65535")
    }
    if imapHost == nil, imapPort != nil || security != nil || auth != nil || username != nil {
      throw ValidationError("--imap-port, --security, --auth and --username need --imap-host")
    }
    if imapHost != nil, servers != nil {
      throw ValidationError("--imap-host and --servers cannot be given together")
    }
    if let pathPrefix, pathPrefix.isEmpty || pathPrefix.printable != pathPrefix {
      throw ValidationError(
        pathPrefix.isEmpty
          ? "--path-prefix is empty; leave it out where the server has none"
          : "--path-prefix takes text without control characters")
    }
  }

  /// For a server that is only tested: nothing keeps its address.
  static func isHost(_ text: String) -> Bool {
    !text.isEmpty && text.printable == text
      && !text.contains { $0.isWhitespace || "/@\"'\\".contains($0) }
  }

  /// - Throws: what keeps the files of --servers from being read.
  func settings() throws -> any IMAPSettingsSource {
    if let imapHost {
      return TargetRequest(
        host: imapHost.lowercased(), port: imapPort, security: security, auth: auth,
        username: username)
    }
    let files = try servers.map { try ServerFiles(path: AbsolutePath.from($0.bytes)) }
    return ProviderSettings(lookup: ProviderLookup(files: files), allowWeaker: allowWeaker)
  }

  var options: SwitchOptions {
    SwitchOptions(
      pathPrefix: pathPrefix, offlineMail: offlineMail.map { $0 == .yes }, allowWeaker: allowWeaker,
      fixSMTP: fixSMTP, keepPOP: keepPop)
  }
}
