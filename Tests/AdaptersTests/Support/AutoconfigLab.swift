import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// One autoconfig file in memory with the adapter on it.
struct AutoconfigLab {
  static let path = RelativePath("example.com.xml")!

  var view: MemoryView
  var options = SwitchOptions()
  let adapter = AutoconfigXMLAdapter()

  init(_ text: String) { view = MemoryView(at: "/srv/isp", ["example.com.xml": text]) }

  /// A whole file with these incoming servers.
  init(servers: String...) { self.init(Self.file(servers)) }

  static func file(_ servers: [String]) -> String {
    """
    <clientConfig version="1.1">
      <emailProvider id="example.com">
        <domain>Example.com</domain>
        <domain>example.net</domain>
        <domain purpose="mx">mx.example.org</domain>
    \(servers.map { $0.isEmpty ? "" : "    " + $0 + "\n" }.joined())\
        <outgoingServer type="smtp"><hostname>smtp.example.com</hostname></outgoingServer>
      </emailProvider>
    </clientConfig>

    """
  }

  static func server(
    _ type: String, _ host: String? = nil, _ port: Int? = nil, _ socket: String = "SSL",
    user: String = "%EMAILADDRESS%", auth: [String] = ["password-cleartext"], more: String = ""
  ) -> String {
    let host = host ?? (type == "imap" ? "imap.example.com" : "pop.example.com")
    let port = port ?? (type == "imap" ? 993 : 995)
    return """
      <incomingServer type="\(type)"><hostname>\(host)</hostname><port>\(port)</port>\
      <socketType>\(socket)</socketType><username>\(user)</username>\
      \(auth.map { "<authentication>\($0)</authentication>" }.joined())\(more)</incomingServer>
      """
  }

  var context: ProfileContext {
    ProfileContext(
      directory: view, profile: Self.path, installation: MemoryView(at: "/"))
  }

  var text: String { view["example.com.xml"] ?? "" }

  func accounts() throws(Refusal) -> [Account] { try adapter.accounts(in: context) }

  static func imap(
    _ host: String = "imap.example.com", port: Int = 993, security: TransportSecurity = .tls,
    auth: AuthMethod = .passwordCleartext, user: String = "%EMAILADDRESS%"
  ) -> ServerSettings {
    ServerSettings(host: host, port: port, security: security, auth: auth, username: user)
  }

  /// - Parameters:
  ///   - hosts: only accounts on these; nil: all POP accounts.
  ///   - target: nil: the file's own IMAP server, else imap.example.com with the account's own name.
  func plan(_ hosts: [String]? = nil, to target: ServerSettings? = nil) throws -> ProfilePlan {
    let switches = try accounts().filter {
      $0.kind == .pop3 && (hosts?.contains($0.settings.host) ?? true)
    }.map { account in
      AccountSwitch(
        account: account,
        target: target ?? account.ownIMAP ?? Self.imap(user: account.settings.username))
    }
    #expect(!switches.isEmpty)
    var choices = Lab.choices()
    return try adapter.plan(switches, in: context, options: options, choices: &choices)
  }

  /// The file afterwards; every account must be accepted, and all can be taken back.
  func switched(_ hosts: [String]? = nil, to target: ServerSettings? = nil) throws -> AutoconfigLab
  {
    let plan = try plan(hosts, to: target)
    for outcome in plan.outcomes { #expect(outcome.refusal == nil, "\(outcome)") }
    var lab = self
    lab.view = try view.applying(plan, of: adapter)
    return lab
  }

  func refusals(to target: ServerSettings? = nil) throws -> [ReasonCode?] {
    do {
      return try plan(to: target).outcomes.map { $0.refusal?.reason }
    } catch let refusal as Refusal {
      return [refusal.reason]
    }
  }

  func warnings(to target: ServerSettings? = nil) throws -> [WarningCode] {
    try plan(to: target).outcomes.flatMap(\.warnings).map(\.code)
  }
}
