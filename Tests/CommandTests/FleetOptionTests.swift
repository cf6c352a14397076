import Foundation
import Testing

@testable import Command

/// What an admin says about a fleet: which homes, how many, and when to stop.
@Suite struct FleetOptionTests {
  private static let target = ["--imap-host", "imap.example.net"]

  /// Homes side by side in one directory, each with one account to switch.
  private final class Fleet {
    let homes: [ThunderbirdHome]
    let directory: URL
    private let state: String

    init(_ count: Int) throws {
      homes = try (0..<count).map { try ThunderbirdHome(homeName: "home-\($0)") }
      directory = homes[0].scratch
      state = homes[0].state.path
    }

    var paths: [String] { homes.map(\.home.path) }

    func run(_ command: String, _ arguments: [String]) throws -> Program.Result {
      let target = ["apply", "plan"].contains(command) ? FleetOptionTests.target : []
      return try Program.run([command] + target + arguments + ["--state", state, "--json"])
    }

    func list(_ text: String, _ name: String = "list") throws -> String {
      let file = directory.appendingPathComponent(name)
      try Data(text.utf8).write(to: file)
      return file.path
    }

    var switched: [Bool] {
      get throws {
        try homes.map { try $0.readPrefs().contains(#"mail.server.server1.type", "imap""#) }
      }
    }
  }

  private func summary(_ result: Program.Result) throws -> [String: Any] {
    try #require(try result.rows().last)
  }

  @Test func limitChangesSoManyAndTheNextRunGoesOn() throws {
    let fleet = try Fleet(5)
    let first = try fleet.run("apply", fleet.paths + ["--limit", "2"])
    #expect(first.status == 0, "\(first.talk)")
    #expect(try fleet.switched == [true, true, false, false, false])
    #expect(try summary(first)["ended_by"] as? String == "limit")
    let second = try fleet.run("apply", fleet.paths + ["--limit", "2"])
    #expect(try fleet.switched == [true, true, true, true, false])
    #expect(try summary(second)["unchanged"] as? Int == 2)
    // Nothing is left to do after the last one: no limit ended that run.
    let last = try fleet.run("apply", fleet.paths + ["--limit", "1"])
    #expect(try fleet.switched.allSatisfy { $0 })
    #expect(try summary(last)["ended_by"] is NSNull)
  }

  @Test func limitHoldsForASavedPlan() throws {
    let fleet = try Fleet(3)
    let plan = fleet.directory.appendingPathComponent("plan.json").path
    #expect(try fleet.run("plan", fleet.paths + ["--out", plan]).status == 0)
    let result = try Program.run([
      "apply", "--plan", plan, "--limit", "1", "--state", fleet.homes[0].state.path,
    ])
    #expect(result.status == 0, "\(result.talk)")
    #expect(try fleet.switched == [true, false, false])
  }

  /// A prefs.js that is a directory fails in every home but the first and the last.
  @Test func maxFailuresEndsTheRunBeforeMoreFail() throws {
    let fleet = try Fleet(5)
    for home in fleet.homes[1...3] {
      try FileManager.default.removeItem(at: home.home)
    }
    let result = try fleet.run("apply", fleet.paths + ["--max-failures", "2"])
    #expect(result.status == 1)
    let summary = try summary(result)
    #expect(summary["ended_by"] as? String == "max-failures")
    #expect(try fleet.homes[0].readPrefs().contains(#"type", "imap""#))
    #expect(try fleet.homes[4].readPrefs().contains(#"type", "pop3""#))
    let reasons = try #require(summary["reasons"] as? [[String: Any]])
    #expect(reasons.first?["reason"] as? String == "not-found")
    #expect(reasons.first?["accounts"] as? Int == 2)
    let all = try fleet.run("apply", fleet.paths + ["--max-failures", "4"])
    #expect(try self.summary(all)["ended_by"] is NSNull)
    #expect(try fleet.homes[4].readPrefs().contains(#"type", "imap""#))
  }

  @Test func rollbackStopsAtMaxFailures() throws {
    let fleet = try Fleet(3)
    #expect(try fleet.run("apply", fleet.paths).status == 0)
    // The two newest changes are in conflict.
    for home in fleet.homes[1...] { try home.replaceInPrefs("imap.example.net", "elsewhere.test") }
    let result = try fleet.run("rollback", ["--last", "--max-failures", "1"])
    #expect(result.status == 4, "\(result.output)")
    #expect(try summary(result)["ended_by"] as? String == "max-failures")
    #expect(try fleet.switched[0])
    let rest = try fleet.run("rollback", ["--last"])
    #expect(rest.status == 4)
    #expect(try fleet.switched[0] == false)
  }

  @Test func homesComeFromAListInLinesOrWithZeroBytes() throws {
    let fleet = try Fleet(3)
    let lines = try fleet.list(fleet.paths.joined(separator: "\r\n") + "\n\n")
    let read = try fleet.run("scan", ["--homes-from", lines])
    #expect(try summary(read)["ready"] as? Int == 3)
    let zero = try fleet.list(fleet.paths[..<2].map { $0 + "\0" }.joined(), "zero")
    #expect(try summary(fleet.run("scan", ["--homes-from", zero]))["ready"] as? Int == 2)
    let empty = try fleet.run("scan", ["--homes-from", try fleet.list("\n", "empty")])
    #expect(empty.status == 64)
    let none = try fleet.run("scan", ["--homes-from", fleet.directory.path + "/nothing"])
    #expect(none.status == 1)
  }

  @Test func homesComeFromStandardInput() throws {
    let fleet = try Fleet(2)
    let process = Program.process(
      ["scan", "--json", "--homes-from", "-"], environment: [:])
    process.standardInput = FileHandle(
      forReadingAtPath: try fleet.list(fleet.paths.joined(separator: "\n")))
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = output.text
    process.waitUntilExit()
    #expect(text.contains(#""ready":2"#))
  }

  @Test func excludedHomesAreLeftOut() throws {
    let fleet = try Fleet(3)
    let result = try fleet.run("apply", fleet.paths + ["--exclude", "home-1"])
    #expect(result.status == 0)
    #expect(try fleet.switched == [true, false, true])
    #expect(result.talk.contains("1 home left out"))
    let byPath = try fleet.run("apply", fleet.paths + ["--exclude", "*/home-?"])
    #expect(try summary(byPath)["unchanged"] as? Int == 0)
    #expect(try fleet.switched == [true, false, true])
    let mistyped = try fleet.run("scan", fleet.paths + ["--exclude", "hmoe-1"])
    #expect(mistyped.talk.contains("--exclude hmoe-1 leaves out nothing"))
  }

  @Test(arguments: [
    ["apply", "--limit", "0"], ["apply", "--max-failures", "0"],
    ["rollback", "--all", "--max-failures", "-1"],
    ["scan", "--all-users", "--homes-from", "x"], ["scan", "/home", "--homes-from", "x"],
    ["apply", "--plan", "x", "--exclude", "y"],
  ])
  func whatCannotBeMeantIsRefused(_ arguments: [String]) throws {
    #expect(try Program.run(arguments).status == 64)
  }

  @Test func theSummaryForPeopleCountsByReason() throws {
    let fleet = try Fleet(3)
    let result = try Program.run(["apply", "--state", fleet.homes[0].state.path] + fleet.paths)
    #expect(result.status == 3)
    #expect(result.talk.contains("not done: 3 no-imap-settings"))
  }
}

@Suite struct NameServiceTests {
  @Test func theServicesOfUsersAreReadAndSaidWhereTheyMayListNobody() {
    let text = """
      # passwd: nothing
      passwd_compat: nis
      group: files
      passwd:  files [NOTFOUND=continue SUCCESS=return] sss systemd # here
      """
    let services = NameServices.users(in: Array(text.utf8))
    #expect(services == ["files", "sss", "systemd"])
    #expect(services.filter(NameServices.mayListNobody) == ["sss"])
    #expect(NameServices.users(in: []).isEmpty)
  }
}
