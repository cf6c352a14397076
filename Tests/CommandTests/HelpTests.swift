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

  @Test func versionIsOneLine() throws {
    let result = try Program.run(["--version"])
    #expect(result.status == 0)
    #expect(result.lines.count == 1)
  }
}
