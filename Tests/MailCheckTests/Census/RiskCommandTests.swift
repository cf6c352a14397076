import Foundation
import Testing

@testable import MailCheck

/// `profile-rewriter plan --risk --online` as a script runs it, with a profile that the real client
/// filled and a real Dovecot.
@Suite(.serialized) struct RiskCommandTests {
  private let house: MailHouse
  private let scratch: Scratch
  private let home: String

  init() throws {
    house = try MailHouse.shared()
    scratch = try Scratch()
    home = scratch.path("home")
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("profiles-fixtures/thunderbird/mbox/home")
    try FileManager.default.copyItem(atPath: fixtures.path, toPath: home)
  }

  /// Beside the test bundle.
  private static let program: String = {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent()
      .appendingPathComponent("profile-rewriter").path
  }()

  private func plan(
    _ words: [String], password: String = MailHouse.password
  ) throws -> (status: Int32, output: String, talk: String) {
    let process = Process()
    let (input, output, talk) = (Pipe(), Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: Self.program)
    process.arguments =
      [
        "plan", home, "--state", scratch.path("state"), "--imap-host", "localhost", "--imap-port",
        "\(house.imaps)", "--username", "tight@\(MailHouse.domain)",
      ] + words
    process.environment = ["HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = talk
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data((password + "\n").utf8))
    try input.fileHandleForWriting.close()
    func text(_ pipe: Pipe) throws -> String {
      String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }
    let result = (try text(output), try text(talk))
    process.waitUntilExit()
    return (process.terminationStatus, result.0, result.1)
  }

  private var online: [String] {
    ["--risk", "--online", "--password-fd", "0", "--ca-file", Certificates.authority]
  }

  private func risk(_ output: String) throws -> [String: Any] {
    let line = try #require(output.split(separator: "\n").first)
    let row = try #require(
      JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    return try #require(row["risk"] as? [String: Any])
  }

  private func member(_ risk: [String: Any], _ name: String) throws -> [String: Any] {
    try #require(risk[name] as? [String: Any])
  }

  /// The profile has lab-1 to lab-24 in its inbox, the first eight also in other folders, lab-25 in its
  /// trash, and four of its own.
  @Test func `what the server has not is counted exactly, and nothing changes anywhere`() throws {
    for number in 1...20 {
      try house.deliver(
        "m\(number)", to: "tight", header: "Message-ID: <lab-\(number)-alice@lab.test>\n")
    }
    try house.deliver(
      "m21", to: "tight", folder: ".Archive", header: "Message-ID: <lab-21-alice@lab.test>\n")
    let (mail, files) = (house.messages(of: "tight"), try contents())

    let answer = try plan(online + ["--json"])
    #expect(answer.status == 0, "\(answer)")
    let risk = try risk(answer.output)
    #expect(try member(risk, "local")["messages"] as? Int == 37)
    let only = try member(risk, "only_here")
    #expect(only["state"] as? String == "exact" && only["ground"] as? String == "server")
    #expect(only["messages"] as? Int == 8, "22, 23, 24, 25 and four of its own")
    let server = try member(risk, "server")
    #expect(server["state"] as? String == "asked" && server["protocol"] as? String == "imap")
    #expect(server["messages"] as? Int == 21)
    let quota = try member(risk, "quota")
    #expect(quota["state"] as? String == "limited" && quota["fits"] as? Bool == false)
    let bytes = try #require(quota["bytes"] as? [String: Any])
    #expect(bytes["limit"] as? Int == 4096)
    let left = try #require(bytes["left"] as? Int)
    #expect(left > 0 && left < (only["bytes"] as? Int ?? 0))

    #expect(awaited(1) { house.logins("tight") } == 1)
    #expect(house.messages(of: "tight") == mail)
    #expect(try contents() == files)

    let shown = try plan(online)
    #expect(
      shown.output.contains("37 messages (25.9 kB) lie here, and 8 of them ("), "\(shown.output)")
    #expect(shown.output.contains("only here; too much for the server, which has room for "))
    #expect(shown.talk.contains("\non this computer only: 8 messages ("), "\(shown.talk)")
    #expect(shown.talk.contains("too much for the server's quota of 1 of them\n"))
    let next = try #require(shown.talk.split(separator: "\n").first { $0.hasPrefix("next: ") })
    #expect(!next.contains("--risk") && !next.contains("--online") && !next.contains("--password"))
    #expect(!(answer.output + shown.output + shown.talk).contains(MailHouse.password))
  }

  @Test func `a server that lets nobody in leaves what the client noted`() throws {
    let answer = try plan(online + ["--json"], password: "wrong")
    #expect(answer.status == 0)
    let risk = try risk(answer.output)
    let server = try member(risk, "server")
    #expect(server["state"] as? String == "unanswered")
    #expect(server["reason"] as? String == "login-refused")
    let only = try member(risk, "only_here")
    #expect(only["state"] as? String == "estimated" && only["messages"] as? Int == 5)
    #expect(only["ground"] as? String == "client-record")
  }

  @Test(arguments: [
    (["--online", "--password-fd", "0"], "--online goes with --risk"),
    (["--risk", "--password-fd", "0"], "need --online"),
    (["--password-command", "true"], "need --online"),
  ])
  func `nobody is asked unless it is said so`(_ words: [String], _ text: String) throws {
    let answer = try plan(words)
    #expect(answer.status == 64 && answer.talk.contains(text), "\(answer)")
  }

  private func contents() throws -> [String: Data] {
    var found: [String: Data] = [:]
    let files = FileManager.default.enumerator(atPath: home)
    while let path = files?.nextObject() as? String {
      found[path] = FileManager.default.contents(atPath: home + "/" + path) ?? Data()
    }
    return found
  }
}
