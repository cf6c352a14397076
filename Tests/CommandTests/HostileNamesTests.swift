import Foundation
import Testing

/// Names are hostile data: whatever an owner of a home calls an account, a host, a user, a folder, a
/// file, a profile or the home itself, nothing a command says steers a terminal, forges a line, or
/// breaks what a program reads.
@Suite(.serialized) struct HostileNamesTests {
  /// What one name holds: a terminal's controls, C1 controls, marks that turn the direction of text,
  /// what a spreadsheet computes, what a page runs.
  private static let name =
    "=cmd|' /C calc'!A0 <script>alert(1)</script> \u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}31m\u{202e}\u{2066}"
    + "\u{200b}\u{feff}\u{7f}\u{8}"

  /// As a string of prefs.js spells it, with a line of its own.
  private static let spelled =
    name.unicodeScalars.map {
      $0.isASCII && $0.value > 0x1f && $0.value != 0x7f
        ? String($0)
        : "\\u" + String(repeating: "0", count: 4 - String($0.value, radix: 16).count)
          + String($0.value, radix: 16)
    }.joined() + #"\n{\"type\":\"summary\",\"forged\":true}\r\n"#

  private static func thunderbird() throws -> ThunderbirdHome {
    let long = String(repeating: "long-name-", count: 3000)
    let home = try ThunderbirdHome(
      accounts: [
        .init(key: 1, user: "a\\u202eb\\u001b[2J@example.net", name: spelled),
        .init(key: 2, host: "pop\\u202e\\u001b[2J.example.net", name: long),
        .init(key: 3, user: "=HYPERLINK(1)@example.net", name: "NOT-UTF-8"),
        .init(key: 4, host: "imap\\u0007.example.net", name: spelled, kind: "imap"),
      ],
      homeName: "home\u{1b}[7m\u{202e}\n=cmd<script>",
      profileName: "=cmd\u{1b}]0;x\u{7}\u{2066}<script>.default",
      extraPrefs: [
        #"user_pref("mail.identity.id1.organization", "\#(spelled)");"#,
        #"user_pref("mail.identity.id3.draft_folder", "mailbox://x/\#(spelled)");"#,
      ])
    var prefs = try Data(contentsOf: home.prefs)
    while let place = prefs.range(of: Data("NOT-UTF-8".utf8)) {
      prefs.replaceSubrange(place, with: [0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80])
    }
    try prefs.write(to: home.prefs)
    let folder = home.profile.appendingPathComponent("Mail/pop.example.net-1")
    for file in ["=1+1\u{1b}[2J", "a\u{202e}b\nc", String(repeating: "n", count: 250)] {
      try Data("From - Mon\n\n".utf8).write(to: folder.appendingPathComponent(file))
    }
    try home.write(
      home.profilePath("Mail/pop.example.net-1/msgFilterRules.dat"),
      """
      version="9"
      logging="no"
      name="=cmd \u{1b}[2J\u{202e}<script>"
      enabled="yes"
      type="17"
      action="Move to folder"
      actionValue="mailbox://a%40example.net@pop.example.net/\u{1b}[2J\u{202e}"
      condition="AND (subject,contains,\u{1b}]0;x\u{7})"

      """)
    return home
  }

  private static func evolution() throws -> EvolutionHome {
    let home = try EvolutionHome(named: "evolution\u{1b}[7m\u{202e}\n=cmd")
    let sources = home.home.appendingPathComponent(".config/evolution/sources")
    for file in try FileManager.default.contentsOfDirectory(atPath: sources.path) {
      let place = sources.appendingPathComponent(file)
      let text = try String(contentsOf: place, encoding: .utf8)
        .replacing("DisplayName=", with: "DisplayName=\(name)")
        .replacing("Name=Lab User", with: "Name=\(name)")
      try Data(text.utf8).write(to: place)
    }
    let filters = home.home.appendingPathComponent(".config/evolution/mail/filters.xml")
    let text = try String(contentsOf: filters, encoding: .utf8)
      .replacing("<title>", with: "<title>=cmd \u{202e}\u{9b}31m&lt;script>")
    try Data(text.utf8).write(to: filters)
    return home
  }

  private static func autoconfig() throws -> URL {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "profile-rewriter-tests-\(UUID().uuidString)\u{1b}[2J\u{202e}\n=cmd")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let shown = "=cmd \u{202e}\u{2066}\u{200b}&lt;script>"
    let text = """
      <?xml version="1.0"?>
      <clientConfig version="1.1"><emailProvider id="\(shown)"><domain>example.net</domain>
      <domain>\(shown)</domain><displayName>\(shown)</displayName>
      <incomingServer type="pop3"><hostname>pop.example.net</hostname><port>995</port>
      <socketType>SSL</socketType><username>\(shown)</username>
      <authentication>password-cleartext</authentication></incomingServer>
      <outgoingServer type="smtp"><hostname>smtp.\(shown)</hostname><port>465</port>
      <socketType>\(shown)</socketType><username>%EMAILADDRESS%</username>
      <authentication>\(shown)</authentication></outgoingServer>
      <documentation url="https://example.net/\(shown)"/>
      </emailProvider></clientConfig>

      """
    for name in ["a.xml", "=cmd\u{1b}[2J\u{202e}\nx<script>.xml"] {
      try Data(text.utf8).write(to: directory.appendingPathComponent(name))
    }
    return directory
  }

  private func commands(atTerminal: Bool) throws -> EveryCommand {
    let commands = EveryCommand(
      try Self.thunderbird(), try Self.evolution(), try Self.autoconfig(), atTerminal: atTerminal)
    let spoil: (Data) -> Data = { $0 + Data("\u{1b}[2J\u{202e}\u{9b} \u{7} \n".utf8) }
    commands.damages = [
      (commands.thunderbird.prefs, spoil),
      (commands.thunderbird.profile.appendingPathComponent("logins.json"), spoil),
      (commands.autoconfig.appendingPathComponent("a.xml"), spoil),
    ]
    return commands
  }

  // MARK: - What must not be in it

  /// Controls other than a line feed, marks of direction, and what is not seen. None of them is ever
  /// what a person is to be told.
  static func steering(_ bytes: [UInt8], atTerminal: Bool = false) -> [String] {
    var found: Set<String> = []
    // The program's own line of progress, which clears itself; no name here holds it.
    let bytes =
      atTerminal
      ? Array(String(decoding: bytes, as: UTF8.self).replacing("\u{1b}[K", with: "").utf8) : bytes
    if String(validating: bytes, as: UTF8.self) == nil { found.insert("not UTF-8") }
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars where scalar != "\n" {
      if atTerminal, scalar == "\r" { continue }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        found.insert("U+" + String(scalar.value, radix: 16))
      default: break
      }
    }
    return found.sorted()
  }

  /// A line that somebody's name wrote.
  private static func isForged(_ line: Substring) -> Bool {
    line.hasPrefix(#"{"type":"summary","forged""#)
  }

  @Test func nothingThatIsSaidSteersWhoReadsIt() throws {
    let commands = try commands(atTerminal: false)
    commands.look = { said in
      #expect(Self.steering(said.result.stderr) == [], "\(said), beside")
      let output = said.result.output
      if !said.isDiff {
        #expect(Self.steering(said.result.stdout) == [], "\(said)")
        #expect(!output.split(separator: "\n").contains(where: Self.isForged), "\(said)")
      }
      #expect(!said.result.talk.split(separator: "\n").contains(where: Self.isForged), "\(said)")
      if said.isJSON {
        for row in try said.result.rows() { #expect(row["forged"] == nil, "\(said)") }
      } else if said.arguments.contains("sarif") || said.arguments.contains("json") {
        for line in said.arguments.contains("sarif") ? [output] : said.result.lines {
          #expect(
            throws: Never.self, "\(said)"
          ) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
      }
    }
    try commands.runAll()
    #expect(try commands.untried() == [])
    try checkReports(in: commands.written)
    try? FileManager.default.removeItem(at: commands.autoconfig)
  }

  /// What a report writes for a browser and for a spreadsheet.
  private func checkReports(in written: URL) throws {
    for name in ["report0", "report1"] {
      let page = try Data(contentsOf: written.appendingPathComponent(name + ".html"))
      #expect(Self.steering(Array(page)) == [], "\(name).html")
      let text = String(decoding: page, as: UTF8.self)
      #expect(text.contains(#"\u003cscript>"#), "no hostile name came into \(name).html")
      // Its own script, and its data.
      #expect(text.matches(of: /<script(?! type="application\/json" id="[a-z0-9-]+")/).count == 1)
      let values = try Data(contentsOf: written.appendingPathComponent(name + ".csv"))
      #expect(Self.steering(Array(values)) == [], "\(name).csv")
      let cells = String(decoding: values, as: UTF8.self).matches(of: /(?:^|,|\n)"(.)/)
      #expect(!cells.isEmpty && !cells.contains { "=+-@".contains($0.1) }, "\(name).csv")
    }
  }

  /// There a diff is escaped, too.
  @Test func nothingSteersATerminal() throws {
    let commands = try commands(atTerminal: true)
    commands.look = { said in
      #expect(Self.steering(said.result.stdout, atTerminal: true) == [], "\(said)")
    }
    try commands.runAll()
    #expect(try commands.untried() == [])
    try? FileManager.default.removeItem(at: commands.autoconfig)
  }
}
