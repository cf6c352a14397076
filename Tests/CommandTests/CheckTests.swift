import Foundation
import Testing

@testable import Command

/// `check` without the network.
@Suite struct CheckTests {
  private let subjects = [
    "alice@gmx.de", "pop.1und1.de", "nifty.com", "me@nobody.example", "outlook.com",
  ]

  @Test func theAnswersAreAsRecorded() throws {
    let plain = try Program.run(["check"] + subjects)
    #expect(plain.status == 0)
    try Snapshot.check(plain.output + plain.talk, "check.txt")
    let json = try Program.run(["check", "--json"] + subjects)
    #expect(json.status == 0)
    #expect(json.talk.isEmpty)
    try Snapshot.check(json.output, "check.jsonl")
  }

  @Test func anUnknownIsANoOnlyWhenStrict() throws {
    #expect(try Program.run(["check", "nobody.example"]).status == 0)
    #expect(try Program.run(["check", "--strict", "nobody.example"]).status == 6)
    #expect(try Program.run(["check", "--strict", "gmx.de"]).status == 0)
  }

  @Test func subjectsComeFromAListToo() throws {
    let home = try ThunderbirdHome()
    let list = home.scratch.appendingPathComponent("list")
    try Data("# people\n\n  me@gmx.de \r\nmünchen.example\n".utf8).write(to: list)
    let file = try Program.run(["check", "--json", "--from", list.path, "web.de"])
    #expect(
      try file.rows().compactMap { $0["subject"] as? String }
        == ["web.de", "me@gmx.de", "münchen.example"])
    let piped = try Program.run(
      ["-c", "\(Program.path) check --json --from - < \(list.path)"], as: "/bin/sh")
    #expect(try piped.rows().compactMap { $0["subject"] as? String }.count == 2)
  }

  /// Nothing is answered before all of it is understood.
  @Test func aListWithATypingErrorIsRefusedByItsLine() throws {
    let home = try ThunderbirdHome()
    let list = home.scratch.appendingPathComponent("list")
    var bytes = Data("me@gmx.de\nnot a name\n\u{1b}[2J@x.example\n".utf8)
    bytes.append(contentsOf: [0xff, 0x2e, 0x64, 0x65, 0x0a])
    try bytes.write(to: list)
    let result = try Program.run(["check", "--from", list.path])
    #expect(result.status == 64)
    #expect(result.stdout.isEmpty)
    for line in ["line 2", "line 3", "line 4"] { #expect(result.talk.contains(line)) }
    #expect(!result.talk.contains("\u{1b}"))
    #expect(try Program.run(["check", "--from", "/nowhere/list"]).status == 1)
  }

  /// Every account of a home, and what a text replacement would have done to them.
  @Test func accountsOfProfilesAreChecked() throws {
    let home = try ThunderbirdHome(accounts: [
      .init(key: 1, user: "alice@gmx.de", host: "pop.gmx.net"),
      .init(key: 2, user: "alice@web.de", host: "pop3.web.de"),
      .init(key: 3), .init(key: 4, user: "bob@gmx.de", host: "imap.gmx.net", kind: "imap"),
    ])
    let result = try Program.run(["check", "--accounts", "--json"] + home.arguments)
    #expect(result.status == 0)
    let rows = try result.rows()
    #expect(
      rows.map { $0["account"] as? String } == [
        "account1", "account2", "account3", "account4", nil,
      ])
    #expect(rows[0]["home"] as? String == home.home.path)
    #expect(
      rows.dropLast().map { $0["verdict"] as? String }
        == ["yes-with-action", "yes-with-action", "unknown", "yes-with-action"])
    #expect(rows[4]["compared"] as? Int == 2)
    #expect(rows[4]["text_replacement_wrong"] as? Int == 1)
    let one = try Program.run(["check", "--accounts", "--match", "web.de"] + home.arguments)
    #expect(one.lines.count == 2)
    #expect(one.talk.contains("would have been wrong for 1 of 1 POP account"), "\(one.talk)")
  }

  @Test func aProfileThatCannotBeReadIsSaid() throws {
    let home = try ThunderbirdHome()
    try home.write(home.profilePath("prefs.js"), "user_pref(\"broken\n")
    let result = try Program.run(["check", "--accounts", "--json"] + home.arguments)
    #expect(result.status == 3)
    #expect(try result.rows().map { $0["type"] as? String } == ["refused", "summary"])
  }

  /// One's own file goes first, here as in `plan`.
  @Test func ownFilesAnswer() throws {
    let home = try ThunderbirdHome()
    let file = home.scratch.appendingPathComponent("b.xml")
    try Data(
      """
      <clientConfig version="1.1"><emailProvider id="b.example"><domain>bücher.example</domain>
      <incomingServer type="imap"><hostname>imap.b.example</hostname><port>993</port>
      <socketType>SSL</socketType><username>%EMAILLOCALPART%</username>
      <authentication>password-cleartext</authentication></incomingServer>
      </emailProvider></clientConfig>
      """.utf8
    ).write(to: file)
    for subject in ["me@bücher.example", "me@xn--bcher-kva.example"] {
      let result = try Program.run(["check", "--json", "--servers", file.path, subject])
      let imap = try #require(try result.rows().first?["imap"] as? [String: Any])
      #expect(imap["host"] as? String == "imap.b.example")
      #expect(imap["username"] as? String == "me")
    }
    #expect(try Program.run(["check", "--servers", "/nowhere", "gmx.de"]).status == 1)
  }
}
