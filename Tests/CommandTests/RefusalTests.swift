import Foundation
import Testing

@testable import Command

/// Every way of not doing it, with its status and code.
@Suite struct RefusalTests {
  private let target = ["--imap-host", "imap.example.net"]

  @Test func aRunningClientIsRefused() throws {
    let home = try ThunderbirdHome()
    let before = try home.contents()
    let holder = try #require(LockHolder(home.profile.appendingPathComponent(".parentlock")))
    for command in ["plan", "apply"] {
      let result = try Program.run([command, "--json"] + target + home.arguments)
      #expect(result.status == 3)
      #expect(try result.rows().first?["reason"] as? String == "client-running")
    }
    let scan = try Program.run(["scan", "--json"] + home.arguments)
    #expect(scan.status == 0)
    #expect(try scan.rows().first?["state"] as? String == "blocked")
    #expect(try home.contents() == before)
    withExtendedLifetime(holder) {}
    #expect(!FileManager.default.fileExists(atPath: home.state.path))
  }

  @Test func aRunningClientKeepsItsChange() throws {
    let home = try ThunderbirdHome()
    _ = try Program.run(["apply"] + target + home.arguments)
    let after = try home.contents()
    let holder = try #require(LockHolder(home.profile.appendingPathComponent(".parentlock")))
    for dryRun in [["--dry-run"], []] {
      let result = try Program.run(
        ["rollback", "--last", "--json", "--state", home.state.path] + dryRun)
      #expect(result.status == 3)
      #expect(try result.rows().first?["reason"] as? String == "client-running")
    }
    withExtendedLifetime(holder) {}
    #expect(try home.contents() == after)
  }

  /// A Windows client opens the profile over the network: no lock here tells.
  @Test func aProfileOfWindowsNeedsTheWordInEveryRun() throws {
    let home = try ThunderbirdHome()
    try home.write(
      home.profilePath("compatibility.ini"), "[Compatibility]\r\nLastOSABI=WINNT_x86_64-msvc\r\n")
    let before = try home.contents()
    let rows = try Program.run(["scan", "--json"] + home.arguments).rows()
    #expect(rows.first?["reason"] as? String == "lock-not-provable")
    #expect(rows.first?["system"] as? String == "windows")
    #expect(rows.first?["program"] as? String == "thunderbird")
    let scan = try Program.run(["scan"] + home.arguments)
    #expect(scan.output.contains("(Windows)") && scan.talk.contains("--client-is-closed"))
    for command in ["plan", "apply"] {
      let result = try Program.run([command, "--json"] + target + home.arguments)
      #expect(result.status == 3)
      #expect(try result.rows().first?["reason"] as? String == "lock-not-provable")
    }
    #expect(try home.contents() == before)
    #expect(!FileManager.default.fileExists(atPath: home.state.path))

    let word = ["--client-is-closed"]
    let applied = try Program.run(["apply", "--json"] + target + word + home.arguments)
    #expect(applied.status == 0)
    let warnings = try applied.rows().first?["warnings"] as? [[String: Any]] ?? []
    #expect(warnings.contains { $0["code"] as? String == "installation-not-seen" })
    let undo = ["rollback", "--last", "--json", "--state", home.state.path]
    #expect(try Program.run(undo).status == 3)
    #expect(try Program.run(undo + word).status == 0)
    #expect(try home.contents() == before)
  }

  @Test func aStalePlanNamesWhatMoved() throws {
    let home = try ThunderbirdHome()
    let plan = home.scratch.appendingPathComponent("plan.json").path
    let made = try Program.run(["plan", "--out", plan] + target + home.arguments)
    #expect(made.status == 0)
    #expect(made.talk.contains("next: profile-rewriter apply --plan \(Shell.quoted(plan))"))
    try home.replaceInPrefs(
      #""mail.identity.id1.fcc_folder", "mailbox"#, #""mail.identity.id1.fcc_folder", "imap"#)
    let before = try home.contents()
    let apply = ["apply", "--plan", plan, "--json", "--state", home.state.path]
    let result = try Program.run(apply)
    #expect(result.status == 5)
    let row = try #require(result.rows().first)
    #expect(row["reason"] as? String == "stale")
    #expect((row["text"] as? String)?.contains("mail.identity.id1.fcc_folder") == true)
    #expect(try home.contents() == before)
  }

  @Test func aPlanThatHoldsIsApplied() throws {
    let home = try ThunderbirdHome()
    let plan = home.scratch.appendingPathComponent("plan.json")
    _ = try Program.run(["plan", "--out", plan.path] + target + home.arguments)
    let mode = try FileManager.default.attributesOfItem(atPath: plan.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    let result = try Program.run(["apply", "--plan", plan.path, "--state", home.state.path])
    #expect(result.status == 0)
    #expect(try home.readPrefs().contains(#"user_pref("mail.server.server1.type", "imap");"#))
  }

  @Test(arguments: ["", "nonsense", "{}", #"{"format":"profile-rewriter-plan","version":99}"#])
  func whatIsNoPlanIsRefused(_ content: String) throws {
    let home = try ThunderbirdHome()
    let plan = home.scratch.appendingPathComponent("plan.json")
    try Data(content.utf8).write(to: plan)
    let result = try Program.run(
      ["apply", "--plan", plan.path, "--json", "--state", home.state.path])
    #expect(result.status == 1)
    #expect(try result.rows().last?["type"] as? String == "error")
    #expect(try result.rows().last?["code"] as? String == "unsupported")
  }

  @Test func aConflictUndoesNothing() throws {
    let home = try ThunderbirdHome()
    _ = try Program.run(["apply"] + target + home.arguments)
    try home.replaceInPrefs(
      #""mail.server.server1.hostname", "imap.example.net""#,
      #""mail.server.server1.hostname", "other.example.net""#)
    let before = try home.contents()
    let result = try Program.run(["rollback", "--last", "--json", "--state", home.state.path])
    #expect(result.status == 4)
    let row = try #require(result.rows().first)
    #expect(row["status"] as? String == "conflict")
    let text = row["text"] as? String ?? ""
    #expect(
      text.contains(
        "mail.server.server1.hostname in ")
        && text.contains(
          #"(before the switch "pop.example.net", by the switch "imap.example.net", now "other.example.net")"#
        ), "\(text)")
    #expect(text.contains("as they were before the switch"), "\(text)")
    #expect(try home.contents() == before)
  }

  /// What would have been put back over the client's own values is not said of an undo that was not made.
  @Test func whatWasNotUndoneIsNotSaidToBe() throws {
    let home = try ThunderbirdHome()
    _ = try Program.run(["apply"] + target + home.arguments)
    try home.replaceInPrefs(
      #""mail.server.server1.hostname", "imap.example.net""#,
      #""mail.server.server1.hostname", "other.example.net""#)
    // As the client writes it once it has found the server's folder.
    try home.replaceInPrefs("imap.example.net/Sent", "imap.example.net/Sent Items")
    let result = try Program.run(["rollback", "--last", "--json", "--state", home.state.path])
    let row = try #require(result.rows().first)
    #expect(row["status"] as? String == "conflict")
    #expect((row["warnings"] as? [Any])?.isEmpty == true, "\(row)")
  }

  /// The same words as `scan` has for it, and no list of keys that are all gone.
  @Test func anEmptiedFileIsCalledSo() throws {
    let home = try ThunderbirdHome()
    _ = try Program.run(["apply"] + target + home.arguments)
    try Data().write(to: home.prefs)
    let scanned = try #require(try Program.run(["scan", "--json"] + home.arguments).rows().first)
    let result = try Program.run(["rollback", "--last", "--json", "--state", home.state.path])
    #expect(result.status == 3, "\(result.output)")
    let row = try #require(result.rows().first)
    #expect(row["reason"] as? String == "syntax")
    #expect(row["text"] as? String == scanned["text"] as? String)
    #expect(try Data(contentsOf: home.prefs).isEmpty)
  }

  @Test func aPatternThatFitsNothingIsSaid() throws {
    let home = try ThunderbirdHome()
    for command in [["scan"], ["plan"] + target, ["apply"] + target] {
      let misspelt = try Program.run(command + ["--match", "pop.exmaple.net"] + home.arguments)
      #expect(misspelt.talk.contains("--match pop.exmaple.net"), "\(command): \(misspelt.talk)")
    }
    let right = try Program.run(["scan", "--match", "pop.example.net"] + home.arguments)
    #expect(!right.talk.contains("no account is called so"))
  }

  /// What is suggested is a command as it stands, and none where it would wait for a list once more.
  @Test func whatComesNextCanBePasted() throws {
    let home = try ThunderbirdHome()
    let scan = try Program.run(["scan"] + home.arguments)
    let next = try #require(scan.talk.firstMatch(of: /next: profile-rewriter (.*)/)).output.1
    #expect(try Program.run(next.split(separator: " ").map(String.init)).status != 64, "\(next)")
    let shell = "printf '%s\\n' '\(home.home.path)' | '\(Program.path)' "
    for command in ["scan", "plan --imap-host imap.example.net"] {
      let listed = try Program.run(
        ["-c", shell + command + " --homes-from - --state '\(home.state.path)'"], as: "/bin/sh")
      #expect(listed.status == 0 && !listed.talk.contains("next:"), "\(listed.talk)")
      #expect(listed.output.contains("account1"), "\(listed.output)")
    }
  }

  @Test func aLinkNamesTheOptionThatTakesIt() throws {
    let home = try ThunderbirdHome()
    let link = home.scratch.appendingPathComponent("link").path
    #expect(symlink(home.home.path, link) == 0)
    let row = try #require(try Program.run(["scan", link, "--json"]).rows().first)
    #expect(row["reason"] as? String == "symlink")
    #expect((row["text"] as? String)?.contains("--allow-links") == true, "\(row)")
    let taken = try Program.run(["scan", link, "--allow-links", "--json"])
    #expect(try taken.rows().first?["account"] as? String == "account1")
  }

  /// Not to the one who reads it there.
  @Test func doctorSendsNobodyToDoctor() throws {
    let home = try ThunderbirdHome()
    _ = try Program.run(["apply"] + target + home.arguments)
    for name in try FileManager.default.contentsOfDirectory(atPath: home.state.path)
    where name.hasPrefix("journal") {
      try Data(repeating: 0x78, count: 8192).write(to: home.state.appendingPathComponent(name))
    }
    let result = try Program.run(["doctor", "--state", home.state.path])
    #expect(result.status == 1)
    let said = result.output + result.talk
    #expect(said.contains("damaged") && !said.contains("run doctor"), "\(said)")
  }

  @Test func aRunIsNamedByItsBeginning() throws {
    let home = try ThunderbirdHome()
    _ = try Program.run(["apply"] + target + home.arguments)
    let runs = try Program.run(["history", "--json", "--state", home.state.path]).rows()
    let run = try #require(runs.lazy.compactMap { $0["run"] as? String }.first)
    let unknown = try Program.run(["rollback", "--run", "0", "--json", "--state", home.state.path])
    #expect(unknown.status == 1)
    let result = try Program.run(
      ["rollback", "--run", String(run.prefix(4)), "--json", "--state", home.state.path])
    #expect(result.status == 0, "\(result.output)")
    #expect(try result.rows().first?["status"] as? String == "undone")
  }

  /// Thunderbird takes no port beyond 65535, and neither does a schema.
  @Test func aPortThatIsNoneIsTheUsualOne() throws {
    let home = try ThunderbirdHome()
    try home.replaceInPrefs(#".port", 995"#, #".port", 99999"#)
    let row = try #require(try Program.run(["scan", "--json"] + home.arguments).rows().first)
    #expect(row["port"] as? Int == 995)
  }

  @Test func aNameInAnotherEncodingIsNotMissing() throws {
    let home = try ThunderbirdHome()
    var bytes = try Data(contentsOf: home.prefs)
    let name = try #require(bytes.range(of: Data(#"userName", "alice@"#.utf8)))
    bytes.replaceSubrange(name, with: Data(#"userName", ""#.utf8) + [0xE9] + Data("@".utf8))
    try bytes.write(to: home.prefs)
    let row = try #require(try Program.run(["scan", "--json"] + home.arguments).rows().first)
    #expect(row["state"] as? String == "blocked")
    #expect((row["text"] as? String)?.contains("userName is not UTF-8") == true, "\(row)")
  }

  @Test func severalHostsAreRefusedBeforeAnyWrite() throws {
    let home = try ThunderbirdHome(accounts: [
      .init(key: 1), .init(key: 2, user: "alice@example.org", host: "pop.example.org"),
    ])
    let before = try home.contents()
    for command in ["plan", "apply"] {
      let result = try Program.run([command, "--json"] + target + home.arguments)
      #expect(result.status == 64)
      let row = try #require(result.rows().last)
      #expect(row["code"] as? String == "several-pop-hosts")
      #expect((row["text"] as? String)?.contains("pop.example.org") == true)
      #expect((row["text"] as? String)?.contains("--match") == true)
    }
    #expect(try home.contents() == before)
    let one = try Program.run(
      ["apply", "--match", "pop.example.org", "--json"] + target + home.arguments)
    #expect(one.status == 0)
    #expect(try one.rows().last?["applied"] as? Int == 1)
  }

  @Test func oneUsernameForSeveralAccountsIsRefused() throws {
    let home = try ThunderbirdHome(accounts: [
      .init(key: 1), .init(key: 2, user: "bob@example.net"),
    ])
    let result = try Program.run(
      ["apply", "--username", "alice", "--json"] + target + home.arguments)
    #expect(result.status == 64)
    #expect(try result.rows().last?["code"] as? String == "username-for-several-accounts")
  }

  @Test func whatIsNotThereHasFailed() throws {
    let home = try ThunderbirdHome()
    let state = ["--json", "--state", home.state.path]
    let missing = home.scratch.appendingPathComponent("missing").path
    for command in [["scan"], ["plan"] + target, ["apply"] + target] {
      let result = try Program.run(command + [missing] + state)
      #expect(result.status == 1, "\(command)")
      #expect(try result.rows().first?["reason"] as? String == "not-found")
      #expect(try result.rows().first?["client"] is NSNull)
    }
    for command in [["show", "abc"], ["rollback", "abc"], ["apply", "--plan", missing]] {
      let result = try Program.run(command + state)
      #expect(result.status == 1, "\(command)")
      #expect(try result.rows().last?["type"] as? String == "error")
    }
  }

  @Test func aBrokenProfileKeepsNoOtherFromBeingDone() throws {
    let broken = try ThunderbirdHome()
    let sound = try ThunderbirdHome()
    try Data("user_pref(\"a\", ;\n".utf8).write(to: broken.prefs)
    let result = try Program.run(
      ["apply", "--json", broken.home.path] + target + sound.arguments)
    #expect(result.status == 3)
    let rows = try result.rows()
    try #require(rows.count == 3)
    #expect(rows[0]["reason"] as? String == "syntax")
    #expect(rows[0]["account"] is NSNull)
    #expect(rows[1]["status"] as? String == "applied")
    #expect(try String(contentsOf: broken.prefs, encoding: .utf8) == "user_pref(\"a\", ;\n")
  }

  @Test func aFileOfTheCallersIsNeverOverwritten() throws {
    let home = try ThunderbirdHome()
    let existing = home.scratch.appendingPathComponent("existing")
    try Data("mine".utf8).write(to: existing)
    let link = home.scratch.appendingPathComponent("link")
    let victim = home.scratch.appendingPathComponent("victim")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: victim)
    _ = try Program.run(["apply"] + target + home.arguments)
    let id = try #require(
      Program.run(["history", "--json", "--state", home.state.path]).rows()
        .first?["change"] as? String)
    for file in [existing, link] {
      let show = ["show", id, "--include-sensitive", "--out", file.path]
      for command in [show, ["plan", "--out", file.path] + target + [home.home.path]] {
        let result = try Program.run(command + ["--state", home.state.path])
        #expect(result.status == 1)
        #expect(result.talk.contains("cannot make"))
      }
    }
    #expect(try String(contentsOf: existing, encoding: .utf8) == "mine")
    #expect(!FileManager.default.fileExists(atPath: victim.path))
  }
}
