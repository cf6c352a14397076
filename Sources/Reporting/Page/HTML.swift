import ConfigFormats
import Foundation

/// Text as it stands in a page.
enum HTML {
  /// Whoever wrote it: nothing in it is markup, and nothing turns or hides text.
  static func text(_ text: String) -> String {
    var escaped = ""
    for character in text.printable.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  /// "12,345".
  static func number(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// "1 account", "2 accounts".
  static func count(_ number: Int, _ noun: String) -> String {
    "\(self.number(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// "2026-11-24 02:15:23", in UTC.
  static func time(_ seconds: Int) -> String {
    Timestamp.utc(seconds).replacing("T", with: " ").replacing("Z", with: "")
  }

  /// "12.3 MB".
  static func size(_ bytes: Int) -> String {
    var (value, unit) = (Double(bytes), 0)
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return unit == 0 ? "\(bytes) bytes" : String(format: "%.1f %@", value, units[unit])
  }

  /// A line of JSON that ends no script element, whatever stands in it.
  static func inert(_ json: [UInt8]) -> [UInt8] {
    guard json.contains(UInt8(ascii: "<")) else { return json }
    return json.flatMap { $0 == UInt8(ascii: "<") ? Array(#"\u003c"#.utf8) : [$0] }
  }
}

/// A table of numbers with a caption and a name in each row's first cell.
struct PageTable {
  var caption: String
  var heads: [String]
  /// The first cell's markup, and what stands in the others.
  var rows: [(head: String, cells: [String])] = []

  var html: String {
    var html = "<div class=\"scroll\"><table><caption>\(HTML.text(caption))</caption><thead><tr>"
    for (index, head) in heads.enumerated() {
      html += "<th scope=\"col\"\(index > 0 ? " class=\"number\"" : "")>\(HTML.text(head))</th>"
    }
    html += "</tr></thead><tbody>\n"
    for row in rows {
      html += "<tr><th scope=\"row\">\(row.head)</th>"
      for cell in row.cells { html += "<td class=\"number\">\(HTML.text(cell))</td>" }
      html += "</tr>\n"
    }
    return html + "</tbody></table></div>\n"
  }
}
