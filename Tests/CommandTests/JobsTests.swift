import Foundation
import Testing

@testable import Command

/// Several threads do what one does, and say it in the same order.
@Suite struct JobsTests {
  private static let target = ["--imap-host", "imap.example.net"]

  /// Homes of which every third is broken in its own way.
  private func homes(_ count: Int) throws -> [ThunderbirdHome] {
    let homes = try (0..<count).map { try ThunderbirdHome(homeName: "home-\($0)") }
    for (number, home) in homes.enumerated() where number % 3 == 1 {
      if number % 2 == 0 {
        try home.write(home.profilePath("prefs.js"), "user_pref(")
      } else {
        try home.replaceInPrefs("user_pref(\"mail.server.server1.hostname\"", "// (\"")
      }
    }
    return homes
  }

  private func run(_ command: String, _ arguments: [String], _ jobs: Int) throws -> Program.Result {
    try Program.run([command, "--json", "--jobs", "\(jobs)"] + arguments)
  }

  /// Without what is chosen anew in each run.
  private func rows(_ result: Program.Result) throws -> [String] {
    try result.rows().map { row in
      var row = row
      for name in ["change", "run"] where row[name] is String { row[name] = "…" }
      return Self.stable(
        String(
          decoding: try JSONSerialization.data(withJSONObject: row, options: .sortedKeys),
          as: UTF8.self))
    }
  }

  /// Without the identifiers and times that a run chooses anew.
  private static func stable(_ text: String) -> String {
    text.replacing(/\{[0-9a-f-]{36}\}/, with: "{…}").replacing(/1[0-9]{12}/, with: "…")
  }

  @Test func readingSaysTheSame() throws {
    let homes = try homes(20)
    // One of them twice: it is listed once.
    let paths = homes.map(\.home.path) + [homes[0].home.path + "/.thunderbird"]
    for command in ["scan", "plan"] {
      let arguments = (command == "plan" ? Self.target : []) + paths
      let alone = try run(command, arguments, 1)
      let together = try run(command, arguments, 5)
      #expect(try rows(alone) == rows(together))
      #expect(alone.status == together.status)
      #expect(try rows(alone).count >= 20)
    }
  }

  @Test func changingDoesTheSame() throws {
    let homes = try homes(20)
    let before = try homes.map { try $0.contents() }
    var after: [[[String: String]]] = []
    var said: [[String]] = []
    for jobs in [1, 6] {
      let state = ["--state", homes[0].scratch.appendingPathComponent("state-\(jobs)").path]
      let applied = try run("apply", Self.target + homes.map(\.home.path) + state, jobs)
      after.append(
        try homes.map { home in
          try home.contents().mapValues { Self.stable(String(decoding: $0, as: UTF8.self)) }
        })
      #expect(try homes.map { try $0.contents() } != before)
      said.append(try rows(applied).sorted())
      let again = try rows(run("apply", Self.target + homes.map(\.home.path) + state, jobs))
      #expect(!again.contains { $0.contains("\"applied\":1") })
      let undone = try rows(run("rollback", ["--last"] + state, jobs))
      #expect(undone.last?.contains("\"undone\":13") == true, "\(undone)")
      #expect(try homes.map { try $0.contents() } == before)
    }
    #expect(after[0] == after[1])
    #expect(said[0] == said[1])
  }

  @Test func progressTellsRateAndTimeLeft() {
    #expect(
      HomesProgress.line("homes read", 2500, of: 10_000, seconds: 5)
        == "homes read: 2500 of 10000 (25 %), 500/s, 15 s left")
    #expect(HomesProgress.line("homes read", 1, of: 3, seconds: 0) == "homes read: 1 of 3 (33 %)")
  }

  /// What there is, others say: a sparse file, a manifest.
  @Test func progressOfAnything() {
    for total in [1, Int.max] {
      let line = Progress.line("a", bytes: .max, total: total, messages: 1, seconds: 3)
      #expect(line.contains("(100 %)"), "\(line)")
    }
    #expect(
      Progress.line("a", bytes: 1, total: .max, messages: 1, seconds: 1000)
        .hasSuffix("2562047788015215 h left"))
    #expect(
      Progress.line("a", bytes: 5_000_000, total: 20_000_000, messages: 2, seconds: 5)
        == "a: 5.0 MB of 20.0 MB (25 %), 2 messages, 1.0 MB/s, 15 s left")
  }

  @Test(arguments: ["0", "257", "many"]) func jobsAreANumber(_ jobs: String) throws {
    let result = try Program.run(["scan", "--jobs", jobs])
    #expect(result.status == 64)
  }
}
