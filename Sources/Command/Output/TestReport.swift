import ConfigFormats
import MailCheck
import ProfileRewriter

/// Something that `test` tests, and where it was found, if in a profile.
struct TestSubject {
  struct Place {
    var profile: ProfileName
    var account: String
    var owner: UInt32?
  }

  var item: TestItem
  var place: Place?

  /// Its password from its user's own keyring, or why there is none.
  mutating func askKeyring() {
    guard let place else { return }
    do throws(PasswordFailure) {
      item.credential = .password(
        try DesktopKeyring.password(of: place.account, in: place.profile, owner: place.owner))
    } catch {
      item.credential = .missing(error.text)
    }
  }
}

extension DesktopKeyring {
  /// An account's password from the keyring of whoever has the profile.
  static func password(
    of account: String, in profile: ProfileName, owner: UInt32?
  ) throws(PasswordFailure) -> Secret {
    let client = KnownClients.adapters.first { $0.client == profile.client }
    let attributes = client?.keyringAttributes(of: account) ?? []
    guard let owner, let home = profile.home, !attributes.isEmpty else {
      throw PasswordFailure(
        "--libsecret: \(client?.program ?? profile.client) keeps no passwords there, below a home")
    }
    return try DesktopKeyring(owner: owner, home: home).password(by: attributes)
  }
}

/// What `test` prints.
struct TestReport {
  private let json: Bool
  private var works = 0
  private var warns = 0
  private var fails = 0
  private var refused = 0
  private var notes = GroupedNotes()

  init(json: Bool) { self.json = json }

  mutating func add(_ report: ServiceReport, of subject: TestSubject) {
    // A run that is to stop begins no more servers.
    guard !report.rows.isEmpty else { return }
    if report.hasFailed { fails += 1 } else if report.hasWarnings { warns += 1 } else { works += 1 }
    if json {
      for row in report.rows {
        StandardOutput.shared.writeLine(Self.line(row, report.service, subject.place))
      }
    } else {
      StandardOutput.shared.write(Self.shown(report, subject.place))
    }
    StandardOutput.shared.flush()
  }

  /// A profile whose accounts cannot be read, or an account that has no server to be tested.
  mutating func add(_ name: ProfileName, _ account: Account?, _ problem: Refusal) {
    refused += 1
    if json {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "refused")
          line.add(name)
          line.add("account", account?.key)
          line.add("reason", problem.reason.rawValue)
          line.add("text", Talk.readable(problem.text))
        })
    } else {
      let place = account.map { "\(name.shown), \($0.settings.username.printable)" } ?? name.shown
      notes.add(["refused: \(problem.shown)"], about: place)
    }
  }

  func finish() {
    if json {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "summary")
          line.add("command", "test")
          line.add("ok", works)
          line.add("warning", warns)
          line.add("failed", fails)
          line.add("refused", refused)
        })
      return
    }
    notes.say()
    let count = works + warns + fails
    guard count > 0 else { return Talk.say("nothing to test") }
    let counts = [(works, "work"), (warns, "work with warnings"), (fails, "do not work")]
    Talk.say(
      "\(Talk.count(count, "server")) tested: "
        + counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", "))
  }

  // MARK: For people

  private static func shown(_ report: ServiceReport, _ place: TestSubject.Place?) -> String {
    let service = report.service
    let settings = service.settings
    let user = settings.username.isEmpty ? "" : "\(settings.username.printable), "
    var text =
      "\(user)\(service.kind.name) at \(settings.host.printable):\(settings.port) "
      + "(\(settings.security.rawValue))"
    if let place { text += " in \(place.profile.shown)" }
    var table = Table(["STAGE", "RESULT", "TIME", "FOUND"])
    for row in report.rows {
      table.add([
        .init(text: row.stage.rawValue), .init(text: row.status.rawValue, style: style(row.status)),
        .init(text: time(row.milliseconds), style: .faint), .init(text: row.text),
      ])
    }
    return Terminal.output.styled(text, .strong) + "\n" + table.rendered(for: .output).joined()
      + "\n"
  }

  private static func time(_ milliseconds: Int) -> String {
    milliseconds < 10_000 ? "\(milliseconds) ms" : "\(milliseconds / 1000) s"
  }

  private static func style(_ status: TestStatus) -> Terminal.Style {
    switch status {
    case .ok: .good
    case .warning: .notice
    case .failed: .bad
    case .skipped: .faint
    }
  }

  // MARK: For scripts

  private static func line(
    _ row: TestRow, _ service: TestService, _ place: TestSubject.Place?
  ) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "test")
      if let place {
        line.add(place.profile)
        line.add("account", place.account)
      } else {
        for absent in ["home", "client", "profile", "account"] { line.null(absent) }
      }
      line.add("protocol", service.kind.rawValue)
      line.add(service.settings)
      line.add("stage", row.stage.rawValue)
      line.add("status", row.status.rawValue)
      line.add("code", row.code)
      line.add("ms", row.milliseconds)
      line.add("text", row.text)
      line.add("facts") { facts in
        for fact in row.facts { facts.add(fact) }
      }
    }
  }
}

extension JSONObject {
  fileprivate mutating func add(_ fact: TestFact) {
    switch fact.value {
    case .text(let text): add(fact.name, text)
    case .number(let number): add(fact.name, number)
    case .flag(let flag): add(fact.name, flag)
    case .texts(let texts): add(fact.name, texts)
    }
  }
}
