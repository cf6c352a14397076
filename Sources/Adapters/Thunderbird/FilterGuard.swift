import ConfigFormats
import ProfileRewriter

/// The rules that keep filters from the mail that is on the server already.
///
/// The first synchronisation runs incoming filters over the whole inbox, read mail included, and
/// they would move or copy all of it again. These rules stand in front of all others and end the
/// run for old mail; later mail is filtered as before. What `date` is, which dates a single "is
/// before" lets through (absent, malformed, in the future), and each condition below was tried with
/// Thunderbird 153: see docs/clients/thunderbird-findings-sync.md, section 1.
struct FilterGuard: Hashable {
  /// Mail dated before this day is old.
  var day: CalendarDay
  /// Whether the junk classifier would move what it finds: then guarded mail is marked as judged.
  var shieldsFromJunk: Bool
  /// Whether some rule runs after the junk classifier (32) or every ten minutes (256), where a rule
  /// for incoming mail holds nothing back.
  var coversLaterRuns: Bool
  /// Whether the client would put a rule of its own for return receipts in front of all others. It
  /// does not where one of that name is there.
  var replacesReceiptRule: Bool

  static let laterRuns = 32 | 256
  private static let receiptRule = "mozilla-temporary-internal-MDN-receipt-filter"
  private static let name = "Leave mail from before the change to IMAP alone"
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// In the order in which they are to stand.
  var rules: [FilterRule] {
    var rules = [oldMail(name: Self.name), badDates]
    if coversLaterRuns {
      // In these runs headers cannot be looked at, only `date` and `age in days`.
      rules.append(
        FilterRule(
          name: "\(Self.name) (later runs)", type: 288, actions: [stop], condition: dated))
    }
    if replacesReceiptRule { rules.insert(oldMail(name: Self.receiptRule), at: 0) }
    return rules
  }

  private func oldMail(name: String) -> FilterRule {
    // Without these three, bad dates count as the moment of the synchronisation.
    let malformed =
      #" OR ("Date",doesn't contain,:) OR ("Date",doesn't contain,20) OR ("Date",contains,1970)"#
    return FilterRule(name: name, type: 1, actions: actions, condition: dated + malformed)
  }

  private var badDates: FilterRule {
    let terms = Self.months.map { #"AND ("Date",doesn't contain,\#($0))"# }
    return FilterRule(
      name: "\(Self.name) (no valid date)", type: 1, actions: actions,
      condition: terms.joined(separator: " "))
  }

  /// `is greater than,-1` holds for what is dated more than a day ahead.
  private var dated: String {
    "OR (date,is before,\(Self.spelling(of: day))) OR (age in days,is greater than,-1)"
  }

  private var stop: FilterRule.Action { FilterRule.Action("Stop execution") }

  private var actions: [FilterRule.Action] {
    shieldsFromJunk ? [FilterRule.Action("JunkScore", "0"), stop] : [stop]
  }

  /// `24-Nov-2026`: the client reads English month names in every language.
  static func spelling(of day: CalendarDay) -> String {
    let month = months.indices.contains(day.month - 1) ? months[day.month - 1] : "Jan"
    return (day.day < 10 ? "0" : "") + "\(day.day)-\(month)-\(day.year)"
  }
}
