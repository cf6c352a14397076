import ConfigFormats
import ProfileRewriter

/// The incoming accounts of a store. A POP account and the IMAP account that has taken its place are
/// one, under the POP account's key.
struct StoreAccounts {
  let store: AccountStore

  var accounts: [Account] {
    let successors = Set(store.files.compactMap { store.successor(of: $0)?.key })
    let found = store.files.filter { !successors.contains($0.key) }.compactMap(account)
    return found + store.unreadable.map(unreadable)
  }

  private func account(_ file: AccountFile) -> Account? {
    guard let kind = file.kind else { return nil }
    if let successor = store.successor(of: file) {
      return account(file.key, .imap, successor, nil)
    }
    return account(file.key, kind, file, obstacle(to: file, kind))
  }

  private func account(
    _ key: String, _ kind: IncomingProtocol, _ file: AccountFile, _ obstacle: Refusal?
  ) -> Account {
    let settings = file.settings
    return Account(
      key: key, kind: kind, settings: settings,
      state: obstacle != nil ? .blocked : kind == .imap ? .current : .ready,
      reason: obstacle?.reason, explanation: obstacle?.text,
      addresses: file.address.map { [$0] } ?? [],
      imapAuth: settings.auth == .passwordEncrypted ? .passwordCleartext : settings.auth,
      outgoing: file.outgoing.map { [$0] } ?? [])
  }

  private func obstacle(to file: AccountFile, _ kind: IncomingProtocol) -> Refusal? {
    switch kind {
    case .imap: return nil
    case .other:
      return Refusal(.unsupported, "this account is of news or of HTTP mail; it is left as it is")
    case .pop3: break
    }
    guard !file.settings.host.isEmpty, !file.settings.username.isEmpty else {
      return Refusal(
        .incompleteAccount, "\(file.path.shown) names no POP3_Server or no POP3_User_Name")
    }
    if let name = file.misread {
      return Refusal(
        .syntax,
        "\(file.path.shown) has \(name) twice, or with a value that is none; correct the account in "
          + "the client")
    }
    guard !file.isSkipped else {
      return Refusal(
        .unsupported,
        "the client leaves this account out when it fetches mail (\(AccountFile.skip)), and no IMAP "
          + "account of the same address is there; include it in the account's properties first")
    }
    return nil
  }

  private func unreadable(_ file: (key: String, refusal: Refusal)) -> Account {
    Account(
      key: file.key, kind: .pop3,
      settings: ServerSettings(
        host: "", port: 0, security: .none, auth: .passwordCleartext, username: ""),
      state: .blocked, reason: file.refusal.reason, explanation: file.refusal.text)
  }
}

extension AccountFile {
  /// What is read of a POP account, and more than one client could read in more than one way.
  fileprivate var misread: String? {
    let numbers = [
      "POP3_Port", "POP3_Secure_Connection", "POP3_Use_Sicily", "POP3_Use_APOP", Self.skip,
      "Leave_Mail_On_Server",
    ]
    let names = numbers + ["POP3_Server", "POP3_User_Name", "SMTP_Email_Address"]
    let root = document.tree.root
    return names.first { root.elements($0).count > 1 || root.first($0)?.elements.isEmpty == false }
      ?? numbers.first { number($0) == nil }
      ?? ((1...65535).contains(settings.port) ? nil : "POP3_Port")
  }
}
