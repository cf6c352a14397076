import ConfigFormats
import ProfileRewriter

/// POP accounts that put their mail into another account ("Global Inbox").
///
/// If that other account becomes IMAP their login fails without a word and no mail arrives. Pointed
/// to the account that keeps the old mail, where their mail went all the time, they go on working,
/// through restarts and undo (seen with Thunderbird 153).
enum Deferral {
  /// Who puts mail into whom, all of a profile.
  struct Index {
    private let prefs: PrefsDocument
    /// By account.
    private var servers: [String: [String]] = [:]

    init(_ prefs: PrefsDocument) {
      self.prefs = prefs
      let tail = ".deferred_to_account"
      for key in prefs.keys(withPrefix: "mail.server.") where key.hasSuffix(tail) {
        guard let account = prefs.string(forKey: key) else { continue }
        let server = key.dropFirst("mail.server.".count).dropLast(tail.count)
        servers[account, default: []].append(String(server))
      }
    }

    /// The servers whose mail goes to `account`. Also those that are IMAP by now or in a moment:
    /// there it has no effect, and when one of them goes back to POP it has its place.
    func servers(deferredTo account: String) -> [ServerPrefs] {
      (servers[account] ?? []).map { ServerPrefs(prefs: prefs, key: $0) }
    }
  }

  /// Accounts that the user has deferred since to the one that keeps the old mail: it goes with the undo,
  /// and the account has its directory then.
  static func valuesForUndo(
    of change: Change, accounts: [String], in profile: LoadedProfile
  ) -> [KeyValue] {
    let files = change.files.filter { $0.path.name == RelativePath.prefsJS.bytes }
    let known = Set(files.flatMap { $0.edits.map(\.key) })
    // Those of one account alone, by it.
    let branches = Dictionary(
      grouping: files.flatMap(\.branches).filter { $0.users.count == 1 }, by: { $0.users[0] })
    return accounts.flatMap { account in
      (branches[account] ?? []).flatMap { branch -> [KeyValue] in
        let parts = branch.prefix.split(separator: ".")
        guard parts.count == 3, parts[..<2] == ["mail", "account"] else { return [] }
        // What the switch itself has pointed there goes back by its own rule.
        let own = profile.prefs.string(forKey: "mail.account.\(account).server")
        return profile.deferrals.servers(deferredTo: String(parts[2])).compactMap { server in
          let key = server.name("deferred_to_account")
          guard !known.contains(key) else { return nil }
          let value = server.key == own ? nil : PrefValue.string(Array(account.utf8)).canonicalBytes
          return KeyValue(key: key, value: value)
        }
      }
    }
  }

  static func repoint(
    _ servers: [ServerPrefs], to account: String, user: String, _ wishes: inout PrefsWishes
  ) {
    for server in servers {
      wishes.set(
        server.name("deferred_to_account"), .string(account), deciding: true, user: user)
    }
  }
}
