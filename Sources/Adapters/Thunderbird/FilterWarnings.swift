import ConfigFormats
import ProfileRewriter

/// What to say about filters that go on working.
struct FilterWarnings {
  private let filters: FilterFacts
  private let firstNew: FirstNewDay

  init(_ filters: FilterFacts, _ firstNew: FirstNewDay) {
    self.filters = filters
    self.firstNew = firstNew
  }

  var all: [Warning] { folderWarning + (filters.harmful > 0 ? [dayWarning] : []) }

  private var folderWarning: [Warning] {
    let count = filters.namingFolders
    guard count > 0 else { return [] }
    let named = filters.firstNamingFolders
    let names = named.map { "\"\($0)\"" }.joined(separator: ", ")
    let more = count > named.count ? " and \(count - named.count) more" : ""
    return [
      Warning(
        .filtersNameFolders,
        "\(count == 1 ? "a filter names" : "\(count) filters name") local folders and "
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
    if filters.late > 0 {
      text +=
        "; the \(filters.late) that run after the junk check or from time to time also treat mail "
        + "without a valid date as new"
    }
    let what =
      filters.harmful == 1
      ? "one of them moves, copies, deletes, answers or forwards mail"
      : "\(filters.harmful) of them move, copy, delete, answer or forward mail"
    return Warning(.filtersSameDay, "\(text) (\(what))")
  }
}
