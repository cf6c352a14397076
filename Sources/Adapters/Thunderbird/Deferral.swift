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

  static func repoint(
    _ servers: [ServerPrefs], to account: String, user: String, _ wishes: inout PrefsWishes
  ) {
    for server in servers {
      wishes.set(
        server.name("deferred_to_account"), .string(account), deciding: true, user: user)
    }
  }
}
