import ConfigFormats
import ProfileRewriter

/// The incoming accounts of a profile, by the names of their files.
struct EvolutionAccounts {
  let loaded: LoadedSources

  var accounts: [Account] {
    loaded.sources.compactMap(account) + loaded.unreadable.filter(\.looksLikePOP).map(unreadable)
  }

  func account(_ source: AccountSource) -> Account? {
    guard let kind = source.incomingProtocol else { return nil }
    let settings = source.settings
    var account = Account(
      key: source.uid, kind: kind, settings: settings, state: kind == .imap ? .current : .ready,
      addresses: addresses(source), imapAuth: imapAuth(source, settings),
      outgoing: outgoing(source))
    if let refusal = refusal(source, kind, settings) {
      account.state = .blocked
      account.reason = refusal.reason
      account.explanation = refusal.text
    }
    return account
  }

  /// APOP stays a challenge only where IMAP's own is asked for; a password does over TLS.
  private func imapAuth(_ source: AccountSource, _ settings: ServerSettings) -> AuthMethod {
    source.name("Authentication/Method") == AuthenticationMethod.apop
      ? .passwordCleartext : settings.auth
  }

  private func addresses(_ source: AccountSource) -> [String] {
    guard let address = loaded.identity(of: source)?.text("Mail Identity/Address"),
      address.contains("@")
    else { return [] }
    return [address]
  }

  private func outgoing(_ source: AccountSource) -> [ServerSettings] {
    guard let transport = loaded.transport(of: source) else { return [] }
    let settings = OutgoingMethod.settings(of: transport)
    return settings.host.isEmpty ? [] : [settings]
  }

  private func refusal(
    _ source: AccountSource, _ kind: IncomingProtocol, _ settings: ServerSettings
  ) -> Refusal? {
    switch kind {
    case .pop3: return refusal(source, settings)
    case .imap: return nil
    case .other:
      return Refusal(
        .unsupported,
        "this account is neither POP nor IMAP (backend \((source.backend ?? "").printable)); it is left as "
          + "it is")
    }
  }

  private func refusal(_ source: AccountSource, _ settings: ServerSettings) -> Refusal? {
    // A name that leads to no file may be a collection's all the same.
    if let parent = source.name("Data Source/Parent"),
      loaded[parent]?.document.hasGroup("Collection") ?? true
    {
      return managed(by: parent)
    }
    guard !settings.host.isEmpty, !settings.username.isEmpty else {
      return Refusal(
        .incompleteAccount,
        "\(source.path.shown) names no host or no user in [Authentication], or not in UTF-8")
    }
    return nil
  }

  /// A collection's accounts are made and changed by what keeps the collection.
  private func managed(by parent: String) -> Refusal {
    let isGNOME = loaded[parent]?.document.hasGroup("GNOME Online Accounts") ?? false
    let keeper = isGNOME ? "GNOME Online Accounts" : "the collection \(parent.printable)"
    return Refusal(
      .managedAccount,
      "this account belongs to \(keeper), which would write its own settings over ours; change it "
        + "there")
  }

  private func unreadable(
    _ file: (uid: String, refusal: Refusal, looksLikePOP: Bool)
  ) -> Account {
    Account(
      key: file.uid, kind: .pop3,
      settings: ServerSettings(
        host: "", port: 0, security: .none, auth: .passwordCleartext, username: ""),
      state: .blocked, reason: file.refusal.reason, explanation: file.refusal.text)
  }
}
