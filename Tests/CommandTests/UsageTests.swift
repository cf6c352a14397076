import Testing

@Suite struct UsageTests {
  @Test(arguments: [
    ["nonsense"], ["scan", "--nonsense"], ["scan", "--all-users", "/home/alice"],
    ["scan", "--client", "nonsense"], ["scan", "--match", ""], ["scan", ""],
    ["plan", "--imap-host", "h", "--imap-port", "0"],
    ["plan", "--imap-host", "h", "--imap-port", "65536"],
    ["plan", "--imap-host", "https://h/"], ["plan", "--imap-host", ""],
    ["plan", "--imap-host", "h h"], ["plan", "--imap-host", "h", "--security", "ssl"],
    ["plan", "--imap-host", "h", "--auth", "nonsense"], ["plan", "--imap-port", "993"],
    ["plan", "--imap-host", "h", "--username", "a\u{1b}b"], ["plan", "--context", "-1"],
    ["plan", "--imap-host", "h", "--offline-mail", "perhaps"],
    ["check"], ["check", "a b"], ["check", "a@b@c"], ["check", "192.0.2.1"], ["check", ""],
    ["check", "example.net", "--match", "x"], ["check", "example.net", "--all-users"],
    ["check", "example.net", "--resolver", "192.0.2.1"],
    ["check", "example.net", "--online", "--resolver", "ns.example.net"],
    ["check", "example.net", "--online", "--ispdb", "http://example.net/"],
    ["check", "example.net", "--online", "--timeout", "0"],
    ["check", "example.net", "--online", "--parallel", "0"],
    ["check", "example.net", "--online", "--map-port", "443"],
    ["check", "--accounts", "--from", "f"], ["check", "--accounts", "--all-users", "/home/alice"],
    ["apply", "--plan", "p", "--imap-host", "h"], ["apply", "--plan", "p", "/home/alice"],
    ["apply", "--plan", "p", "--match", "x"], ["apply", "--lock-timeout", "-1"],
    ["autoconfig", "lint"], ["autoconfig", "lint", "x", "--format", "xml"],
    ["autoconfig", "lint", "x", "--format", "sarif", "--json"],
    ["finish", "--password-fd", "0"], ["finish", "--password-command", "true"],
    ["finish", "--ca-file", "f"], ["finish", "--online", "--password-fd", "1"],
    ["finish", "--online", "--password-fd", "-1"], ["finish", "--online", "--password-fd", "x"],
    ["finish", "--online", "--password-fd", "0", "--password-command", "true"],
    ["rollback"], ["rollback", "/home/alice"], ["rollback", "abc", "--last"],
    ["rollback", "--last", "--all"], ["rollback", "--run", "x", "--all"],
    ["show"], ["show", "abc", "--include-sensitive"], ["show", "abc", "--format", "xml"],
    ["show", "abc", "--include-sensitive", "--out", "f", "--format", "json"],
    ["show", "abc", "--include-sensitive", "--out", "f", "--json"],
  ])
  func wrongUsageIs64(_ arguments: [String]) throws {
    let plain = try Program.run(arguments)
    #expect(plain.status == 64)
    #expect(plain.stdout.isEmpty || arguments.contains("--json"))
    #expect(plain.talk.hasPrefix("Error: "))

    let json = try Program.run(arguments + ["--json"])
    #expect(json.status == 64)
    let rows = try json.rows()
    #expect(rows.count == 1)
    #expect(rows.first?["type"] as? String == "error")
    #expect(rows.first?["code"] as? String == "usage")
    #expect((rows.first?["text"] as? String)?.isEmpty == false)
  }

  @Test func aStateDirectoryThatIsNotThereIsNoError() throws {
    let state = "/nonexistent/profile-rewriter"
    for arguments in [["history"], ["recover"], ["rollback", "--last"], ["rollback", "--all"]] {
      let result = try Program.run(arguments + ["--state", state])
      #expect(result.status == 0, "\(arguments)")
    }
  }
}
