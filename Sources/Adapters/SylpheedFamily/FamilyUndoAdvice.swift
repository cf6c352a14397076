import ConfigFormats
import ProfileRewriter

/// POP settings that were without effect under IMAP and come into force again with undo.
struct FamilyUndoAdvice {
  let source: FamilyAccount

  private var removes: Bool { source.flag("remove_mail", default: true) }

  var warning: Warning? {
    guard removes else { return nil }
    let days = source.number("message_leave_time") ?? 0
    let when = days > 0 ? "mail is deleted there after \(days) days" : "mail is not kept there"
    return Warning(
      .popDeletesFromServer,
      "the account deletes from the server again once it is POP: \(when) (rollback "
        + "--leave-on-server prevents it)")
  }

  var leaveOnServerValues: [KeyValue] {
    [
      KeyValue(
        file: FamilyAccount.path, key: source.key("remove_mail"), value: Array("0".utf8))
    ]
  }
}
