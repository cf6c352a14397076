import Autoconfig
import ConfigFormats

/// What `check` is to ask about, from the command line and from lists.
enum SubjectList {
  private static let largest = 1 << 26
  /// Bad lines that are named before it is enough.
  private static let mostNamed = 5

  static func subjects(ofArguments words: [String]) throws(Fatal) -> [CheckSubject] {
    let read = words.map { ($0, CheckSubject($0)) }
    try refuse(read.filter { $0.1 == nil }.map { "'\($0.0.printable)'" })
    return read.compactMap(\.1)
  }

  /// One subject in a line; blank lines, and those that begin with #, are passed over.
  /// - Parameter path: absolute; nil reads standard input.
  static func subjects(ofFile path: [UInt8]?) throws(Fatal) -> [CheckSubject] {
    let content = try InputFile.read(path, largest: largest, kind: "a list of subjects")
    var subjects: [CheckSubject] = []
    var bad: [String] = []
    let lines = content.split(separator: 0x0a, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let text = String(decoding: line, as: UTF8.self)
      guard let first = text.first(where: { !$0.isWhitespace }), first != "#" else { continue }
      if let subject = CheckSubject(text) {
        subjects.append(subject)
      } else {
        bad.append("line \(index + 1), '\(line.prefix(100).printable)'")
      }
    }
    try refuse(bad)
    return subjects
  }

  /// A typing error is no answer: nothing is asked before all are understood.
  private static func refuse(_ bad: [String]) throws(Fatal) {
    guard !bad.isEmpty else { return }
    let rest = bad.count > mostNamed ? ", and \(bad.count - mostNamed) more" : ""
    throw Fatal(
      code: "usage",
      "neither a mail address nor the name of a domain or host: "
        + bad.prefix(mostNamed).joined(separator: ", ") + rest, status: .usage)
  }
}
