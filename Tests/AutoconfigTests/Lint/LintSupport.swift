import Testing

@testable import Autoconfig

/// Autoconfig files for the rules' tests: a sound one, and what one change makes of it.
enum Sample {
  static let sound = """
    <?xml version="1.0" encoding="UTF-8"?>
    <clientConfig version="1.1">
      <emailProvider id="example.com">
        <domain>example.com</domain>
        <domain>example.org</domain>
        <displayName>Example Mail</displayName>
        <displayShortName>Example</displayShortName>
        <incomingServer type="imap">
          <hostname>imap.example.com</hostname>
          <port>993</port>
          <socketType>SSL</socketType>
          <username>%EMAILADDRESS%</username>
          <authentication>password-cleartext</authentication>
        </incomingServer>
        <incomingServer type="pop3">
          <hostname>pop.example.com</hostname>
          <port>995</port>
          <socketType>SSL</socketType>
          <username>%EMAILADDRESS%</username>
          <authentication>password-cleartext</authentication>
        </incomingServer>
        <outgoingServer type="smtp">
          <hostname>smtp.example.com</hostname>
          <port>465</port>
          <socketType>SSL</socketType>
          <username>%EMAILADDRESS%</username>
          <authentication>password-cleartext</authentication>
        </outgoingServer>
        <documentation url="https://example.com/help">
          <descr lang="en">Help</descr>
        </documentation>
      </emailProvider>
    </clientConfig>

    """

  /// The IMAP server as it stands in the sound file.
  static let imap = part(from: "    <incomingServer type=\"imap\">", to: "pop3")

  private static func part(from start: String, to end: String) -> String {
    let text = sound[(sound.firstRange(of: start)?.lowerBound ?? sound.startIndex)...]
    let close = text.firstRange(of: "</incomingServer>\n")?.upperBound ?? text.endIndex
    return String(text[..<close])
  }

  static func lint(_ text: String, file: String = "example.com.xml") -> LintedFile {
    Linter.lint(Array(text.utf8), file: file)
  }

  /// Line and column, from 1, of the first place where `mark` stands in `text`.
  static func place(of mark: String, in text: String) -> (line: Int, column: Int)? {
    guard let range = text.firstRange(of: mark) else { return nil }
    let before = text[..<range.lowerBound]
    let line = before.unicodeScalars.filter { $0 == "\n" }.count + 1
    let start = before.lastIndex(of: "\n").map { before.index(after: $0) } ?? before.startIndex
    return (line, before[start...].unicodeScalars.count + 1)
  }
}

/// A change to the sound file that one rule is to find, and no other error.
struct Fault: Sendable, CustomTestStringConvertible {
  var rule: LintRule
  var old: String
  var new: String
  /// Where the finding is, if it is not where `new` begins: the text that begins there.
  var at: String
  var fix: String?
  /// Rules that are right to speak up, too.
  var besides: Set<LintRule> = []

  init(
    _ rule: LintRule, _ old: String, _ new: String, at: String? = nil, fix: String? = nil,
    besides: Set<LintRule> = []
  ) {
    self.rule = rule
    self.old = old
    self.new = new
    self.at = at ?? new
    self.fix = fix
    self.besides = besides
  }

  /// The first place only.
  var text: String {
    guard let range = Sample.sound.firstRange(of: old) else { return "" }
    return Sample.sound.replacingCharacters(in: range, with: new)
  }

  var testDescription: String { "\(rule.rawValue): \(new.prefix(60))" }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
