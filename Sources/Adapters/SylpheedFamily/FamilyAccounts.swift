import ConfigFormats
import ProfileRewriter

/// The incoming accounts of a profile.
struct FamilyAccounts {
  let profile: FamilyProfile

  func accounts() throws(Refusal) -> [Account] {
    try Account.requireFew(profile.accounts.count)
    // Read once for all that have none of their own.
    let common =
      profile.accounts.allSatisfy { $0.version != nil } ? 0 : try profile.versionAtLastStart()
    return profile.accounts.compactMap { account($0, version: $0.version ?? common) }
  }

  /// - Returns: nil for an account that only sends.
  private func account(_ source: FamilyAccount, version: Int) -> Account? {
    let imap = profile.client.imapNumber(version)
    let number = source.number("protocol") ?? 0
    let kind: IncomingProtocol
    switch number {
    case 0..<imap: kind = .pop3
    case imap: kind = .imap
    case imap + 1: kind = .other
    default: return nil
    }
    let settings = settings(source, kind)
    var account = Account(
      key: source.number, kind: kind, settings: settings, state: kind == .imap ? .current : .ready,
      addresses: [source.text("address")].compactMap(\.self).filter { $0.contains("@") },
      imapAuth: settings.auth == .passwordEncrypted ? .passwordCleartext : settings.auth)
    if let refusal = refusal(source, kind, number, settings) {
      account.state = .blocked
      account.reason = refusal.reason
      account.explanation = refusal.text
    }
    return account
  }

  private func settings(_ source: FamilyAccount, _ kind: IncomingProtocol) -> ServerSettings {
    let isIMAP = kind == .imap
    let security = source.security(isIMAP ? "ssl_imap" : "ssl_pop")
    let authentication = profile.client.authentication
    let imapAuth =
      authentication.imap[source.number("imap_auth_method") ?? 0] ?? .passwordCleartext
    return ServerSettings(
      host: source.text(kind == .other ? "nntp_server" : "receive_server") ?? "",
      port: source.port(
        isIMAP ? "imap_port" : "pop_port", ifSet: isIMAP ? "set_imapport" : "set_popport",
        else: kind.defaultPort(security)),
      security: security, auth: isIMAP ? imapAuth : authentication.pop(source),
      username: source.text("user_id") ?? "")
  }

  private func refusal(
    _ source: FamilyAccount, _ kind: IncomingProtocol, _ number: Int, _ settings: ServerSettings
  ) -> Refusal? {
    switch kind {
    case .imap: return nil
    case .other:
      return Refusal(.unsupported, "this account reads news; it is left as it is")
    case .pop3: break
    }
    guard number == 0 else {
      return Refusal(
        .unsupported,
        "accountrc is of an old version, in which this account has a number of its own; start "
          + "\(profile.client.name) once and close it, which brings the file up to date")
    }
    guard !settings.host.isEmpty, !settings.username.isEmpty else {
      return Refusal(
        .incompleteAccount,
        "[Account: \(source.number)] of accountrc names no receive_server or no user_id, or not in "
          + "UTF-8")
    }
    guard source.isPlain else {
      return Refusal(
        .syntax,
        "[Account: \(source.number)] of accountrc stands there twice or has blanks around its keys, "
          + "which \(profile.client.name) reads in another way; start it once and close it, which "
          + "writes the file anew")
    }
    return nil
  }
}
