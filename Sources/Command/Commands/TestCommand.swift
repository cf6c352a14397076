import ArgumentParser
import Autoconfig
import ConfigFormats
import MailCheck
import ProfileRewriter

struct TestCommand: RewriterCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Log in to accounts' servers, and say of each stage how it went.",
    discussion: """
      Name, port, TLS and certificate, greeting, login, folders, quota: each stage is a line with its time, \
      and where one fails, what that means and what to do. An account's present server is tested, POP or \
      IMAP; with --target the one that a switch would take it to, looked up as in plan. Nothing on a server \
      changes without --deep or --send-to.

      A login that fails is not tried again in this run, on any server of the account. Exit status 6: a \
      test failed.

        profile-rewriter test
        profile-rewriter test --target --servers autoconfig --deep
        profile-rewriter test --host imap.example.net --username alice@example.net
        profile-rewriter test --host imap.example.net --no-login
      """)

  @OptionGroup var selection: SelectionOptions

  @Flag(help: "Test the servers that a switch would take POP accounts to, as plan looks them up.")
  var target = false

  @OptionGroup(title: "A server by name") var server: NamedServerOptions
  @OptionGroup(title: "Target") var wanted: TestTargetOptions
  @OptionGroup(title: "How far") var depth: TestDepthOptions

  @Flag(
    help: """
      Take passwords from the users' own keyrings (libsecret), as each user: what Evolution has saved, \
      while the user is logged in to a desktop.
      """)
  var libsecret = false

  @OptionGroup(title: "Passwords and certificates") var credentials: CredentialOptions
  @OptionGroup var links: LinkOption
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard server.host != nil else {
      if !target, wanted.isGiven {
        throw ValidationError(
          "--imap-host, --servers and what goes with them need --target; a server is named with --host"
        )
      }
      return
    }
    guard selection.paths.isEmpty, !selection.fleet.isGiven, !selection.filter.isGiven,
      !selection.xdg.isGiven,
      !target, !libsecret, wanted.imapHost == nil, wanted.servers == nil
    else {
      throw ValidationError("--host names a server instead of accounts, PATHs and targets")
    }
    guard wanted.username != nil || depth.noLogin else {
      throw ValidationError("--host needs --username, or --no-login")
    }
  }

  func perform() throws -> ExitStatus {
    var outcome = Outcome()
    var report = TestReport(json: common.json)
    Interruption.stopBetweenProfiles()
    var subjects = try server.host.map { [named($0)] } ?? accounts(&report, &outcome)
    try giveCredentials(to: &subjects)
    if depth.deep { Interruption.stopAfterTidying() }
    let test = ServerTest(depth.settings(credentials.connection))
    test.run(subjects.map(\.item)) { index, services in
      for service in services {
        if service.hasFailed { outcome.note(.saidNo) }
        report.add(service, of: subjects[index])
      }
    }
    report.finish()
    return outcome.status
  }

  // MARK: What is tested

  private func named(_ host: String) -> TestSubject {
    let kind = server.kind ?? .imap
    let security = wanted.security ?? .tls
    let settings = ServerSettings(
      host: host, port: server.port ?? kind.defaultPort(security), security: security,
      auth: wanted.auth ?? .passwordCleartext, username: wanted.username ?? "")
    let services = [
      TestService(kind, settings, pathPrefix: kind == .imap ? wanted.pathPrefix : nil),
      server.outgoing(for: settings),
    ].compactMap(\.self)
    return TestSubject(item: TestItem(services: services, credential: .unwanted))
  }

  private func accounts(_ report: inout TestReport, _ outcome: inout Outcome) throws
    -> [TestSubject]
  {
    let engine = try common.engine(allowLinks: links.allowLinks)
    var subjects: [TestSubject] = []
    func refuse(_ name: ProfileName, _ account: Account?, _ refusal: Refusal) {
      outcome.note(refused: refusal.reason)
      report.add(name, account, refusal)
    }
    let summary: ScanSummary
    if target {
      let request = SwitchRequest(
        selection: try selection.selection(), settings: try wanted.settings())
      summary = try engine.lookUpTargets(request) { row in
        do throws(Refusal) {
          try subjects.append(subject(row))
        } catch {
          refuse(row.name, row.account, error)
        }
      } problem: {
        refuse($0, nil, $1)
      }
    } else {
      summary = engine.scan(try selection.selection()) { row in
        if let problem = row.problem { return refuse(row.name, nil, problem) }
        guard let account = row.account else { return }
        do throws(Refusal) {
          try subjects.append(subject(account, row))
        } catch {
          refuse(row.name, account, error)
        }
      }
    }
    selection.sayNothing(at: summary.withoutProfile)
    return subjects
  }

  /// An account as it is.
  private func subject(_ account: Account, _ row: ScanRow) throws(Refusal) -> TestSubject {
    let kind: TestService.Kind =
      switch account.kind {
      case .imap: .imap
      case .pop3: .pop3
      case .other:
        throw Refusal(
          account.reason ?? .unsupported, account.explanation ?? "it is neither POP nor IMAP")
      }
    return try subject(
      [TestService(kind, account.settings)] + outgoing(of: account, for: account.settings), account,
      row.name, row.owner)
  }

  /// An account as a switch would make it.
  private func subject(_ row: TargetRow) throws(Refusal) -> TestSubject {
    let settings = try row.settings.get()
    let isSwitch = row.account.kind == .pop3
    let services = [TestService(.imap, settings, pathPrefix: isSwitch ? wanted.pathPrefix : nil)]
    let listed = server.smtpHost == nil ? row.outgoing?.service(for: settings) : nil
    return try subject(
      services + (listed.map { [$0] } ?? outgoing(of: row.account, for: settings)), row.account,
      row.name, row.owner)
  }

  /// The one that is named, else those that the client sends by.
  private func outgoing(of account: Account, for settings: ServerSettings) -> [TestService] {
    if let named = server.outgoing(for: settings) { return [named] }
    return account.outgoing.map {
      TestService(sendingBy: $0, of: settings, addresses: account.addresses)
    }
  }

  private func subject(
    _ services: [TestService], _ account: Account, _ name: ProfileName, _ owner: UInt32?
  ) throws(Refusal) -> TestSubject {
    guard !account.isForAllUsers else {
      throw Refusal(
        .unsupported, "the settings are for all users of a domain, and nobody can log in with them")
    }
    guard
      !services.contains(where: {
        $0.settings.host.isEmpty
          || $0.settings.username.isEmpty && ($0.kind != .smtp || $0.settings.auth != .none)
      })
    else {
      throw Refusal(
        account.reason ?? .incompleteAccount,
        account.explanation ?? "the account names no host or no user")
    }
    return TestSubject(
      item: TestItem(services: services, credential: .unwanted, addresses: account.addresses),
      place: TestSubject.Place(profile: name, account: account.key, owner: owner))
  }

  // MARK: What lets in

  private func giveCredentials(to subjects: inout [TestSubject]) throws {
    guard !depth.noLogin else { return }
    if libsecret {
      for index in subjects.indices { subjects[index].askKeyring() }
    }
    let asked = subjects.indices.filter { index in
      guard case .unwanted = subjects[index].item.credential else { return false }
      return subjects[index].item.services.contains { $0.settings.auth.takesPassword }
    }
    // With --libsecret nobody is asked at the terminal for what keyrings have not.
    if libsecret, !credentials.isSource { return }
    var accounts: [ServerSettings] = []
    for index in asked {
      let settings = subjects[index].item.services[0].settings
      if !accounts.contains(settings) { accounts.append(settings) }
    }
    let passwords = try credentials.passwords(for: accounts)
    for index in asked {
      if let password = passwords[subjects[index].item.services[0].settings] {
        subjects[index].item.credential = .password(password)
      }
    }
  }
}

extension OutgoingServers {
  /// The first one with TLS, else the first, with the account's own name where none is said.
  fileprivate func service(for account: ServerSettings) -> TestService? {
    guard let offer = offers.first(where: { $0.security != .none }) ?? offers.first else {
      return nil
    }
    let ways = offer.auth
    let auth = ways.contains(account.auth) ? account.auth : ways.first ?? account.auth
    return TestService(
      .smtp,
      ServerSettings(
        host: offer.host, port: offer.port, security: offer.security, auth: auth,
        username: offer.username ?? account.username))
  }
}
