import ProfileRewriter

/// The first day whose mail filters may take for new: tomorrow where the POP client may have
/// downloaded something today, else today.
///
/// Everything that it ever fetched lies before the day after its last download, for what counts
/// there is the second of the download and not the message's date (seen with Thunderbird 153).
/// Never a day before today: mail of the days between may have been read elsewhere, and belongs to
/// the time before the switch as well.
struct FirstNewDay {
  var day: CalendarDay
  var isAfterToday: Bool

  /// - Parameter lastDownload: in seconds since 1970.
  init(lastDownload: Int?, _ choices: PlanChoices) {
    let today = choices.today.daysSinceEpoch
    var number = today
    if let lastDownload {
      // The number stands in a file: it may be anything.
      let local = min(max(lastDownload, 0), 1 << 40) + Self.greatestOffset(choices)
      // A clock that was wrong must not guard the future.
      number = max(today, min(local / 86400 + 1, today + 1))
    }
    day = CalendarDay(daysSinceEpoch: number)
    isAfterToday = number > today
  }

  /// The greatest offset from UTC, in seconds, at which it is `today` now. The exact one is not
  /// known here; a later day guards more. An hour is added for daylight saving at the download.
  private static func greatestOffset(_ choices: PlanChoices) -> Int {
    let now = choices.nowMilliseconds / 1000
    let endOfToday = (choices.today.daysSinceEpoch + 1) * 86400
    return max(-12 * 3600, min(14 * 3600, endOfToday - 1 - now + 3600))
  }
}

extension CalendarDay {
  /// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level
  /// Date Algorithms", days_from_civil).
  var daysSinceEpoch: Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// civil_from_days of the same source.
  init(daysSinceEpoch days: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch + (monthFromMarch < 10 ? 3 : -9)
    self.init(
      year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
      day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}
