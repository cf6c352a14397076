internal import CNetwork
import ConfigFormats
import ProfileRewriter

/// The test of one server, stage by stage. For one thread at a time.
final class ServiceTest {
  let service: TestService
  let item: TestItem
  let settings: ServerTestSettings
  let ticket: LoginTicket
  private(set) var rows: [TestRow] = []

  init(
    _ service: TestService, of item: TestItem, _ settings: ServerTestSettings,
    _ ticket: LoginTicket
  ) {
    self.service = service
    self.item = item
    self.settings = settings
    self.ticket = ticket
  }

  var report: ServiceReport { ServiceReport(service: service, rows: rows) }

  // MARK: Rows

  func add(_ stage: TestStage, _ finding: Finding, milliseconds: Int) {
    rows.append(
      TestRow(
        stage: stage, status: finding.status, code: finding.code, milliseconds: milliseconds,
        text: finding.text, facts: finding.facts))
  }

  func add(_ stage: TestStage, _ failure: IMAPFailure, milliseconds: Int) {
    let diagnosis = Diagnosis(failure, of: service)
    var finding = Finding(diagnosis.text)
    finding.status = failure == .alreadyTried ? .skipped : .failed
    finding.code = diagnosis.code
    add(stage, finding, milliseconds: milliseconds)
  }

  /// Goes through one stage.
  /// - Returns: whether the connection can be gone on with.
  @discardableResult
  func measure(_ stage: TestStage, _ body: () throws(IMAPFailure) -> Finding) -> Bool {
    guard !settings.shouldStop() else {
      add(stage, Finding(.skipped, .stopped, "stopped by a signal"), milliseconds: 0)
      return false
    }
    let start = cnetwork_now()
    func time() -> Int { Int(cnetwork_now() - start) }
    do throws(IMAPFailure) {
      let finding = try body()
      let time = time()
      add(stage, stage.isWaitedFor ? timed(finding, time) : finding, milliseconds: time)
      return true
    } catch {
      add(stage, error, milliseconds: time())
      if case .commandRefused = error { return true }
      return false
    }
  }

  func timed(_ finding: Finding, _ milliseconds: Int) -> Finding {
    guard finding.status == .ok, milliseconds >= settings.slow else { return finding }
    return Finding(
      .warning, .slow,
      finding.text + "; it took \(milliseconds / 1000) seconds, and a client waits as long",
      finding.facts)
  }

  // MARK: Login

  /// Logs in where that is wanted and may be tried.
  /// - Parameters:
  ///   - mechanisms: what the server offers, as SASL names in upper case.
  ///   - takesPlainLogin: it has a command of its own that takes passwords.
  ///   - body: logs in, and says how.
  /// - Returns: whether somebody is logged in.
  func logIn(
    mechanisms: [String], takesPlainLogin: Bool,
    _ body: (String, Secret, Bool) throws(IMAPFailure) -> String
  ) -> Bool {
    let account = service.settings
    if case .unwanted = item.credential { return false }
    guard service.takesAccountPassword else {
      add(.login, obstacle(mechanisms, takesPlainLogin) ?? otherPassword, milliseconds: 0)
      return false
    }
    switch item.credential {
    case .unwanted: return false
    case .missing(let reason):
      add(.login, Finding(.failed, .noPassword, reason.printable), milliseconds: 0)
      return false
    case .password(let password):
      if let obstacle = obstacle(mechanisms, takesPlainLogin) {
        add(.login, obstacle, milliseconds: 0)
        return false
      }
      let before = rows.count
      let ticket = self.ticket
      measure(.login) { () throws(IMAPFailure) in
        let way = try ticket.use { () throws(IMAPFailure) in
          // The client itself sends it so, at every start.
          try body(account.username, password, account.security == .none)
        }
        return Finding(
          "\(account.username.printable) is let in", [TestFact("method", .text(way))])
      }
      return rows.count > before && [.ok, .warning].contains(rows[before].status)
    }
  }

  private var otherPassword: Finding {
    let account = service.settings
    return Finding(
      .skipped, .otherPassword,
      "\(account.username.printable) signs in there with a password of its own, and the account's is not sent "
        + "there: test it with --host \(account.host.printable) --protocol \(service.kind.rawValue)"
    )
  }

  private func obstacle(_ mechanisms: [String], _ takesPlainLogin: Bool) -> Finding? {
    let account = service.settings
    let oauth = ["XOAUTH2", "OAUTHBEARER"].filter(mechanisms.contains)
    let offers = [TestFact("offered", .texts(mechanisms))]
    let isPassword =
      account.auth == .passwordCleartext
      || account.auth == .passwordEncrypted && account.security != .none
    guard isPassword else {
      let isOffered = account.auth == .oauth2 ? !oauth.isEmpty : true
      return Finding(
        .skipped, .methodNotTested,
        "the account signs in by \(account.auth.rawValue), which is not tried here"
          + (isOffered ? "" : "; the server does not offer it"), offers)
    }
    guard !oauth.isEmpty, !takesPlainLogin, !mechanisms.contains("PLAIN"),
      !mechanisms.contains("LOGIN")
    else { return nil }
    return Finding(
      .failed, .oauth2Only,
      "\(service.endpoint.shown) takes no passwords, only OAuth2: set the account up in the client",
      offers)
  }
}
