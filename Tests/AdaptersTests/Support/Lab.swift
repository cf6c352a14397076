import Adapters
import ConfigFormats
import ProfileRewriter
import Testing

/// One profile in memory with the adapter on it: plan, apply, look, take back.
struct Lab {
  var profile: MemoryView
  var installation = MemoryView(at: "/")
  /// Of a run of several plans; nil: each plan is a run.
  var facts: InstallationFacts?
  var options = SwitchOptions()
  let adapter = ThunderbirdAdapter()

  init(_ profile: MemoryView) { self.profile = profile }

  init(_ make: (inout ProfileBuilder) -> Void) {
    var builder = ProfileBuilder()
    make(&builder)
    profile = builder.build()
  }

  var context: ProfileContext {
    ProfileContext(
      directory: profile, installation: installation,
      installationFacts: facts ?? InstallationFacts())
  }

  func accounts() throws(Refusal) -> [Account] { try adapter.accounts(in: context) }

  static func imap(
    _ user: String = "alice@lab.test", host: String = "imap.lab.test",
    security: TransportSecurity = .tls, auth: AuthMethod = .passwordCleartext
  ) -> ServerSettings {
    ServerSettings(
      host: host, port: security == .tls ? 993 : 143, security: security, auth: auth, username: user
    )
  }

  /// Noon, UTC, of 4 November 2026.
  static func choices() -> PlanChoices {
    PlanChoices(
      nowMilliseconds: 1_793_793_600_000, today: CalendarDay(year: 2026, month: 11, day: 4),
      identifiers: (1...9).map { "11111111-1111-4111-8111-11111111111\($0)" })
  }

  /// Plans the accounts named, each to `imap.lab.test` with its own user unless told otherwise.
  func plan(
    _ keys: [String] = ["account2"], to target: ServerSettings? = nil
  ) throws -> ProfilePlan {
    let accounts = try accounts()
    let switches = keys.compactMap { key -> AccountSwitch? in
      guard let account = accounts.first(where: { $0.key == key }) else { return nil }
      return AccountSwitch(
        account: account, target: target ?? Self.imap(account.settings.username))
    }
    #expect(switches.count == keys.count)
    var choices = Self.choices()
    return try adapter.plan(switches, in: context, options: options, choices: &choices)
  }

  /// The profile after `plan`; checks on the way that it can be taken back byte for byte.
  func applying(_ plan: ProfilePlan) throws -> Lab {
    var lab = self
    lab.profile = try profile.applying(plan, of: adapter)
    return lab
  }

  /// Plans and applies; every account must be accepted.
  func switched(
    _ keys: [String] = ["account2"], to target: ServerSettings? = nil
  ) throws -> Lab {
    let plan = try plan(keys, to: target)
    for outcome in plan.outcomes { #expect(outcome.refusal == nil, "\(outcome)") }
    return try applying(plan)
  }

  func refusal(
    _ key: String = "account2", to target: ServerSettings? = nil
  ) throws -> ReasonCode? {
    do {
      return try plan([key], to: target).outcomes[0].refusal?.reason
    } catch let refusal as Refusal {
      return refusal.reason
    }
  }

  func warnings(to target: ServerSettings? = nil) throws -> [WarningCode] {
    let outcome = try plan(["account2"], to: target).outcomes[0]
    #expect(outcome.refusal == nil)
    return outcome.warnings.map(\.code)
  }

  /// A value of prefs.js: text, number or flag as text.
  func pref(_ key: String) -> String? {
    guard let bytes = profile.bytes(.init("prefs.js")!),
      let value = try? PrefsDocument(parsing: bytes)[key]
    else { return nil }
    switch value {
    case .string(let bytes): return String(decoding: bytes, as: UTF8.self)
    case .int(let number): return String(number)
    case .bool(let flag): return String(flag)
    }
  }

  func server(_ number: Int, _ leaf: String) -> String? {
    pref("mail.server.server\(number).\(leaf)")
  }
}

extension ProfilePlan {
  func file(_ name: String) -> PlannedFile? { files.first { $0.path.text == name } }

  func edit(_ key: String, in name: String = "prefs.js") -> PlannedEdit? {
    guard case .edit(_, let edits, _)? = file(name)?.work else { return nil }
    return edits.first { $0.key == key }
  }
}
