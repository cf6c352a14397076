import ConfigFormats
import ProfileRewriter

/// What comes back with a POP account, and what stays of the IMAP account that had taken its place.
struct StoreUndoAdvice {
  let account: AccountFile
  let store: AccountStore

  var warnings: [Warning] { [deletion, left].compactMap(\.self) }

  private var deletion: Warning? {
    let mail = account.mailSettings
    let how: String
    switch mail.onServer {
    case .notKept: how = "mail is not kept there"
    case .keptForDays: how = "mail is deleted there after \(mail.days ?? 0) days"
    case .kept where mail.deletesAlong: how = "what is deleted here is deleted there"
    case .kept: return nil
    }
    return Warning(
      .popDeletesFromServer,
      "the account deletes from the server again once it is POP: \(how) (rollback "
        + "--leave-on-server prevents it)")
  }

  /// The client has moved the file that made the account, and may have written it anew.
  private var left: Warning? {
    guard let path = store.successor(of: account)?.path, path.parent != nil else { return nil }
    return Warning(
      .usedSince,
      "the client has taken the IMAP account up (\(path.shown)), and it stays beside the POP account; "
        + "remove it in the client")
  }

  var leaveOnServerValues: [KeyValue] {
    [("Leave_Mail_On_Server", 1), ("Remove_When_Deleted", 0), ("Remove_When_Expired", 0)].compactMap
    {
      name, value in
      // What is not there is off.
      guard value == 1 || account.flag(name) else { return nil }
      return KeyValue(
        file: account.path, key: name + "/.",
        value: Successor.number(name, value).canonicalSpelling)
    }
  }
}
