import ConfigFormats
import ProfileRewriter

/// A server preference that deleted local copies under POP and would delete mail on the server
/// under IMAP. The figures are from Thunderbird 153 and Dovecot, two runs each, with a control
/// (docs/clients/thunderbird-findings-sync.md, section 2).
struct ServerSideDeletion {
  /// Below `mail.server.serverN.`; a value for all servers (`mail.server.default.`) counts where
  /// the server has none.
  var leaf: String
  var danger: Danger
  /// What it would do, for people.
  var effect: String

  enum Danger {
    /// Dangerous when true, off when false.
    case flag
    /// Dangerous with one of these numbers, off with `neutral`.
    case number(Set<Int32>, neutral: Int32)
  }

  static let known = [
    // Trash 5 → 0 at exit.
    ServerSideDeletion(
      leaf: "empty_trash_on_exit", danger: .flag, effect: "empties the Trash on exit"),
    // Inbox 17 → 14: what other clients had marked as deleted.
    ServerSideDeletion(
      leaf: "cleanup_inbox_on_exit", danger: .flag, effect: "expunges the Inbox on exit"),
    // Junk 8 → 3.
    ServerSideDeletion(
      leaf: "purgeSpam", danger: .flag, effect: "deletes old junk mail"),
    // 1 keeps all, 2 by age (daysToKeepHdrs), 3 by number (numHdrsToKeep); without it the limits
    // have no effect. Inbox 17 → 4, Trash 5 → 0, Junk 8 → 0.
    ServerSideDeletion(
      leaf: "retainBy", danger: .number([2, 3], neutral: 1),
      effect: "deletes messages by age or number"),
  ]

  /// The value that switches it off, or nil where it is off.
  func neutralValue(in server: ServerPrefs) -> PrefValue? {
    switch danger {
    case .flag: server.bool(leaf) ? .bool(false) : nil
    case .number(let dangerous, let neutral):
      server.int(leaf).map(dangerous.contains) == true ? .int(neutral) : nil
    }
  }
}

extension SwitchJob {
  /// Switches off what would get a wider reach, and says so.
  func setServerSideDeletion(_ wishes: inout PrefsWishes) -> [Warning] {
    var named: [String] = []
    for setting in ServerSideDeletion.known {
      guard let neutral = setting.neutralValue(in: server) else { continue }
      wishes.set(server.name(setting.leaf), neutral, user: user)
      named.append("\(setting.leaf) (\(setting.effect))")
    }
    var texts: [String] = []
    if !named.isEmpty {
      texts.append(
        "switched off, because with IMAP it would delete on the server: "
          + named.joined(separator: ", "))
    }
    if let global = expungingSetting {
      texts.append("\(global) is set for all accounts and expunges what is marked as deleted")
    }
    return texts.isEmpty ? [] : [Warning(.serverSideDeletion, texts.joined(separator: "; "))]
  }

  /// Settings for all IMAP accounts are the user's; alone they expunge only what was marked before.
  private var expungingSetting: String? {
    if profile.bool("mail.imap.expunge_after_delete") {
      return "mail.imap.expunge_after_delete"
    }
    return profile.int("mail.imap.expunge_option") == 1 ? "mail.imap.expunge_option" : nil
  }
}
