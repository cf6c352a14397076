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

  /// A home that is gone, and a file that is empty: nobody knows more of the account than the journal.
  @Test(arguments: [true, false]) func anAccountThatCannotBeLookedAtIsOne(_ isGone: Bool) throws {
    let home = try ThunderbirdHome()
    try #require(try Program.run(["apply"] + home.arguments + target).status == 0)
    if isGone {
      try FileManager.default.removeItem(at: home.home)
    } else {
      try Data().write(to: home.prefs)
    }
    let rows = try Program.run(["report", "--json", "--state", home.state.path]).rows()
    let accounts = rows.filter { $0["type"] as? String == "account" }
    #expect(accounts.count == 1, "\(accounts)")
    #expect(accounts.first?["account"] as? String == "account1")
    #expect(accounts.first?["state"] as? String == "switched")
    #expect(accounts.first?["reason"] as? String == (isGone ? "not-found" : "syntax"))
    #expect(rows.last?["accounts"] as? Int == 1)
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

  // MARK: Several machines

  /// What `report --json` prints of a home, as if on a machine of this name; the account is switched first.
  private func gathered(_ machine: String, _ home: ThunderbirdHome) throws -> String {
    try #require(
      try Program.run(["apply", "--match", "alice@example.net"] + home.arguments + target).status
        == 0)
    let lines = try Program.run(["report", "--json", "--risk"] + home.arguments + target).output
    let own = try #require(MachineName.own)
    return lines.replacing("\"machine\":\"\(own)\"", with: "\"machine\":\"\(machine)\"")
  }

  @Test func machinesAreMerged() throws {
    let homes = try [
      ThunderbirdHome(accounts: [.init(key: 1), .init(key: 2, user: "b@example.net")]),
      ThunderbirdHome(),
    ]
    let scratch = homes[0].scratch
    var lines: [Substring] = []
    for (name, home) in zip(["one", "two"], homes) {
      let text = try gathered(name, home)
      try Data(text.utf8).write(to: scratch.appendingPathComponent(name))
      lines += text.split(separator: "\n").map { line in
        line.hasPrefix("{\"type\":\"recorded\"")
          ? "{\"machine\":\"\(name)\"," + line.dropFirst() : line
      }.map { Substring($0.replacing("\"machine\":null", with: "\"machine\":\"\(name)\"")) }
    }
    func merge(_ names: [String]) throws -> [Substring] {
      let files = names.map { scratch.appendingPathComponent($0).path }
      let result = try Program.run(["report", "--json", "--merge"] + files)
      #expect(result.status == 0)
      return result.output.split(separator: "\n")
    }
    func of(_ type: String, _ lines: [Substring]) -> [Substring] {
      lines.filter { $0.contains("\"type\":\"\(type)\"") }.sorted()
    }
    let merged = try merge(["one", "two"])
    // To the byte what each machine has said, of the mail too.
    for type in ["account", "recorded"] {
      #expect(of(type, merged) == of(type, lines))
      #expect(of(type, merged).count == (type == "account" ? 3 : 2))
    }
    let days = try of("day", merged).map { try row($0) }
    #expect(days.compactMap { $0["switched"] as? Int }.reduce(0, +) == 2)
    let sums = try row(try #require(merged.last))
    #expect(sums["homes"] as? Int == 2)
    #expect((sums["states"] as? [String: Int])?["switched"] == 2)
    let machines = try #require(sums["machines"] as? [[String: Any]])
    #expect(machines.map { $0["machine"] as? String } == ["one", "two"])
    #expect(machines.map { $0["left"] as? Int } == [1, 0])
    // What was merged can be merged on.
    try Data(merged.joined(separator: "\n").utf8).write(to: scratch.appendingPathComponent("both"))
    let again = try merge(["both"])
    #expect(again.dropLast() == merged.dropLast())
    #expect(
      try Program.run(["report", "--merge", scratch.path + "/both"]).talk
        == "2 of 3 accounts switched to IMAP, in 2 homes on 2 machines\n")
  }

  /// A machine may claim any number; the others' reports are still merged, also into a page.
  @Test func numbersWithoutEndAreMerged() throws {
    let number = "9223372036854775807"
    let home = try ThunderbirdHome(accounts: [.init(key: 1), .init(key: 2, user: "b@example.net")])
    let scratch = home.scratch
    var good = try gathered("one", home)
    for name in [
      "keys", "other_keys", "other_files", "directories", "logins", "wrong_hosts", "messages",
      "bytes", "damaged", "switched", "undone", "incoming",
    ] {
      good = good.replacing(try Regex("\"\(name)\":[0-9]+"), with: "\"\(name)\":\(number)")
    }
    for (name, text) in [
      ("one", good), ("two", good.replacing("\"machine\":\"one\"", with: "\"machine\":\"two\"")),
    ] {
      try Data(text.utf8).write(to: scratch.appendingPathComponent(name))
    }
    let files = ["one", "two"].map { scratch.appendingPathComponent($0).path }
    let result = try Program.run(["report", "--json", "--merge"] + files)
    #expect(result.status == 0, "\(result.talk)")
    #expect(result.output.contains(number))
    let page = scratch.appendingPathComponent("page.html").path
    let written = try Program.run(["report", "--html", page, "--merge"] + files)
    #expect(written.status == 0, "\(written.talk)")
    #expect(try Program.run(["report", "--csv", page + ".csv", "--merge"] + files).status == 0)
  }

  private func row(_ line: Substring) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test func whatIsNoReportOfAMachineIsNotMerged() throws {
    let home = try ThunderbirdHome()
    let good = try gathered("one", home)
    let lines = good.split(separator: "\n").map(String.init)
    let other = good.replacing("\"machine\":\"one\"", with: "\"machine\":\"two\"")
    for (first, second, expected) in [
      (good, good, "it is of one, as is "),
      (lines.dropLast().joined(separator: "\n"), other, "it ends without the summary"),
      ("", other, "it ends without the summary"),
      (good + good, other, ":\(lines.count + 1): a line behind the summary"),
      ("no JSON", other, ":1: not JSON"),
      (
        good.replacing("\"switched\",\"reason\"", with: "\"gone\",\"reason\""), other,
        ":1: state is not"
      ),
      (good.replacing("\"port\":993", with: "\"port\":\"993\""), other, ":1: to.port is not"),
      (
        good.replacing(try Regex("\"keys\":[0-9]+"), with: "\"keys\":-1"), other, ":1: keys is -1"
      ),
      (good.replacing("\"port\":993", with: "\"port\":70000"), other, ":1: 70000 is no port"),
      (good.replacing("\"files\":", with: "\"fils\":"), other, "no member files"),
      (
        good.replacing("\"machine\":\"one\"", with: "\"machine\":null"), other,
        "does not say of which machine"
      ),
      (
        good.replacing("\"command\":\"report\"", with: "\"command\":\"scan\""), other,
        "it is of `scan --json`"
      ),
      (good.replacing("alice", with: "al\u{202e}ice"), other, "never prints as they are"),
      (
        #"{"type":"error","code":"io","text":"disk gone"}"#, other,
        ":1: the report failed there: disk gone"
      ),
    ] {
      let files = try [("first", first), ("second", second)].map { name, text in
        let file = home.scratch.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file.path
      }
      let result = try Program.run(["report", "--json", "--merge"] + files)
      #expect(result.status == 1 && result.talk.contains(expected), "\(expected): \(result.talk)")
    }
    #expect(try Program.run(["report", "--merge", home.scratch.path + "/nowhere"]).status == 1)
    #expect(try Program.run(["report", "--all-users", "--merge", "a"]).status == 64)
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
