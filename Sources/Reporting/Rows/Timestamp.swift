import Glibc

/// Times as rows and pages show them.
public enum Timestamp {
  /// "2026-11-24T02:15:23Z", from seconds since 1970.
  public static func utc(_ seconds: Int) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let day = "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    return "\(day)T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
  }

  /// The first second of "2026-11-24" in UTC; nil for what is no day.
  static func start(ofDay day: String) -> Int? { seconds(of: day + "T00:00:00Z") }

  private static func seconds(of text: String) -> Int? {
    let numbers = text.split { !$0.isWholeNumber }.map { Int32($0) ?? -1 }
    guard text.utf8.count == "2026-11-24T02:15:23Z".utf8.count, numbers.count == 6 else {
      return nil
    }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
    let seconds = timegm(&parts)
    // What is no date comes out as another.
    return utc(seconds) == text ? seconds : nil
  }

  /// What ``utc(_:)`` wrote, as seconds since 1970.
  struct Read: Decodable {
    var seconds: Int

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      let text = try value.decode(String.self)
      guard let found = Timestamp.seconds(of: text) else {
        throw DecodingError.dataCorruptedError(in: value, debugDescription: "not a time")
      }
      seconds = found
    }
  }
}
