import ConfigFormats
import ProfileRewriter

/// What to say about filters that go on working.
struct FilterWarnings {
  private let enabled: [FilterRule]
  private let firstNew: FirstNewDay

  init(_ rules: [FilterRule], _ firstNew: FirstNewDay) {
    enabled = rules.filter(\.isEnabled)
    self.firstNew = firstNew
  }

  var all: [Warning] { folderWarning + (harmful > 0 ? [dayWarning] : []) }

  private var folderWarning: [Warning] {
    let lead = Array("mailbox://".utf8)
    let named = enabled.filter { $0.actions.contains { $0.value?.starts(with: lead) ?? false } }
    guard !named.isEmpty else { return [] }
    let names = named.prefix(5).map { "\"\($0.nameText)\"" }.joined(separator: ", ")
    let more = named.count > 5 ? " and \(named.count - 5) more" : ""
    return [
      Warning(
        .filtersNameFolders,
        "\(named.count == 1 ? "a filter names" : "\(named.count) filters name") local folders and "
          + "will go on filing new mail there, off the server where they move it: \(names)\(more)")
    ]
  }

  /// What the guard does not hold (docs/clients/thunderbird-findings-sync.md, section 1), and how
  /// many filters could harm it.
  private var dayWarning: Warning {
    let day = FilterGuard.spelling(of: firstNew.day)
    var text = "filters leave mail alone that is dated before \(day)"
    if firstNew.isAfterToday {
      text +=
        ", and with it what comes in the rest of today; old mail that a wrong clock dated up to a "
        + "day ahead they treat as new"
    } else {
      text +=
        "; mail that is on the server already and is dated that day, or up to a day ahead, they "
        + "treat as new, read or not"
    }
    let late = enabled.filter { $0.type & FilterGuard.laterRuns != 0 }.count
    if late > 0 {
      text +=
        "; the \(late) that run after the junk check or from time to time also treat mail "
        + "without a valid date as new"
    }
    let what =
      harmful == 1
      ? "one of them moves, copies, deletes, answers or forwards mail"
      : "\(harmful) of them move, copy, delete, answer or forward mail"
    return Warning(.filtersSameDay, "\(text) (\(what))")
  }

  /// Filters that do more than to mark a message.
  private var harmful: Int {
    let names = [
      "Move to folder", "Copy to folder", "Delete", "Reply", "Forward", "JunkScore", "Custom",
    ].map { Array($0.utf8) }
    return enabled.filter { $0.actions.contains { names.contains($0.name) } }.count
  }
}
