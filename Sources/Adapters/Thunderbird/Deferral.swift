import ConfigFormats
import ProfileRewriter

/// POP accounts that put their mail into another account ("Global Inbox").
///
/// If that other account becomes IMAP their login fails without a word and no mail arrives. Pointed
/// to the account that keeps the old mail, where their mail went all the time, they go on working,
/// through restarts and undo (seen with Thunderbird 153).
enum Deferral {
  /// The servers whose mail goes to `account`. Also those that are IMAP by now or in a moment:
  /// there it has no effect, and when one of them goes back to POP it has its place.
  static func accounts(deferredTo account: String, in prefs: PrefsDocument) -> [ServerPrefs] {
    let tail = ".deferred_to_account"
    return prefs.keys(withPrefix: "mail.server.").compactMap { key in
      guard key.hasSuffix(tail), prefs.string(forKey: key) == account else { return nil }
      let server = key.dropFirst("mail.server.".count).dropLast(tail.count)
      return ServerPrefs(prefs: prefs, key: String(server))
    }
  }

  /// Accounts that the user has deferred since to the one that keeps the old mail: it goes with the undo,
  /// and `account` has its directory then.
  static func valuesForUndo(
    of change: Change, account: String, in prefs: PrefsDocument
  ) -> [KeyValue] {
    let files = change.files.filter { $0.path.name == RelativePath.prefsJS.bytes }
    let known = Set(files.flatMap { $0.edits.map(\.key) })
    return files.flatMap(\.branches).flatMap { branch -> [KeyValue] in
      let parts = branch.prefix.split(separator: ".")
      guard branch.users == [account], parts.count == 3, parts[..<2] == ["mail", "account"] else {
        return []
      }
      // What the switch itself has pointed there goes back by its own rule.
      let own = prefs.string(forKey: "mail.account.\(account).server")
      return accounts(deferredTo: String(parts[2]), in: prefs).compactMap { server in
        let key = server.name("deferred_to_account")
        guard !known.contains(key) else { return nil }
        let value = server.key == own ? nil : PrefValue.string(Array(account.utf8)).canonicalBytes
        return KeyValue(key: key, value: value)
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
