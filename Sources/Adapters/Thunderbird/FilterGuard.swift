import ConfigFormats
import ProfileRewriter

/// The rule that keeps filters from the mail that is on the server already.
///
/// The first synchronisation runs incoming filters over the whole inbox, read mail included, and
/// they would move or copy all of it again. This rule in front of all others ends the run for
/// messages dated before the day of the switch; later ones are filtered as before (seen with
/// Thunderbird 153, for AND and OR rules).
enum FilterGuard {
  static func rule(_ today: CalendarDay) -> FilterRule {
    FilterRule(
      name: "Leave mail from before the change to IMAP alone", type: 1,
      actions: [FilterRule.Action("Stop execution")],
      condition: "AND (date,is before,\(spelling(of: today)))")
  }

  /// `24-Nov-2026`: the client reads English month names in every language.
  static func spelling(of day: CalendarDay) -> String {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let month = months.indices.contains(day.month - 1) ? months[day.month - 1] : "Jan"
    return (day.day < 10 ? "0" : "") + "\(day.day)-\(month)-\(day.year)"
  }
}
