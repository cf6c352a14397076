import Foundation
import Testing

@testable import Command

/// Outgoing servers on the command line, and what `apply` leaves to people.
@Suite struct SendingTests {
  /// A home at a provider that the facts know, with an outgoing server of long ago.
  private func home(_ user: String = "m.muster@gmx.de", named name: String = "home") throws
    -> ThunderbirdHome
  {
    try ThunderbirdHome(
      accounts: [.init(key: 1, user: user, host: "pop.gmx.net")], homeName: name,
      extraPrefs: [
        #"user_pref("mail.smtpservers", "smtp1");"#,
        #"user_pref("mail.smtpserver.smtp1.hostname", "mail.gmx.net");"#,
        #"user_pref("mail.smtpserver.smtp1.port", 25);"#,
        #"user_pref("mail.smtpserver.smtp1.authMethod", 1);"#,
      ])
  }

  private func codes(_ row: [String: Any]) -> [String] {
    (row["warnings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
  }

  @Test func planNamesWhatDiffers() throws {
    let home = try home()
    let row = try #require(try Program.run(["plan", "--json"] + home.arguments).rows().first)
    let warnings = try #require(row["warnings"] as? [[String: Any]])
    let text = try #require(
      warnings.first { $0["code"] as? String == "smtp-differs" }?["text"] as? String)
    #expect(text.contains("mail.gmx.net:25 (no TLS, no authentication)"), "\(text)")
    #expect(
      text.contains("gmx.net lists mail.gmx.net:465 (TLS, password-cleartext, user m.muster@"))
    #expect(codes(row).contains("smtp-no-authentication"))
    #expect(!"\(row["files"] ?? "")".contains("mail.smtpserver"))
  }

  @Test func fixingIsOnePatchAndGoesBack() throws {
    let home = try home()
    let before = try home.contents()
    let applied = try Program.run(["apply", "--json", "--fix-smtp"] + home.arguments)
    #expect(applied.status == 0, "\(applied.talk)")
    #expect(codes(try #require(try applied.rows().first)).contains("smtp-changed"))
    let prefs = try home.readPrefs()
    #expect(prefs.contains(#""mail.smtpserver.smtp1.port", 465"#))
    #expect(prefs.contains(#""mail.smtpserver.smtp1.try_ssl", 3"#))
    #expect(prefs.contains(#""mail.smtpserver.smtp1.username", "m.muster@gmx.de""#))
    let logins = try String(
      contentsOf: home.profile.appendingPathComponent("logins.json"), encoding: .utf8)
    #expect(logins.contains("smtp://mail.gmx.net"))
    #expect(!applied.output.contains(ThunderbirdHome.passwordMark))
    #expect(try Program.run(["rollback", "--last", "--state", home.state.path]).status == 0)
    #expect(try home.contents() == before)
  }

  @Test func whoNamesTheServerIsToldThatNothingIsKnown() throws {
    let home = try home()
    let result = try Program.run(
      ["apply", "--json", "--fix-smtp", "--imap-host", "imap.gmx.net"] + home.arguments)
    #expect(result.status == 0)
    let row = try #require(try result.rows().first)
    #expect(codes(row).contains("smtp-not-changed"))
    #expect(try home.readPrefs().contains(#""mail.smtpserver.smtp1.port", 25"#))
  }

  /// A plan carries what is known of sending, and on what grounds it was made.
  @Test func aSavedPlanFixesToo() throws {
    let home = try home()
    let file = home.scratch.appendingPathComponent("plan.json").path
    let plan = try Program.run(["plan", "--fix-smtp", "--out", file] + home.arguments)
    #expect(plan.status == 0)
    let apply = ["apply", "--json", "--plan", file, "--state", home.state.path]
    let written = try home.readPrefs()
    try home.replaceInPrefs("smtp1.port\", 25", "smtp1.port\", 26")
    let stale = try Program.run(apply)
    #expect(stale.status == 5)
    #expect(stale.output.contains("mail.smtpserver.smtp1.port"), "\(stale.output)")
    try Data(written.utf8).write(to: home.prefs)
    let applied = try Program.run(apply)
    #expect(applied.status == 0, "\(applied.output)")
    let row = try #require(try applied.rows().first)
    #expect(Set(codes(row)).isSuperset(of: ["smtp-changed", "provider-action"]))
    #expect(try home.readPrefs().contains(#""mail.smtpserver.smtp1.port", 465"#))
  }

  // MARK: What is left to do

  @Test func whatIsLeftToDoIsSaidOnceForAll() throws {
    let homes = [try home(named: "anna"), try home("otto@gmx.de", named: "otto")]
    let result = try Program.run(
      ["apply"] + homes.map(\.home.path) + ["--state", homes[0].state.path])
    #expect(result.status == 0)
    let lines = result.talk.components(separatedBy: "\n")
    let start = try #require(lines.firstIndex(of: "left to do:"))
    let todo = Array(lines[start...])
    #expect(lines.firstIndex(of: "2 applied").map { $0 < start } == true, "after the result")
    #expect(todo[1] == "  - at the provider, before the mail client is opened:")
    #expect(todo.filter { $0.contains("gmx.net/") || $0.contains("Turn") }.count == 1)
    #expect(todo.contains("  - open Thunderbird again"))
    for home in homes {
      let place = "\(home.profile.path) account1"
      #expect(todo.contains("      \(place)"), "\(result.talk)")
      #expect(todo.contains { $0.hasPrefix("    \(place): the outgoing server is") })
    }
    #expect(!result.talk.contains("warning: provider-action"))
    #expect(!result.talk.contains("warning: smtp-"))
    #expect(result.talk.contains("to take it back: profile-rewriter rollback --run "))
  }

  @Test func whereNothingWasAppliedNothingIsLeft() throws {
    let home = try home()
    #expect(try Program.run(["apply"] + home.arguments).status == 0)
    let again = try Program.run(["apply"] + home.arguments)
    #expect(!again.talk.contains("left to do"))
  }

  /// Of many accounts the first ten are named; scripts have them all.
  @Test func aFleetIsNotListedWhole() throws {
    let homes = try (0..<12).map { try home("user\($0)@gmx.de", named: "home\($0)") }
    let result = try Program.run(
      ["apply"] + homes.map(\.home.path) + ["--state", homes[0].state.path])
    #expect(result.talk.contains("      and 2 more"), "\(result.talk)")
  }

  /// Only the server knows when these clients have seen all mail.
  @Test func filterRulesOfAClientThatKeepsNoProofAreLeftToFinishOnline() throws {
    let home = try EvolutionHome("filters", of: "claws-mail")
    let result = try Program.run(
      ["apply", "--client", "claws-mail", "--imap-host", "imap.lab.test"] + home.arguments)
    #expect(result.status == 0, "\(result.output)\(result.talk)")
    #expect(
      result.talk.contains("closed again: profile-rewriter finish --online "), "\(result.talk)")
  }

  @Test func filterRulesAreLeftToFinish() throws {
    let home = try EvolutionHome("filters")
    let result = try Program.run(["apply", "--imap-host", "imap.lab.test"] + home.arguments)
    #expect(result.status == 0, "\(result.talk)")
    #expect(result.talk.contains("  - open Evolution again"))
    let change = try #require(result.output.firstMatch(of: /applied +(\w+)/)).output.1
    #expect(
      result.talk.contains(
        "closed again: profile-rewriter finish \(change) --state \(home.state.path), for its "),
      "\(result.talk)")
  }
}
