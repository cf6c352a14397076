import ProfileRewriter

/// What a switch means for how an account sends. Each has a server of its own, which stays as it is.
struct FamilySending {
  private let job: FamilyJob
  private let options: SwitchOptions

  init(_ job: FamilyJob, _ options: SwitchOptions) {
    self.job = job
    self.options = options
  }

  var warnings: [Warning] {
    OutgoingDecision(
      present: present, isAfterPOP: account.flag("pop_before_smtp"),
      senders: [.init(account: job.user, offers: job.outgoing, incoming: job.old)], others: [],
      options: options, obstacle: { _ in "it is set in the account's preferences" }
    ).outcome().warnings.map(\.warning)
  }

  private var account: FamilyAccount { job.source }

  private var present: ServerSettings {
    let security = account.security("ssl_smtp")
    let own = account.text("smtp_user_id") ?? ""
    return ServerSettings(
      host: account.text("smtp_server") ?? "",
      port: account.port("smtp_port", ifSet: "set_smtpport", else: security == .tls ? 465 : 25),
      security: security, auth: auth, username: own.isEmpty ? job.old.username : own)
  }

  private var auth: AuthMethod {
    guard account.flag("use_smtp_auth") else { return .none }
    let number = account.number("smtp_auth_method") ?? 0
    return job.profile.client.authentication.smtp[number] ?? .passwordCleartext
  }
}
