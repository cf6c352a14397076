import Foundation
import Testing

/// A plan that was saved, and a world that has moved on: stale, status 5, and the others are done.
@Suite struct SavedPlanTests {
  struct Move: Sendable, CustomTestStringConvertible {
    var name: String
    var says: String
    var make: @Sendable (ThunderbirdHome) throws -> Void

    var testDescription: String { name }
  }

  static let moves: [Move] = [
    .init(name: "profile renamed", says: "prefs.js") {
      try FileManager.default.moveItem(atPath: $0.profile.path, toPath: $0.profile.path + ".moved")
    },
    .init(name: "home gone", says: "there is no directory") {
      try FileManager.default.removeItem(at: $0.home)
    },
    .init(name: "prefs.js gone", says: "prefs.js") {
      try FileManager.default.removeItem(at: $0.prefs)
    },
    .init(name: "account gone", says: "account1 is gone") {
      try $0.replaceInPrefs(#"accounts", "account1,"#, #"accounts", ""#)
    },
    .init(name: "server settings changed", says: "the server settings of account1 have changed") {
      try $0.replaceInPrefs(#".port", 995"#, #".port", 1995"#)
    },
    .init(name: "a planned key changed", says: "mail.identity.id1.fcc_folder in ") {
      try $0.replaceInPrefs("pop.example.net/Sent", "pop.example.net/Elsewhere")
    },
  ]

  @Test(arguments: moves) func whatHasMovedIsStaleAndTheOthersAreDone(_ move: Move) throws {
    let (home, other) = (try ThunderbirdHome(), try ThunderbirdHome())
    let file = other.scratch.appendingPathComponent("plan.json").path
    let plan = try Program.run(
      ["plan", home.home.path, other.home.path, "--imap-host", "imap.example.net", "--out", file])
    #expect(plan.status == 0)
    try move.make(home)
    let before = try home.fingerprint()
    let apply = ["apply", "--json", "--plan", file, "--state", other.state.path]
    let result = try Program.run(apply)
    #expect(result.status == 5, "\(result.output)")
    let row = try #require(result.rows().first { $0["reason"] as? String == "stale" })
    #expect(row["status"] as? String == "refused")
    #expect((row["text"] as? String)?.contains(move.says) == true, "\(row)")
    #expect(try result.rows().last?["applied"] as? Int == 1)
    #expect(try other.readPrefs().contains(#""mail.server.server1.type", "imap""#))
    #expect(try home.fingerprint() == before)
    let lock = home.profile.appendingPathComponent(".parentlock").path
    #expect(!FileManager.default.fileExists(atPath: lock), "a lock file was made for nothing")
    #expect(try Program.run(apply).status == 5)
  }

  /// It says who is given the passwords: as root, one that somebody else could write would be theirs to say.
  @Test func aPlanThatIsNotOnesOwnIsRefused() throws {
    let home = try ThunderbirdHome()
    let file = home.scratch.appendingPathComponent("plan.json").path
    _ = try Program.run(["plan", home.home.path, "--imap-host", "imap.example.net", "--out", file])
    let before = try home.fingerprint()
    func expectRefused(_ says: String) throws {
      let result = try Program.run(["apply", "--json", "--plan", file, "--state", home.state.path])
      #expect(result.status == 1, "\(result.output)")
      let row = try #require(result.rows().first)
      #expect(row["code"] as? String == "not-owner")
      #expect((row["text"] as? String)?.contains(says) == true, "\(row)")
      #expect(try home.fingerprint() == before)
    }
    for mode: mode_t in [0o620, 0o602] {
      #expect(chmod(file, mode) == 0)
      try expectRefused("can be written by others")
    }
    #expect(chmod(file, 0o600) == 0)
    try #require(geteuid() == 0, "only root can give a file away")
    #expect(chown(file, 65534, 65534) == 0)
    try expectRefused("belongs to user 65534")
  }

  @Test func whoGetsThePasswordsIsSaid() throws {
    let (home, other) = (
      try ThunderbirdHome(accounts: [.init(key: 1), .init(key: 2, user: "b@example.net")]),
      try ThunderbirdHome()
    )
    let file = home.scratch.appendingPathComponent("plan.json").path
    _ = try Program.run(
      ["plan", home.home.path, other.home.path, "--imap-host", "imap.example.net", "--out", file])
    let result = try Program.run(["apply", "--plan", file, "--state", home.state.path])
    #expect(result.talk.contains("\n3 accounts to imap.example.net:993\n"), "\(result.talk)")
    let again = try Program.run(["apply", "--plan", file, "--state", home.state.path])
    #expect(!again.talk.contains("imap.example.net"), "\(again.talk)")
  }

  @Test func applyingAPlanTwiceChangesNothing() throws {
    let home = try ThunderbirdHome()
    let file = home.scratch.appendingPathComponent("plan.json").path
    _ = try Program.run(["plan", home.home.path, "--imap-host", "imap.example.net", "--out", file])
    let apply = ["apply", "--json", "--plan", file, "--state", home.state.path]
    #expect(try Program.run(apply).status == 0)
    let after = try home.fingerprint()
    let again = try Program.run(apply)
    #expect(again.status == 0, "\(again.output)")
    #expect(try again.rows().last?["unchanged"] as? Int == 1)
    #expect(try home.fingerprint() == after)
  }
}
