import Foundation
import Testing

/// What `plan --risk` says to people and to scripts, without a server.
@Suite struct RiskTests {
  private static let target = ["--imap-host", "imap.example.net"]

  private func mail(_ home: ThunderbirdHome) -> URL {
    home.profile.appendingPathComponent("Mail/pop.example.net-1")
  }

  private func risk(_ words: [String], _ home: ThunderbirdHome) throws -> [String: Any] {
    let result = try Program.run(["plan", "--json"] + words + Self.target + home.arguments)
    #expect(result.status == 0, "\(result.talk)")
    return try #require(try result.rows().first?["risk"] as? [String: Any])
  }

  private func state(_ risk: [String: Any], _ name: String) -> String? {
    (risk[name] as? [String: Any])?["state"] as? String
  }

  @Test func mailIsReadOnlyWithTheFlag() throws {
    let home = try ThunderbirdHome()
    let settings = try risk([], home)
    #expect(settings["on_server"] as? String == "kept")
    #expect(state(settings, "local") == "not-read" && state(settings, "only_here") == "unknown")
    #expect(state(settings, "server") == "not-asked" && state(settings, "quota") == "not-told")
    let read = try risk(["--risk"], home)
    #expect(state(read, "local") == "counted" && state(read, "only_here") == "estimated")
    let plain = try Program.run(["plan"] + Self.target + home.arguments)
    #expect(!plain.output.contains("#     mail:") && !plain.talk.contains("on this computer only"))
  }

  @Test func oneSentenceForAnAccount() throws {
    let home = try ThunderbirdHome()
    let known = "From - Mon Nov 23 10:00:00 2026\nX-UIDL: u1\nSubject: one\n\nbody\n\n"
    let other = "From - Mon Nov 23 10:00:00 2026\nSubject: two\n\nbody of another length\n\n"
    let inbox = mail(home).appendingPathComponent("Inbox")
    func sentence(_ text: String) throws -> String? {
      try Data(text.utf8).write(to: inbox)
      let result = try Program.run(["plan", "--risk"] + Self.target + home.arguments)
      #expect(result.status == 0)
      let lead = "#     mail: "
      return result.lines.first { $0.hasPrefix(lead) }.map { String($0.dropFirst(lead.count)) }
    }
    let ground = ", by what the mail client noted when it was there last"
    let popstate = mail(home).appendingPathComponent("popstate.dat")
    try Data("# POP3 State File\n*pop.example.net alice\nk u1 1795488231\n".utf8).write(
      to: popstate)
    #expect(
      try sentence(known) == "1 message (19 bytes) lies here, and the server has it, too" + ground)
    #expect(
      try sentence(known + known)
        == "2 messages (38 bytes) lie here, and the server has them all" + ground)
    #expect(
      try sentence(known + other)
        == "2 messages (56 bytes) lie here, and 1 of them (37 bytes) is only here" + ground)
    #expect(
      try sentence(other)
        == "1 message (37 bytes) lies here, and the server does not have it" + ground)
    #expect(
      try sentence(other + other)
        == "2 messages (74 bytes) lie here, and the server has none of them" + ground)
    #expect(try sentence("") == "none lies here")
    try FileManager.default.removeItem(at: popstate)
    #expect(
      try sentence(known)
        == "1 message (19 bytes) lies here, and whether the server has them, too, is not known "
        + "(--online asks it)")
  }

  /// Of many accounts, the sum.
  @Test func theTalkAddsUp() throws {
    let homes = try (0..<3).map { _ in try ThunderbirdHome() }
    let popstate = mail(homes[2]).appendingPathComponent("popstate.dat")
    try FileManager.default.removeItem(at: popstate)
    let result = try Program.run(
      ["plan", "--risk", "--state", homes[0].state.path] + Self.target + homes.map(\.home.path))
    #expect(result.status == 0)
    #expect(
      result.talk.contains(
        "on this computer only, as far as is known: 2 messages (38 bytes) of 2 accounts\n"
          + "of 1 account it is not known what is on this computer only\n"), "\(result.talk)")
  }

  /// A rule's name is its user's, and may be anything.
  @Test func namesOfRulesSteerNoTerminal() throws {
    let home = try ThunderbirdHome()
    let rules = mail(home).appendingPathComponent("msgFilterRules.dat")
    let text = try String(contentsOf: rules, encoding: .utf8)
      .replacing("name=\"lists\"", with: "name=\"a\u{1b}[2Jb\u{202e}\"")
      .replacing("action=\"Mark read\"", with: "action=\"Delete\"")
    try Data(text.utf8).write(to: rules)
    let result = try Program.run(["plan", "--json", "--risk"] + Self.target + home.arguments)
    #expect(!result.output.contains("\u{1b}") && !result.output.contains("\u{202e}"))
    let risk = try #require(try result.rows().first?["risk"] as? [String: Any])
    let found = try #require(risk["rules"] as? [String: Any])
    #expect(found["deleting"] as? [String] == ["a\u{1b}[2Jb\u{202e}"])
    #expect(found["cover"] as? String == "by-date")
  }
}
