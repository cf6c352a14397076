import ConfigFormats
import ProfileRewriter

/// POP settings that were without effect under IMAP and come into force again with undo.
struct UndoAdvice {
  let server: ServerPrefs

  init?(account: String, in prefs: PrefsDocument) {
    guard let key = prefs.string(forKey: "mail.account.\(account).server") else { return nil }
    server = ServerPrefs(prefs: prefs, key: key)
  }

  /// The settings by which the POP account deletes on the server.
  private var dangers: [String] {
    var dangers: [String] = []
    if !server.bool("leave_on_server") {
      dangers.append("mail is not left on the server")
    } else {
      // Both have an effect only on what is left there.
      if server.bool("delete_by_age_from_server") { dangers.append("mail is deleted there by age") }
      if server.bool("delete_mail_left_on_server") {
        dangers.append("what is deleted locally is deleted there")
      }
    }
    return dangers
  }

  var warning: Warning? {
    guard !dangers.isEmpty else { return nil }
    return Warning(
      .popDeletesFromServer,
      "\(server.key) deletes from the server again once it is POP: "
        + dangers.joined(separator: "; ") + " (rollback --leave-on-server prevents it)")
  }

  var leaveOnServerValues: [KeyValue] {
    var values = [
      KeyValue(
        key: server.name("leave_on_server"), value: PrefValue.bool(true).canonicalBytes)
    ]
    for leaf in ["delete_by_age_from_server", "delete_mail_left_on_server"] {
      guard server.own(leaf) != nil || server.bool(leaf) else { continue }
      values.append(
        KeyValue(key: server.name(leaf), value: PrefValue.bool(false).canonicalBytes))
    }
    return values
  }
}
