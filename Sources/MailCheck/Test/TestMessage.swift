import Glibc

/// The message that a test puts somewhere: lines ended by CRLF, with what servers and stores tend to
/// change (a full stop, "From " and blanks in a line's beginning, letters beyond ASCII, a long line).
struct TestMessage {
  /// With angle brackets.
  let id: String
  let bytes: [UInt8]

  /// - Parameter address: sender and recipient.
  init(token: String, address: String) {
    id = "<\(token)@profile-rewriter.invalid>"
    let lines = [
      "Date: \(Self.date())", "From: <\(address)>", "To: <\(address)>",
      "Subject: A test of this account by profile-rewriter", "Message-ID: \(id)",
      "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8",
      "Content-Transfer-Encoding: 8bit", "Auto-Submitted: auto-generated", "",
      "profile-rewriter has made this message to see whether mail gets here and stays as it is.",
      "It can be deleted.", ".", ".. two full stops", "From the beginning of a line",
      ">From a quoted one", " a blank before and after ", "Grüße, €, 漢字",
      String(repeating: "long ", count: 180), "",
    ]
    bytes = Array(lines.joined(separator: "\r\n").utf8)
  }

  /// 16 hexadecimal digits that nobody else has.
  static func token() -> String {
    let text = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }

  /// RFC 5322, in UTC, whatever the locale.
  private static func date() -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(days[Int(parts.tm_wday)]), \(parts.tm_mday) \(months[Int(parts.tm_mon)]) "
      + "\(1900 + parts.tm_year) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) +0000"
  }
}
