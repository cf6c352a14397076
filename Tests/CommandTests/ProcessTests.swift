import Foundation
import ProfileRewriter
import Testing

/// The command as a good neighbour of other processes.
@Suite struct ProcessTests {
  private let target = ["--imap-host", "imap.example.net"]

  /// A command that waits for a list nobody writes, until somebody else has closed the last
  /// descriptor.
  private func waiting(_ home: ThunderbirdHome) throws -> (Process, Pipe, Pipe, writer: Int32) {
    let fifo = home.scratch.appendingPathComponent("fifo").path
    try #require(mkfifo(fifo, 0o600) == 0)
    let process = Program.process(
      ["apply", "--homes-from", fifo, "--json", "--state", home.state.path] + target,
      environment: [:])
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // It can be opened for writing as soon as the command has it open.
    var writer: Int32 = -1
    let end = Date() + 30
    while writer < 0, Date() < end {
      writer = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      if writer < 0 { Thread.sleep(forTimeInterval: 0.02) }
    }
    try #require(writer >= 0, "the command does not read its list")
    return (process, output, errors, writer)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func aSignalEndsItWith130AndAWholeLine(_ signal: Int32) throws {
    let home = try ThunderbirdHome()
    let (process, output, errors, writer) = try waiting(home)
    defer { close(writer) }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 130)
    let line = output.text
    #expect(line == #"{"type":"error","code":"interrupted","text":"stopped by a signal"}"# + "\n")
    let talk = errors.text
    #expect(talk.contains("recover"))
  }

  /// One home is done, another run is at work on the second: the signal ends the waiting, what was
  /// in hand is said, and nothing is begun any more.
  @Test func aSignalEndsBetweenProfilesAndWhatIsDoneIsSaid() throws {
    let (home, held) = (try ThunderbirdHome(), try ThunderbirdHome())
    let journal = try Journal.create(stateDirectory: Array(home.state.path.utf8))
    let other = try journal.guardProfile(
      root: Array(held.home.path.utf8), client: "thunderbird",
      profile: RelativePath(".thunderbird/\(held.profileName)"), timeout: 0)
    let before = try held.fingerprint()
    let process = Program.process(
      [
        "apply", "--json", home.home.path, held.home.path, "--lock-timeout", "60",
        "--imap-host", "imap.example.net", "--state", home.state.path,
      ], environment: [:])
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // While it waits, the first home is done already.
    for _ in 0..<400 {
      if try home.readPrefs().contains("\"imap\"") { break }
      usleep(50_000)
    }
    usleep(300_000)
    #expect(try home.readPrefs().contains(#""mail.server.server1.type", "imap""#))
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    let lines = output.text.split(separator: "\n").map(String.init)
    #expect(lines.first?.contains(#""status":"applied""#) == true, "\(lines)")
    #expect(lines.last?.contains(#""code":"interrupted""#) == true, "\(lines)")
    #expect(errors.text.contains("recover"))
    #expect(try held.fingerprint() == before)
    withExtendedLifetime(other) {}
  }

  private func shell(_ script: String, _ home: ThunderbirdHome) throws -> (Int32, String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", script, "bash", Program.path, home.home.path, home.state.path]
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let talk = errors.text
    process.waitUntilExit()
    return (process.terminationStatus, talk)
  }

  @Test func aReaderThatGoesEndsAReadingCommandQuietly() throws {
    let home = try ThunderbirdHome()
    let (status, talk) = try shell(
      #""$1" scan --json "$2" --state "$3" | true; exit "${PIPESTATUS[0]}""#, home)
    #expect(status == 0 || status == 141)
    #expect(talk.isEmpty)
  }

  @Test func aReaderThatGoesStopsNoChange() throws {
    let home = try ThunderbirdHome()
    let (status, _) = try shell(
      #"exec 3> >(:); sleep 0.3; "$1" apply --json "$2" --state "$3" --imap-host i.example.net >&3"#,
      home)
    #expect(status == 0)
    #expect(try home.readPrefs().contains(#""mail.server.server1.type", "imap""#))
  }

  @Test func outputThatCannotBeWrittenIsAFailureAndTheChangeIsWhole() throws {
    let home = try ThunderbirdHome()
    let (status, talk) = try shell(
      #""$1" apply --json "$2" --state "$3" --imap-host i.example.net >/dev/full"#, home)
    #expect(status == 1)
    #expect(talk.contains("cannot write standard output"))
    #expect(try home.readPrefs().contains(#""mail.server.server1.type", "imap""#))
  }

  @Test func everyHomeOfTheUserDatabaseIsCountedOnStandardError() throws {
    let home = try ThunderbirdHome()
    let result = try Program.run(
      [
        "scan", "--all-users", "--match", "nobody@nowhere.invalid", "--json", "--state",
        home.state.path,
      ])
    #expect(result.talk.contains(/reading \d+ homes?/))
    #expect(try result.rows().last?["type"] as? String == "summary")
  }

  @Test func noColourWithoutATerminal() throws {
    let home = try ThunderbirdHome()
    let result = try Program.run(["scan"] + home.arguments, environment: ["TERM": "xterm"])
    #expect(!result.output.contains("\u{1b}"))
  }
}
