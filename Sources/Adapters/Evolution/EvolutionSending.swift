import ConfigFormats
import ProfileRewriter

/// What a switch means for the transports that its accounts send by.
struct EvolutionSending {
  let loaded: LoadedSources
  let options: SwitchOptions
  let jobs: [EvolutionJob]

  struct Plan {
    var files: [PlannedFile] = []
    var warnings: [(account: String, warning: Warning)] = []
  }

  /// - Throws: `unsupported` where a transport's file cannot be edited.
  func plan() throws(Refusal) -> Plan {
    var plan = Plan()
    var seen = Set<String>()
    for job in jobs {
      guard let transport = loaded.transport(of: job.source), seen.insert(transport.uid).inserted
      else { continue }
      try add(transport, to: &plan)
    }
    return plan
  }

  private func add(_ transport: AccountSource, to plan: inout Plan) throws(Refusal) {
    let users = jobs.filter { loaded.transport(of: $0.source)?.uid == transport.uid }
    let others = loaded.sources.filter { account in
      account.document.hasGroup("Mail Account")
        && loaded.transport(of: account)?.uid == transport.uid
        && !users.contains { $0.user == account.uid }
    }
    let present = OutgoingMethod.settings(of: transport)
    let outcome = OutgoingDecision(
      present: present, isAfterPOP: OutgoingMethod.isAfterPOP(transport),
      senders: users.map { .init(account: $0.user, offers: $0.outgoing, incoming: $0.old) },
      others: others.map(\.uid), options: options,
      obstacle: { obstacle(transport, present, $0) }
    ).outcome()
    plan.warnings += outcome.warnings
    guard let settings = outcome.settings else { return }
    let method = OutgoingMethod.change(from: transport, to: settings.auth)
    plan.files.append(try file(transport, settings, method, users.map(\.user)))
    if present.auth == .none, settings.auth != .none {
      plan.warnings += users.map { ($0.user, noPassword(settings)) }
    }
  }

  private func obstacle(
    _ transport: AccountSource, _ present: ServerSettings, _ wanted: ServerSettings
  ) -> String? {
    do throws(Refusal) {
      try TargetCheck.check(wanted)
    } catch {
      return error.text
    }
    if let parent = transport.name("Data Source/Parent"),
      loaded[parent]?.document.hasGroup("Collection") ?? false
    {
      return "it belongs to \(parent.printable), which would write its own settings over ours"
    }
    if wanted.auth == .oauth2, wanted.host != present.host.lowercased() {
      return "OAuth2 is for the present server only"
    }
    return nil
  }

  /// All of them decide, also where they stay: undo must not put one to another server's.
  private func file(
    _ transport: AccountSource, _ settings: ServerSettings, _ method: String?, _ users: [String]
  ) throws(Refusal) -> PlannedFile {
    var wishes = SourceWishes(transport, users: users)
    func decide(_ key: String, _ value: [UInt8]) { wishes.set(key, value, deciding: true) }
    decide("Authentication/Host", KeyFileSpelling.value(ofString: settings.host))
    if let method {
      decide("Authentication/Method", KeyFileSpelling.value(ofString: method))
    } else if let present = transport.document.value(forKey: "Authentication/Method") {
      decide("Authentication/Method", present)
    }
    decide("Authentication/Port", Array(String(settings.port).utf8))
    decide("Authentication/User", KeyFileSpelling.value(ofString: settings.username))
    decide("Security/Method", Array(SecurityMethod.method(settings.security).utf8))
    return try wishes.file()
  }

  /// The keyring has passwords by the source's name: an account's own is not a transport's.
  private func noPassword(_ settings: ServerSettings) -> Warning {
    Warning(
      .noSavedPassword,
      "no password of \(settings.username.printable) is saved for sending by "
        + "\(settings.host.printable); Evolution asks for it when it first sends")
  }
}

/// `[Authentication] Method` of a transport: there `none` is to send without signing in.
enum OutgoingMethod {
  static func settings(of transport: AccountSource) -> ServerSettings {
    let security = SecurityMethod.security(transport.name("Security/Method"))
    let port = transport.number("Authentication/Port").flatMap {
      (1...65535).contains($0) ? $0 : nil
    }
    return ServerSettings(
      host: transport.name("Authentication/Host") ?? "",
      port: port ?? (security == .tls ? 465 : security == .starttls ? 587 : 25),
      security: security, auth: auth(transport),
      username: transport.name("Authentication/User") ?? "")
  }

  /// Camel's "POP before SMTP".
  static func isAfterPOP(_ transport: AccountSource) -> Bool {
    transport.name("Authentication/Method")?.uppercased() == "POPB4SMTP"
  }

  private static func auth(_ transport: AccountSource) -> AuthMethod {
    guard let method = transport.name("Authentication/Method"), !isAfterPOP(transport),
      method.uppercased() != "NONE"
    else { return .none }
    return AuthenticationMethod.auth(method)
  }

  /// nil to leave what it has.
  static func change(from transport: AccountSource, to auth: AuthMethod) -> String? {
    if self.auth(transport) == auth, !isAfterPOP(transport) { return nil }
    return switch auth {
    case .passwordEncrypted: "CRAM-MD5"
    case .none: "none"
    // Nothing else is taken up anew.
    default: "PLAIN"
    }
  }
}
