import ConfigFormats
import ProfileRewriter

/// What a switch means for the servers that its accounts send by.
struct OutgoingEdits {
  private let profile: LoadedProfile
  private let options: SwitchOptions
  private let list: OutgoingServerList

  init(_ profile: LoadedProfile, _ options: SwitchOptions) {
    self.profile = profile
    self.options = options
    list = OutgoingServerList(profile)
  }

  /// Adds the edits for all accounts of `draft`, and answers with what to say to them.
  func add(to draft: inout SwitchDraft) -> [(account: String, warning: Warning)] {
    // Each identity is asked once, however many servers and accounts there are.
    var keys: [String] = []
    var jobs: [String: [SwitchJob]] = [:]
    for job in draft.jobs {
      for key in list.servers(of: job.entry.identities) {
        if jobs[key] == nil { keys.append(key) }
        jobs[key, default: []].append(job)
      }
    }
    let accounts = keys.isEmpty ? [:] : list.accountsByServer()
    return keys.flatMap { add($0, jobs[$0] ?? [], usedBy: accounts[$0] ?? [], to: &draft) }
  }

  private func add(
    _ key: String, _ jobs: [SwitchJob], usedBy accounts: [String], to draft: inout SwitchDraft
  ) -> [(account: String, warning: Warning)] {
    let server = OutgoingServerPrefs(profile: profile, key: key)
    guard server.isSMTP, let present = server.settings else { return [] }
    let senders = jobs.map {
      OutgoingDecision.Sender(account: $0.user, offers: $0.outgoing, incoming: $0.old)
    }
    let users = Set(jobs.map(\.user))
    let others = accounts.filter { !users.contains($0) }
    var outcome = OutgoingDecision(
      present: present, senders: senders, others: others, options: options,
      obstacle: { obstacle(server, present, $0) }
    ).outcome()
    if let settings = outcome.settings {
      set(server, to: settings, users: jobs.map(\.user), &draft)
      outcome.warnings += passwords(server, from: present, to: settings, jobs, &draft)
    }
    return outcome.warnings
  }

  private func obstacle(
    _ server: OutgoingServerPrefs, _ present: ServerSettings, _ wanted: ServerSettings
  ) -> String? {
    do throws(Refusal) {
      try TargetCheck.check(wanted)
    } catch {
      return error.text
    }
    if wanted.auth == .oauth2, wanted.host != present.host.lowercased() {
      return "OAuth2 is for the present server only"
    }
    let keys = OutgoingServerPrefs.deciding.map(server.name)
    if let key = profile.keySetByUserJS(among: keys) { return UserJS.refusal(key).text }
    return profile.installation.refusal(for: keys)?.text
  }

  /// All of them decide, also where they stay: undo must not put one to another server's.
  private func set(
    _ server: OutgoingServerPrefs, to settings: ServerSettings, users: [String],
    _ draft: inout SwitchDraft
  ) {
    func decide(_ leaf: String, _ value: PrefValue?) {
      for user in users {
        draft.wishes.set(server.name(leaf), value, deciding: true, user: user)
      }
    }
    decide("hostname", .string(settings.host))
    decide("port", .int(Int32(clamping: settings.port)))
    decide("try_ssl", .int(SocketTypePref.number(settings.security)))
    let number = AuthPref.number(settings.auth)
    let isImplied =
      profile.prefs[server.name("authMethod")] == nil
      && (server.number("authMethod") ?? AuthPref.standard) == number
    decide("authMethod", isImplied ? nil : .int(number))
    decide("username", settings.username.isEmpty ? nil : .string(settings.username))
  }

  /// A password belongs to scheme, host and user name. It follows the server to its new host; where
  /// signing in begins, or begins under the account's own name, it is that of getting mail.
  private func passwords(
    _ server: OutgoingServerPrefs, from present: ServerSettings, to settings: ServerSettings,
    _ jobs: [SwitchJob], _ draft: inout SwitchDraft
  ) -> [(account: String, warning: Warning)] {
    guard settings.auth.asksForPassword, !server.usesIncomingPassword else { return [] }
    let origins = origins(present, settings, jobs)
    let destination = "smtp://\(settings.host)"
    // Nothing that a password is found by has changed.
    guard origins != [destination] else { return [] }
    let users = jobs.map(\.user)
    for origin in origins { draft.logins.move(origin, to: destination, users: users) }
    guard !origins.contains(where: { draft.logins.hasLogin(for: $0) }) else { return [] }
    return users.map {
      (
        $0,
        Warning(
          .noSavedPassword,
          "no password of \(settings.username.printable) is saved for sending by "
            + "\(settings.host.printable); Thunderbird asks for it when it first sends")
      )
    }
  }

  /// Whose saved logins have the password, in the order of their names.
  private func origins(
    _ present: ServerSettings, _ settings: ServerSettings, _ jobs: [SwitchJob]
  ) -> [String] {
    if present.auth != .none, present.username == settings.username {
      return ["smtp://\(present.host.lowercased())"]
    }
    let hosts = jobs.filter { $0.old.username == settings.username }.map(\.old.host)
    return Set(hosts.map { "mailbox://\($0.lowercased())" }).sorted()
  }
}
