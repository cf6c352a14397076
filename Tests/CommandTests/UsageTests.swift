import Testing

@Suite struct UsageTests {
  @Test(arguments: [
    ["nonsense"], ["scan", "--nonsense"], ["scan", "--all-users", "/home/alice"],
    ["scan", "--client", "nonsense"], ["scan", "--match", ""], ["scan", ""],
    ["plan", "--imap-host", "h", "--imap-port", "0"],
    ["plan", "--imap-host", "h", "--imap-port", "65536"],
    ["plan", "--imap-host", "https://h/"], ["plan", "--imap-host", ""],
    ["plan", "--imap-host", "h h"], ["plan", "--imap-host", "h", "--security", "ssl"],
    ["plan", "--imap-host", "h", "--auth", "nonsense"],
    ["plan", "--imap-host", "h", "--username", ""],
    ["plan", "--imap-host", "h", "--path-prefix", ""],
    ["report", "--imap-host", "h:993"], ["apply", "--imap-host", "h."],
    ["plan", "--imap-port", "993"],
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

  /// Before anything is read, and with what to write instead.
  @Test(arguments: [
    ("imap.example.net:993", "--imap-host imap.example.net --imap-port 993"),
    ("imap.example.net.", "--imap-host imap.example.net"), ("2001:db8::1", "IPv6"),
    ("[2001:db8::1]:993", "IPv6"), ("bücher.example", "--imap-host xn--bcher-kva.example"),
    ("imap..example.net", "letters"), ("imaps://imap.example.net", "letters"),
  ])
  func aHostThatNoClientKeepsIsWrongUsage(_ host: String, _ says: String) throws {
    for command in [["plan"], ["apply"], ["report"], ["test", "--target"]] {
      let result = try Program.run(command + ["--imap-host", host, "/nonexistent"])
      #expect(result.status == 64, "\(command)")
      #expect(result.talk.contains(says), "\(command): \(result.talk)")
    }
  }

  @Test(arguments: ["%EMAILDOMIAN%", "%emailaddress%", "x%EMAILLOCALPART", "%FOO%@example.net"])
  func aMisspeltPlaceholderIsWrongUsage(_ name: String) throws {
    for command in [["plan"], ["apply"], ["report"], ["test", "--target"]] {
      let result = try Program.run(
        command + ["--imap-host", "h", "--username", name, "/nonexistent"])
      #expect(result.status == 64, "\(command)")
      #expect(result.talk.contains("none of %EMAILADDRESS%"), "\(command): \(result.talk)")
    }
  }

  @Test func aPercentSignThatIsNoPlaceholderIsTaken() throws {
    let home = try ThunderbirdHome()
    let result = try Program.run(
      ["plan", "--json", "--imap-host", "IMAP.Example.NET", "--username", "alice%example.net"]
        + home.arguments)
    #expect(result.status == 0, "\(result.talk)")
    let to = try #require(result.rows().first?["to"] as? [String: Any])
    #expect(to["username"] as? String == "alice%example.net")
    #expect(to["host"] as? String == "imap.example.net")
  }

  @Test func theServerToTestIsInLowerCase() throws {
    let home = try ThunderbirdHome()
    let result = try Program.run(
      ["test", "--target", "--no-login", "--json", "--imap-host", "LocalHost", "--imap-port", "1"]
        + home.arguments)
    let row = try #require(result.rows().first)
    #expect(row["host"] as? String == "localhost", "\(row)")
  }

  @Test func aMisspeltCommandIsNamed() throws {
    for (word, meant) in [
      ("scna", "scan"), ("rolback", "rollback"), ("plann", "plan"), ("teft", "test"),
    ] {
      let result = try Program.run([word])
      #expect(result.status == 64)
      #expect(result.talk.contains("there is no command '\(word)'; did you mean \(meant)?"))
    }
  }

  @Test(arguments: ["1", "20", "26", "39"]) func helpIsShownHoweverNarrow(_ columns: String) throws
  {
    let result = try Program.run(["apply", "--help"], environment: ["COLUMNS": columns])
    #expect(result.status == 0 && result.signal == nil)
    #expect(result.output.contains("--imap-host"))
  }

  @Test func aStateDirectoryThatIsNotThereIsNoError() throws {
    let state = "/nonexistent/profile-rewriter"
    for arguments in [["history"], ["recover"], ["rollback", "--last"], ["rollback", "--all"]] {
      let result = try Program.run(arguments + ["--state", state])
      #expect(result.status == 0, "\(arguments)")
    }
  }
}
