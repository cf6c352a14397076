import ProfileRewriter

/// Which server of type `none` holds the mail that an account left when it became IMAP. A switch gives
/// it the name "Old mail: …" and the POP user and host; all of these may be like those of another
/// account, or have been changed since.
struct OldMailServers {
  private let candidates: [ServerPrefs]
  private let accounts: [AccountEntry]

  init(_ profile: LoadedProfile, _ entries: [AccountEntry]) {
    accounts = entries.filter { $0.account.kind == .imap }
    candidates = AccountReader.listedAccounts(profile.prefs)
      .compactMap { profile.prefs.string(forKey: "mail.account.\($0).server") }
      .map(profile.server)
      .filter { $0.text("type") == "none" && $0.text("hostname") != "Local Folders" }
  }

  /// - Returns: nil where the account left no mail.
  /// - Throws: `duplicate-account` where two accounts, or two servers, fit equally well.
  func server(of account: AccountEntry) throws(Refusal) -> ServerPrefs? {
    var best: [(server: ServerPrefs, likeness: Int)] = []
    for server in candidates {
      guard let likeness = Self.likeness(account, server) else { continue }
      // Another one's, if that one fits better.
      let others = accounts.filter { $0.key != account.key }.compactMap {
        Self.likeness($0, server)
      }
      if others.contains(where: { $0 > likeness }) { continue }
      if others.contains(likeness) { throw Self.ambiguity(account) }
      if let present = best.first, present.likeness != likeness {
        if present.likeness < likeness { best = [(server, likeness)] }
      } else {
        best.append((server, likeness))
      }
    }
    guard best.count < 2 else { throw Self.ambiguity(account) }
    return best.first?.server
  }

  private static func ambiguity(_ account: AccountEntry) -> Refusal {
    Refusal(
      .duplicateAccount,
      "which local account holds the mail that \(account.key) left cannot be told; give the accounts "
        + "different names in Thunderbird, each \"Old mail: …\" that of its account")
  }

  /// How much speaks for it that the account left its mail there; nil where neither the name nor the
  /// user does.
  private static func likeness(_ account: AccountEntry, _ server: ServerPrefs) -> Int? {
    let settings = account.account.settings
    let name = "Old mail: " + (account.server.text("name") ?? settings.username)
    let isNamed = server.text("name") == name
    let user = server.text("userName") ?? ""
    guard isNamed || user == settings.username else { return nil }
    let host = (server.text("hostname") ?? "").lowercased()
    return (isNamed ? 4 : 0) + degree(user, settings.username, upTo: localPart)
      + degree(host, settings.host.lowercased(), upTo: parentDomain)
  }

  private static func degree(
    _ left: String, _ right: String, upTo part: (String) -> Substring
  ) -> Int {
    left == right ? 2 : part(left) == part(right) ? 1 : 0
  }

  private static func localPart(_ user: String) -> Substring { user.prefix { $0 != "@" } }

  /// pop.example.net and imap.example.net have one.
  private static func parentDomain(_ host: String) -> Substring {
    host.firstIndex(of: ".").map { host[$0...] } ?? host[...]
  }
}
