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

  @Test func namesThatSteerATerminalAreEscaped() throws {
    let home = try ThunderbirdHome(
      accounts: [
        .init(key: 1, user: "a\\u001b[31m\\u202eb@example.net")
      ], homeName: "home\u{1b}[7m\u{202e}")
    for (command, result) in try everythingSaid(home) {
      // A diff that goes to a pipe is the file's own bytes; everything else is escaped.
      let isDiff = command.hasPrefix("plan --context 50 --imap") || command.contains("show")
      let texts = [result.talk] + (isDiff && !command.contains("--json") ? [] : [result.output])
      for text in texts {
        #expect(
          !text.unicodeScalars.contains { $0.value == 0x1b || $0.value == 0x202e }, "\(command)")
      }
      if command.contains("--json") { _ = try result.rows() }
    }
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
