import Testing

@Suite struct HelpTests {
  @Test(arguments: [
    "", "scan", "plan", "apply", "rollback", "recover", "finish", "history", "history list",
    "history prune", "history export", "history import", "show", "doctor", "autoconfig",
    "autoconfig generate", "autoconfig lint", "check", "test", "backup", "backup create",
    "backup verify", "backup list", "backup restore", "upload", "report",
  ])
  func helpIsAsRecorded(_ command: String) throws {
    let words = command.split(separator: " ").map(String.init)
    let result = try Program.run(words + ["--help"])
    #expect(result.status == 0)
    #expect(result.stderr.isEmpty)
    let name = (["help"] + words).joined(separator: "-")
    try Snapshot.check(result.output, "\(name).txt")
  }

  /// The build, with its commit where it was told one, and what it runs with, as those say themselves.
  @Test func versionNamesTheCommitAndTheLibraries() throws {
    let result = try Program.run(["--version"])
    #expect(result.status == 0 && result.stderr.isEmpty)
    let lines = result.lines
    try #require(lines.count == 2)
    #expect(
      lines[0].wholeMatch(
        of: /profile-rewriter 0\.1\.0 \(commit (not known|[0-9a-f]{12}(-dirty)?)\)/) != nil)
    var versions: [String: String] = [:]
    for library in lines[1].split(separator: ", ") {
      let words = library.split(separator: " ").map(String.init)
      try #require(words.count == 2)
      versions[words[0]] = words[1]
    }
    func installed(_ package: String) throws -> String {
      let told = try Program.run(["--modversion", package], as: "/usr/bin/pkg-config")
      return try #require(told.lines.first)
    }
    #expect(
      try versions == [
        "libxml2": installed("libxml-2.0"), "SQLite": installed("sqlite3"),
        "OpenSSL": installed("libcrypto"), "libcurl": installed("libcurl"),
        "c-ares": installed("libcares"), "libidn2": installed("libidn2"),
      ])
  }
}
