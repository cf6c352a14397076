import ConfigFormats
import ProfileRewriter

/// POP settings that were without effect under IMAP and come into force again with undo.
struct EvolutionUndoAdvice {
  let source: AccountSource

  /// Without the key Evolution takes mail off the server.
  private var keepsOnServer: Bool { source.flag("Pop Backend/KeepOnServer") ?? false }

  private var dangers: [String] {
    guard keepsOnServer else { return ["mail is not kept on the server"] }
    var dangers: [String] = []
    if let days = source.number("Pop Backend/DeleteAfterDays"), days > 0 {
      dangers.append("mail is deleted there after \(days) days")
    }
    if source.flag("Pop Backend/DeleteExpunged") ?? false {
      dangers.append("what is expunged locally is deleted there")
    }
    return dangers
  }

  var warning: Warning? {
    guard !dangers.isEmpty else { return nil }
    return Warning(
      .popDeletesFromServer,
      "the account deletes from the server again once it is POP: "
        + dangers.joined(separator: "; ") + " (rollback --leave-on-server prevents it)")
  }

  var leaveOnServerValues: [KeyValue] {
    let wanted: [(String, String)] = [
      ("KeepOnServer", "true"), ("DeleteAfterDays", "0"), ("DeleteExpunged", "false"),
    ]
    return wanted.map { key, value in
      KeyValue(file: source.path, key: "Pop Backend/\(key)", value: Array(value.utf8))
    }
  }
}
