import ProfileRewriter

/// Whether an account may become what is wanted.
struct TargetRules {
  let entries: [AccountEntry]
  let draft: SwitchDraft

  /// - Returns: warnings about what is allowed all the same.
  func check(_ job: SwitchJob, _ options: SwitchOptions) throws(Refusal) -> [Warning] {
    try checkDuplicates(job)
    return try TargetCheck.compare(job.target, with: job.old, options)
  }

  /// Of two accounts with one IMAP user and host Thunderbird silently removes the later at its next
  /// start, together with its `mail.account.*` keys (seen with 153).
  private func checkDuplicates(_ job: SwitchJob) throws(Refusal) {
    for other in entries where other.account.kind == .imap {
      let settings = other.account.settings
      let uri = ServerURI(.imap, user: settings.username, host: settings.host)
      guard uri.isSame(as: job.imapURI) else { continue }
      throw Refusal(
        .duplicateAccount,
        "\(other.key) of this profile is \(job.target.username) at \(job.target.host) already; "
          + "Thunderbird would remove one of the two")
    }
    if let other = draft.jobs.first(where: { $0.imapURI.isSame(as: job.imapURI) }) {
      throw Refusal(
        .duplicateAccount,
        "\(other.user) becomes the same account (\(job.target.username) at "
          + "\(job.target.host)); Thunderbird would remove one of the two")
    }
  }
}
