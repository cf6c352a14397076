import ConfigFormats
import Foundation
import ProfileRewriter
import Testing

@testable import Reporting

/// `report` for people and scripts; the page is read by a browser in Tests/ReportTests/run.
@Suite struct ReportTests {
  private let target = ["--imap-host", "imap.example.net"]

  private func states(_ arguments: [String]) throws -> [String: String] {
    let rows = try Program.run(["report", "--json"] + arguments).rows()
    return Dictionary(
      rows.compactMap { row in
        guard row["type"] as? String == "account", let key = row["account"] as? String else {
          return nil
        }
        return (key, row["state"] as? String ?? "")
      }, uniquingKeysWith: { $1 })
  }

  @Test func anAccountGoesThroughItsStates() throws {
    let home = try ThunderbirdHome(accounts: [
      .init(key: 1), .init(key: 2, user: "b@example.net"), .init(key: 3, kind: "imap"),
    ])
    #expect(
      try states(home.arguments + target)
        == ["account1": "left", "account2": "left", "account3": "imap"])
    // Without a PATH there is nothing that the journal names yet.
    #expect(try states(["--state", home.state.path]) == [:])
    #expect(
      try Program.run(["apply", "--match", "alice@example.net"] + home.arguments + target).status
        == 0)
    #expect(
      try states(["--state", home.state.path])
        == ["account1": "switched", "account2": "blocked", "account3": "imap"])
    // By the host that it came from, although it is on another now.
    #expect(
      try states(home.arguments + target + ["--match", "alice@example.net"])["account1"]
        == "switched")
    #expect(
      try states(home.arguments + target + ["--match", "pop.example.net"])
        == ["account1": "switched", "account2": "left", "account3": "imap"])
    #expect(try Program.run(["rollback", "--all", "--state", home.state.path]).status == 0)
    #expect(try states(home.arguments + target)["account1"] == "undone")
  }

  @Test func aServerThatMovedInItsFileIsOneAccount() throws {
    let scratch = try ThunderbirdHome()
    let file = scratch.scratch.appendingPathComponent("example.net.xml")
    try Data(
      """
      <clientConfig version="1.1"><emailProvider id="example.net"><domain>example.net</domain>
      <incomingServer type="pop3"><hostname>pop.example.net</hostname><port>995</port>
      <socketType>SSL</socketType><username>%EMAILADDRESS%</username>
      <authentication>password-cleartext</authentication></incomingServer>
      <incomingServer type="imap"><hostname>imap.example.net</hostname><port>993</port>
      <socketType>SSL</socketType><username>%EMAILADDRESS%</username>
      <authentication>password-cleartext</authentication></incomingServer>
      </emailProvider></clientConfig>
      """.utf8
    ).write(to: file)
    let place = [file.path, "--state", scratch.state.path]
    #expect(try Program.run(["apply"] + place).status == 0)
    let states = try states(place)
    #expect(states.values.sorted() == ["switched"], "\(states)")
  }

  @Test func peopleAreToldTheSums() throws {
    let home = try ThunderbirdHome()
    try #require(try Program.run(["apply"] + home.arguments + target).status == 0)
    let result = try Program.run(["report"] + home.arguments)
    #expect(result.status == 0)
    #expect(result.output == "STATE     ACCOUNTS\nswitched  1\n")
    #expect(result.talk == "1 of 1 account switched to IMAP, in 1 home\n")
  }

  @Test func whatCannotBothBeIsWrongUsage() throws {
    for arguments in [
      ["--json", "--csv", "-"], ["--all-users", "/home"], ["--exclude", "a"],
      ["--html", "/"],
    ] {
      #expect(try Program.run(["report"] + arguments).status == 64, "\(arguments)")
    }
    #expect(try Program.run(["report", "--html", "/nonexistent/report.html"]).status == 1)
  }

  @Test(arguments: [
    ("plain", #""plain""#), ("", #""""#), ("=1+1", #""'=1+1""#), ("@a", #""'@a""#),
    ("-1", #""'-1""#), ("+1", #""'+1""#), ("\t=1", #""'\t=1""#), ("\r1", #""'\r1""#),
    ("  =1", #""'  =1""#), ("\u{ff1d}1", "\"'\u{ff1d}1\""), (#"a"b,c"#, #""a""b,c""#),
    ("a\nb", #""a\nb""#), ("a=1", #""a=1""#),
  ])
  func noCellIsAFormula(_ text: String, _ expected: String) {
    #expect(ReportCSV.cell(text) == expected)
  }

  @Test func dataEndsNoScript() {
    let line = JSONObject.line { $0.add("k", "</script><!--<script>") }
    #expect(HTML.inert(line) == Array(#"{"k":"\u003c/script>\u003c!--\u003cscript>"}"#.utf8))
    #expect(HTML.text("<b a='\"'>&\u{202e}") == #"&lt;b a=&#39;&quot;&#39;&gt;&amp;\u{202E}"#)
  }
}
