import Foundation
import Testing

@testable import Command

/// The command on homes with Evolution in them.
@Suite struct EvolutionCommandTests {
  private let target = ["--imap-host", "imap.example.net"]

  /// Thunderbird and Evolution in one home, switched and taken back in one run each.
  @Test func aMixedHomeGoesThereAndBackInOneRun() throws {
    let mixed = try EvolutionHome("two")
    let thunderbird = try ThunderbirdHome(
      accounts: [.init(key: 1, host: "pop.lab.test")])
    try FileManager.default.copyItem(
      at: thunderbird.home.appendingPathComponent(".thunderbird"),
      to: mixed.home.appendingPathComponent(".thunderbird"))
    let before = try mixed.contents()
    let applied = try Program.run(["apply", "--json"] + target + mixed.arguments)
    #expect(applied.status == 0, "\(applied.talk)")
    let rows = try applied.rows()
    #expect(rows.compactMap { $0["status"] as? String } == ["applied", "applied", "applied"])
    #expect(Set(rows.compactMap { $0["client"] as? String }) == ["thunderbird", "evolution"])
    #expect(Set(try mixed.backends().values) == ["imapx"])
    let undone = try Program.run(["rollback", "--last", "--json", "--state", mixed.state.path])
    #expect(undone.status == 0, "\(undone.talk)")
    #expect(try undone.rows().compactMap { $0["status"] as? String }.count == 3)
    var after = try mixed.contents()
    // A lock file is never removed.
    after = after.filter { !$0.key.hasSuffix("/.parentlock") }
    #expect(after == before)
  }

  @Test func aProfileIsReachedByItsHomeOnly() throws {
    let home = try EvolutionHome()
    let account = try #require(try home.backends().keys.first)
    for path in ["", "/sources", "/sources/\(account)"] {
      let result = try Program.run(
        [
          "plan", "--json", home.home.path + "/.config/evolution" + path, "--state",
          home.state.path,
        ]
          + target)
      #expect(result.status == 3, "\(path)")
      let row = try #require(try result.rows().first)
      #expect(row["reason"] as? String == "outside-home")
      #expect((row["text"] as? String)?.contains("name the home") == true)
    }
  }

  /// A home's directories elsewhere: by options, and in one's own home by the environment, which
  /// counts for no other.
  @Test func directoriesElsewhere() throws {
    let home = try EvolutionHome("two")
    try home.move(".config", to: "elsewhere/config")
    try home.move(".local/share", to: "elsewhere/data")
    try FileManager.default.createDirectory(
      at: home.scratch.appendingPathComponent("elsewhere/cache"), withIntermediateDirectories: true)
    let places = ["config", "data", "cache"].map {
      home.scratch.appendingPathComponent("elsewhere/\($0)").path
    }
    let names = ["config", "data", "cache"]
    let options = zip(names, places).flatMap { ["--xdg-\($0)", $1] }
    let environment = Dictionary(
      uniqueKeysWithValues: zip(names, places).map { ("XDG_\($0.uppercased())_HOME", $1) })
    func ready(_ arguments: [String], _ variables: [String: String]) throws -> Int? {
      let result = try Program.run(["scan", "--json"] + arguments, environment: variables)
      return try result.rows().last?["ready"] as? Int
    }
    let own = environment.merging(["HOME": home.home.path]) { $1 }
    #expect(try ready(home.arguments, [:]) == 0)
    #expect(try ready(home.arguments + options, [:]) == 2)
    #expect(try ready(home.arguments, environment) == 0, "somebody else's home")
    #expect(try ready(home.arguments, own) == 2)
    #expect(try ready(["--state", home.state.path], own) == 2)

    func reported(_ arguments: [String], _ variables: [String: String]) throws -> [String] {
      let result = try Program.run(
        ["report", "--json"] + target + arguments, environment: variables)
      return try result.rows().compactMap { $0["state"] as? String }
    }
    #expect(try reported(home.arguments, [:]) == [])
    #expect(try reported(home.arguments + options, [:]) == ["left", "left"])
    #expect(try reported(home.arguments, own) == ["left", "left"])

    func sources() throws -> [String: String] {
      try home.backends(below: "../elsewhere/config/evolution/sources")
    }
    let applied = try Program.run(["apply"] + target + home.arguments + options)
    #expect(applied.status == 0, "\(applied.talk)")
    #expect(Set(try sources().values) == ["imapx"])
    for account in try sources().keys {
      let uid = account.replacingOccurrences(of: ".source", with: "")
      #expect(
        FileManager.default.fileExists(
          atPath: home.scratch.path + "/elsewhere/cache/evolution/mail/\(uid)"))
    }
    // The journal knows where the home's directories were.
    let undone = try Program.run(["rollback", "--last", "--state", home.state.path])
    #expect(undone.status == 0, "\(undone.talk)")
    #expect(Set(try sources().values) == ["pop"])
    #expect(!FileManager.default.fileExists(atPath: home.home.path + "/.cache"))
  }

  @Test func directoriesElsewhereHoldForOneHome() throws {
    let home = try EvolutionHome()
    for words in [
      ["scan", "--all-users"], ["scan", home.home.path, home.scratch.path], ["report"],
      ["report", home.home.path, home.scratch.path],
    ] {
      let result = try Program.run(words + ["--xdg-config", "/nowhere"])
      #expect(result.status == 64)
      #expect(result.talk.contains("hold for one home"))
    }
  }

  /// By its program's name, its user and its home.
  @Test func aRunningEvolutionIsRefused() throws {
    let home = try EvolutionHome()
    let before = try home.contents()
    let running = try NamedProcess("evolution", in: home.scratch, home: home.home)
    for command in ["plan", "apply"] {
      let result = try Program.run([command, "--json"] + target + home.arguments)
      #expect(result.status == 3, "\(command)")
      #expect(try result.rows().first?["reason"] as? String == "client-running")
    }
    #expect(try home.contents() == before)
    #expect(!FileManager.default.fileExists(atPath: home.state.path))
    running.end()
    let elsewhere = try NamedProcess("evolution", in: home.scratch, home: home.scratch)
    let result = try Program.run(["apply", "--json"] + target + home.arguments)
    #expect(result.status == 0, "\(result.talk)")
    elsewhere.end()
  }

  /// One user's broken account is that user's: it keeps nobody else's from being switched.
  @Test func oneBrokenAccountHoldsUpNoFleet() throws {
    let good = try EvolutionHome("keep")
    let bad = try EvolutionHome("keep")
    let sources = bad.home.appendingPathComponent(".config/evolution/sources").path
    #expect(mkfifo(sources + "/x.source", 0o600) == 0)
    try Data("[Mail Account\nBackendName=pop\nHost=elsewhere.test\n".utf8).write(
      to: URL(fileURLWithPath: sources + "/y.source"))
    let result = try Program.run(
      ["apply", "--json", good.home.path, bad.home.path, "--state", good.state.path] + target)
    #expect(result.status == 3, "\(result.talk)")
    let rows = try result.rows()
    #expect(rows.filter { $0["status"] as? String == "applied" }.count == 2)
    #expect(rows.contains { $0["reason"] as? String == "syntax" })
  }

  /// Exchange is listed and passed over, as IMAP is; only one who names it is refused.
  @Test func anAccountThatIsNeitherPOPNorIMAP() throws {
    let home = try EvolutionHome("keep")
    let source = """
      [Data Source]
      DisplayName=Exchange
      Enabled=true
      [Mail Account]
      BackendName=ews
      [Authentication]
      Host=exchange.example.net
      User=carol
      [Security]
      Method=ssl-on-alternate-port

      """
    try source.write(
      to: home.home.appendingPathComponent(".config/evolution/sources/exchange.source"),
      atomically: false, encoding: .utf8)
    let scan = try Program.run(["scan", "--json"] + home.arguments)
    #expect(scan.status == 0)
    let row = try #require(try scan.rows().first { $0["account"] as? String == "exchange" })
    #expect(row["protocol"] as? String == "other" && row["port"] as? Int == 0)
    #expect(row["state"] as? String == "blocked" && row["reason"] as? String == "unsupported")
    #expect((row["text"] as? String)?.contains("ews") == true)
    #expect(try scan.rows().last?["blocked"] as? Int == 1)
    #expect(
      try Program.run(["scan"] + home.arguments).output.contains(" exchange.example.net  "))

    let everybody = try Program.run(["plan", "--json"] + target + home.arguments)
    #expect(everybody.status == 0, "\(everybody.talk)")
    #expect(try everybody.rows().compactMap { $0["type"] as? String } == ["change", "summary"])
    for pattern in ["carol@exchange.example.net", "exchange.example.net"] {
      let named = try Program.run(
        ["apply", "--json", "--match", pattern] + target + home.arguments)
      #expect(named.status == 3)
      #expect(try named.rows().first?["reason"] as? String == "unsupported")
    }
    let named = try Program.run(
      ["plan", "--json", "--match", "carol"] + target + home.arguments)
    let from = try #require(try named.rows().first?["from"] as? [String: Any])
    #expect(named.status == 3 && from["protocol"] as? String == "other")
    let wild = try Program.run(["plan", "--match", "*.example.net"] + target + home.arguments)
    #expect(wild.status == 0)
  }

  /// Words for people: what is left to do, and that it is too early.
  @Test func finishSaysWhatItWaitsFor() throws {
    let home = try EvolutionHome()
    let applied = try Program.run(["apply"] + target + home.arguments)
    #expect(applied.status == 0)
    #expect(applied.talk.contains("closed again: profile-rewriter finish "))
    #expect(applied.talk.contains("--state \(home.state.path)"))
    let early = try Program.run(["finish", "--state", home.state.path])
    #expect(early.status == 3)
    #expect(early.talk.contains("not-yet: the first synchronisation has not begun"))
    let json = try Program.run(["finish", "--json", "--state", home.state.path])
    #expect(try json.rows().first?["reason"] as? String == "not-yet")
    #expect(try json.rows().last?["command"] as? String == "finish")
    let nothing = try Program.run(["finish", "--state", home.state.path + "-none"])
    #expect(nothing.status == 0)
    #expect(nothing.talk.contains("nothing to do"))
  }
}
