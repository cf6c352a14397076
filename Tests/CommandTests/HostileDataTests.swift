import Foundation
import Testing

/// Profiles are written by others: nothing in them steers a terminal, breaks a line of JSON, or
/// carries a secret out.
@Suite struct HostileDataTests {
  private let target = ["--imap-host", "imap.example.net"]

  /// Everything the commands say about one change, both ways, as (what, output and talk).
  private func everythingSaid(_ home: ThunderbirdHome) throws -> [(String, Program.Result)] {
    var said: [(String, Program.Result)] = []
    func run(_ arguments: [String]) throws {
      said.append((arguments.joined(separator: " "), try Program.run(arguments)))
    }
    let state = ["--state", home.state.path]
    for json in [[], ["--json"]] {
      try run(["scan"] + json + home.arguments)
      try run(["plan", "--context", "50"] + json + target + home.arguments)
    }
    try run(["apply", "--json"] + target + home.arguments)
    let id = try #require(
      Program.run(["history", "--json"] + state).rows().first?["change"] as? String)
    for json in [[], ["--json"]] {
      try run(["history"] + json + state)
      try run(["show", id] + json + state)
      try run(["apply"] + json + target + home.arguments)
    }
    try run(["show", id, "--format", "diff"] + state)
    try run(["rollback", id] + state)
    try run(["apply"] + target + home.arguments)
    try run(["rollback", "--last", "--json"] + state)
    return said
  }

  private func hostileHome() throws -> ThunderbirdHome {
    try ThunderbirdHome(
      accounts: [
        .init(key: 1, user: "a\\u202eb@example.net", name: "\\u001b[2Jev\\u001b]0;il\\u0007")
      ], homeName: "home\u{1b}[7m\u{202e}\n")
  }

  private func steersTerminal(_ text: String) -> Bool {
    text.unicodeScalars.contains { [0x1b, 0x202e, 0x07].contains($0.value) }
  }

  @Test func namesThatSteerATerminalAreEscaped() throws {
    for (command, result) in try everythingSaid(hostileHome()) {
      #expect(!steersTerminal(result.talk), "\(command)")
      if command.contains("--json") {
        #expect(!steersTerminal(result.output), "\(command)")
        _ = try result.rows()
      } else if !command.hasPrefix("plan"), !command.hasPrefix("show") {
        // A diff that goes to a pipe is the file's own bytes, for patch.
        #expect(!steersTerminal(result.output), "\(command)")
      }
    }
  }

  @Test func textsForPeopleSpellHostileNamesOut() throws {
    let home = try ThunderbirdHome(accounts: [.init(key: 1, host: "pop\\u202e.example.net")])
    let result = try Program.run(["plan", "--json"] + home.arguments)
    let text = try #require(result.rows().first?["text"] as? String)
    #expect(!steersTerminal(text) && !text.isEmpty)
    #expect(!steersTerminal(try Program.run(["plan"] + home.arguments).output))
  }

  @Test func aDiffAtATerminalIsEscaped() throws {
    let home = try hostileHome()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
    process.arguments = [
      "-qec", #""$PROGRAM" plan --context 50 --imap-host imap.example.net "$PLACE""#, "/dev/null",
    ]
    process.environment = [
      "PROGRAM": Program.path, "PLACE": home.home.path, "NO_COLOR": "1", "TERM": "xterm",
      "SHELL": "/bin/sh",
    ]
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.text
    process.waitUntilExit()
    #expect(output.contains("Old mail"))
    #expect(!steersTerminal(output))
  }

  @Test func jsonGivesTheExactBytesOfANameThatIsNotUTF8() throws {
    let home = try ThunderbirdHome()
    let raw = Array(home.scratch.path.utf8) + Array("/h".utf8) + [0xe9]
    let named = raw + [0]
    let status = named.withUnsafeBytes { buffer in
      buffer.withMemoryRebound(to: CChar.self) { rename(home.home.path, $0.baseAddress!) }
    }
    try #require(status == 0)
    // Only a shell can pass such an argument on.
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", #"exec "$1" scan --json "$(printf '%s/h\351' "$2")""#, "sh", Program.path,
      home.scratch.path,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.text
    process.waitUntilExit()
    let line = try #require(output.split(separator: "\n").first)
    let row = try #require(
      JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(row["state"] as? String == "ready")
    #expect(row["home_b64"] as? String == Data(raw).base64EncodedString())
  }

  @Test func noSecretLeavesTheCommand() throws {
    let home = try ThunderbirdHome()
    for (command, result) in try everythingSaid(home) {
      let text = result.output + result.talk
      #expect(!text.contains(ThunderbirdHome.passwordMark), "\(command)")
      #expect(!text.contains(ThunderbirdHome.usernameMark), "\(command)")
      if !command.contains("--context 50") {
        #expect(!text.contains(ThunderbirdHome.keyMark), "\(command)")
      }
    }
    let journal = FileManager.default.enumerator(atPath: home.state.path)
    while let name = journal?.nextObject() as? String {
      guard let data = try? Data(contentsOf: home.state.appendingPathComponent(name)) else {
        continue
      }
      #expect(data.range(of: Data(ThunderbirdHome.passwordMark.utf8)) == nil, "\(name)")
    }
  }

  @Test func theFullPatchGoesOnlyToAFileOfOnesOwnAndUndoesTheEdits() throws {
    let home = try ThunderbirdHome()
    let before = try home.contents()
    _ = try Program.run(["apply"] + target + home.arguments)
    let state = ["--state", home.state.path]
    let id = try #require(
      Program.run(["history", "--json"] + state).rows().first?["change"] as? String)
    let file = home.scratch.appendingPathComponent("change.diff")
    let shown = try Program.run(
      ["show", id, "--format", "diff", "--include-sensitive", "--out", file.path] + state)
    #expect(shown.status == 0)
    #expect(shown.stdout.isEmpty)
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    #expect(try String(contentsOf: file, encoding: .utf8).contains(ThunderbirdHome.passwordMark))

    let patch = Process()
    patch.executableURL = URL(fileURLWithPath: "/usr/bin/patch")
    patch.currentDirectoryURL = home.home
    patch.arguments = ["--binary", "-R", "-p0", "-s", "-i", file.path]
    try patch.run()
    patch.waitUntilExit()
    #expect(patch.terminationStatus == 0)
    for (path, content) in before {
      #expect(try home.contents()[path] == content, "\(path)")
    }
  }
}
