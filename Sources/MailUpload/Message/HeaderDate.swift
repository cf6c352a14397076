/// The date that a message's header names (RFC 5322, 3.3), for messages of which the store does not
/// say when they came in.
enum HeaderDate {
  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]
  /// Of the zones with names those that RFC 5322 gives a meaning; minutes.
  private static let zones = [
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480,
    "pdt": -420,
  ]

  /// Seconds since 1970; nil for what is no date, or one that cannot be.
  static func seconds(_ value: [UInt8]) -> Int64? {
    let text = String(decoding: value.prefix(200), as: UTF8.self).lowercased()
    var words = text.split { ", \t\r\n".contains($0) }.map(String.init)
    if let first = words.first, first.first?.isLetter == true { words.removeFirst() }
    guard words.count >= 4, let day = Int(words[0]), (1...31).contains(day),
      let month = months.firstIndex(of: String(words[1].prefix(3))), var year = Int(words[2]),
      let time = time(words[3])
    else { return nil }
    if year < 50 { year += 2000 } else if year < 1000 { year += 1900 }
    guard (1970...9999).contains(year) else { return nil }
    let zone = words.count > 4 ? minutes(words[4]) : 0
    return Int64(days(year, month + 1, day)) * 86_400 + Int64(time) - Int64(zone) * 60
  }

  private static func time(_ word: String) -> Int? {
    let parts = word.split(separator: ":").map { Int($0) }
    guard (2...3).contains(parts.count), let hour = parts[0], let minute = parts[1],
      let second = parts.count > 2 ? parts[2] : 0, (0...23).contains(hour),
      (0...59).contains(minute), (0...60).contains(second)
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  private static func minutes(_ zone: String) -> Int {
    guard zone.count == 5, let sign = zone.first, sign == "+" || sign == "-",
      let number = Int(zone.dropFirst())
    else { return zones[zone] ?? 0 }
    let minutes = number / 100 * 60 + number % 100
    return sign == "-" ? -minutes : minutes
  }

  /// Since 1970, of a Gregorian date. Years are counted from March, so that the leap day is last.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = year / 400
    let ofEra = year - era * 400
    let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }
}
