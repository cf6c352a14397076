/// A point in time as APPEND wants it (RFC 9051, date-time), in UTC.
enum IMAPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// - Parameter seconds: since 1970; what is outside of the years 1 to 9999 is set to their ends.
  static func text(_ seconds: Int64) -> String {
    let seconds = min(max(seconds, -62_135_596_800), 253_402_300_799)
    let days = Int((seconds >= 0 ? seconds : seconds - 86_399) / 86_400)
    let time = Int(seconds) - days * 86_400
    let (year, month, day) = civil(days)
    return "\(day < 10 ? " " : "")\(day)-\(months[month - 1])-"
      + String(repeating: "0", count: max(4 - String(year).count, 0)) + "\(year) "
      + "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60)) +0000"
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// The Gregorian date of a day since 1970. Years are counted from March, so that the leap day is a
  /// year's last.
  private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let ofEra = shifted - era * 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * ofYear + 2) / 153
    let month = march < 10 ? march + 3 : march - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, ofYear - (153 * march + 2) / 5 + 1)
  }
}
