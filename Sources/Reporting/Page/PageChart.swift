import ConfigFormats
import ProfileRewriter

/// How many accounts stood switched, over time, as a picture and in words.
struct PageChart {
  private let timeline: Timeline
  private let madeAt: Int
  /// Accounts that are POP or were.
  private let goal: Int
  /// No axis goes further, whatever a report claims.
  private static let largest = 1_000_000_000_000
  private let width = 760
  private let height = 260
  // The margins.
  private let left = 52
  private let right = 14
  private let top = 14
  private let bottom = 30

  init(_ report: FleetReport, _ sums: FleetSums) {
    timeline = report.timeline
    madeAt = report.madeAt
    goal = sums.accounts - (sums.states[.imap] ?? 0)
  }

  var html: String {
    let days = timeline.days
    guard let first = days.first, let last = days.last, let start = timeline.events.first?.time
    else {
      return "<p>Nothing has been switched yet.</p>\n"
    }
    let end = max(madeAt, start + 60)
    let points = points(start, end)
    let most = min(max(goal, points.map(\.count).max() ?? 0, 1), Self.largest)
    let words =
      "From \(first.day) to \(String(Timestamp.utc(end).prefix(10))) the accounts that stand "
      + "switched went from 0 to \(HTML.number(last.standing)), of \(HTML.number(goal)) that are "
      + "POP or were."
    var html = "<svg viewBox=\"0 0 \(width) \(height)\" role=\"img\" "
    html += "aria-labelledby=\"chart-name chart-words\">"
    html += "<title id=\"chart-name\">Accounts switched over time</title>"
    html += "<desc id=\"chart-words\">\(HTML.text(words))</desc>\n"
    html += grid(most) + axis(start, end) + curve(points, start, end, most) + goalLine(most)
    html += "</svg>\n<p>\(HTML.text(words))</p>\n"
    return html + figures(days)
  }

  // MARK: Places

  private func x(_ time: Int, _ start: Int, _ end: Int) -> Double {
    Double(left) + Double(width - left - right) * Double(time - start) / Double(end - start)
  }

  private func y(_ count: Int, _ most: Int) -> Double {
    Double(height - bottom) - Double(height - top - bottom) * Double(count) / Double(most)
  }

  private func place(_ value: Double) -> String { String((value * 10).rounded() / 10) }

  /// The last count of each place along the axis: more cannot be seen.
  private func points(_ start: Int, _ end: Int) -> [(time: Int, count: Int)] {
    var points: [(time: Int, count: Int)] = []
    var (standing, column) = (0, -1)
    for event in timeline.events {
      standing.add(saturating: event.accounts)
      let place = Int(x(event.time, start, end))
      if place == column { points.removeLast() }
      points.append((event.time, standing))
      column = place
    }
    return points
  }

  // MARK: Parts

  private func curve(
    _ points: [(time: Int, count: Int)], _ start: Int, _ end: Int, _ most: Int
  ) -> String {
    var path = "M\(left) \(place(y(0, most)))"
    for point in points {
      path += "H\(place(x(point.time, start, end)))V\(place(y(point.count, most)))"
    }
    path += "H\(width - right)"
    let area = path + "V\(place(y(0, most)))Z"
    return "<path class=\"area\" d=\"\(area)\"/><path class=\"curve\" d=\"\(path)\"/>\n"
  }

  private func goalLine(_ most: Int) -> String {
    let height = place(y(goal, most))
    return "<line class=\"goal\" x1=\"\(left)\" x2=\"\(width - right)\" y1=\"\(height)\" "
      + "y2=\"\(height)\"/>\n"
  }

  private func grid(_ most: Int) -> String {
    var step = 1
    while most / step > 5 {
      let next = step * 10
      for factor in [2, 5]
      where most / step > 5 && step * factor < next && most / (next / 10 * factor) <= 5 {
        step = next / 10 * factor
      }
      if most / step > 5 { step = next }
    }
    return stride(from: 0, through: most, by: step).map { count in
      let height = place(y(count, most))
      return "<line class=\"grid\" x1=\"\(left)\" x2=\"\(width - right)\" y1=\"\(height)\" "
        + "y2=\"\(height)\"/><text x=\"\(left - 8)\" y=\"\(height)\" dy=\"4\" text-anchor=\"end\">"
        + "\(HTML.number(count))</text>\n"
    }.joined()
  }

  private func axis(_ start: Int, _ end: Int) -> String {
    let isLong = end - start > 3 * 86_400
    return (0...4).map { part in
      let time = start + (end - start) * part / 4
      let stamp = Timestamp.utc(time)
      let text = isLong ? String(stamp.prefix(10)) : String(stamp.dropFirst(11).prefix(5))
      let anchor = part == 0 ? "start" : part == 4 ? "end" : "middle"
      return "<text x=\"\(place(x(time, start, end)))\" y=\"\(height - 8)\" "
        + "text-anchor=\"\(anchor)\">\(text)</text>\n"
    }.joined()
  }

  private func figures(_ days: [Timeline.Day]) -> String {
    var table = PageTable(
      caption: "Accounts by day (UTC), on which something changed",
      heads: ["Day", "Switched", "Undone", "Standing"])
    for day in days {
      table.rows.append(
        (day.day, [day.switched, day.undone, day.standing].map(HTML.number)))
    }
    return "<details><summary>The figures</summary>\n\(table.html)</details>\n"
  }
}
