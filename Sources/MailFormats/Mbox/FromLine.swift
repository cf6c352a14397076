import Glibc

/// The line before a message in an mbox: "From - Tue Nov 24 02:43:51 2026".
public enum FromLine {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

  /// The moment that the end of the line names, in local time, as Thunderbird writes it: seconds
  /// since 1970; nil for anything else.
  public static func date(_ line: UnsafeRawBufferPointer) -> Int64? {
    let text = String(decoding: line, as: UTF8.self)
    let words = text.split { $0 == " " || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    guard words.count >= 6 else { return nil }
    let date = words.suffix(5).map(String.init)
    guard let month = months.firstIndex(of: date[1]), let day = Int32(date[2]),
      let year = Int32(date[4]), (1...31).contains(day), (1970...9999).contains(year)
    else { return nil }
    let clock = date[3].split(separator: ":", omittingEmptySubsequences: false).map { Int32($0) }
    guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2]
    else { return nil }
    var parts = tm()
    parts.tm_year = year - 1900
    parts.tm_mon = Int32(month)
    parts.tm_mday = day
    parts.tm_hour = hour
    parts.tm_min = minute
    parts.tm_sec = second
    parts.tm_isdst = -1
    let moment = mktime(&parts)
    return moment == -1 ? nil : Int64(moment)
  }

  /// A line with its end for that moment, in local time or UTC.
  public static func line(_ moment: Int64, isUTC: Bool) -> [UInt8] {
    var parts = tm()
    var moment = time_t(max(0, min(moment, 253_402_300_799)))
    if isUTC { gmtime_r(&moment, &parts) } else { localtime_r(&moment, &parts) }
    let day = days[Int(parts.tm_wday) % 7]
    let month = months[Int(parts.tm_mon) % 12]
    return Array(
      "From - \(day) \(month) \(two(parts.tm_mday)) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) \(parts.tm_year + 1900)\n"
        .utf8)
  }

  private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
