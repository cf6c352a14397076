import ConfigFormats
import ProfileRewriter

/// A server preference that deleted local copies under POP and would delete mail on the server
/// under IMAP.
struct ServerSideDeletion {
  /// Below `mail.server.serverN.`.
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

  /// `empty_trash_on_exit` was seen to empty the server's Trash with Thunderbird 153 (5 messages
  /// before, none after; control 5 and 5).
  static let known = [
    ServerSideDeletion(
      leaf: "empty_trash_on_exit", danger: .flag, effect: "empties the Trash on exit"),
    ServerSideDeletion(
      leaf: "cleanup_inbox_on_exit", danger: .flag, effect: "expunges the Inbox on exit"),
    ServerSideDeletion(
      leaf: "purgeSpam", danger: .flag, effect: "deletes old junk mail"),
    // 1 keeps all, 2 by age (daysToKeepHdrs), 3 by number (numHdrsToKeep); the limits have no effect
    // without it.
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
    guard !named.isEmpty else { return [] }
    return [
      Warning(
        .serverSideDeletion,
        "switched off, because with IMAP it would delete on the server: "
          + named.joined(separator: ", "))
    ]
  }
}
