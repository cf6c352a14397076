import Foundation
import Glibc
import ProfileRewriter
import Testing

@testable import MailCheck

/// `profile-rewriter test` as a person or a script runs it.
@Suite struct TestCommandTests {
  private let house: MailHouse
  private let scratch: Scratch

  init() throws {
    house = try MailHouse.shared()
    scratch = try Scratch()
  }

  /// Beside the test bundle.
  private static let program: String = {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent()
      .appendingPathComponent("profile-rewriter").path
  }()

  private struct Run {
    var status: Int32
    var output: String
    var talk: String

    func rows() throws -> [[String: Any]] {
      try output.split(separator: "\n").map { line in
        try #require(
          JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
      }
    }
  }

  private func start(
    _ words: [String], password: String, under wrapper: [String] = []
  ) throws -> (Process, Pipe, Pipe) {
    let process = Process()
    let (input, output, talk) = (Pipe(), Pipe(), Pipe())
    let command =
      wrapper + [Self.program, "test", "--ca-file", Certificates.authority] + words
      + (words.contains {
        $0.hasPrefix("--password") || ["--no-login", "--libsecret"].contains($0)
      }
        ? [] : ["--password-fd", "0"])
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.environment = ["HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = talk
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data((password + "\n").utf8))
    try input.fileHandleForWriting.close()
    return (process, output, talk)
  }

  private func finish(_ run: (process: Process, output: Pipe, talk: Pipe)) throws -> Run {
    func text(_ pipe: Pipe) throws -> String {
      String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }
    let output = try text(run.output)
    let talk = try text(run.talk)
    run.process.waitUntilExit()
    return Run(status: run.process.terminationStatus, output: output, talk: talk)
  }

  private func test(
    _ words: [String], password: String = MailHouse.password, under wrapper: [String] = []
  ) throws -> Run { try finish(start(words, password: password, under: wrapper)) }

  private func named(_ user: String = "alice") -> [String] {
    [
      "--host", "localhost", "--port", "\(house.imaps)", "--username",
      "\(user)@\(MailHouse.domain)",
    ]
  }

  // MARK: A host

  @Test func `a host that works, for people and for scripts`() throws {
    let shown = try test(named())
    #expect(shown.status == 0 && shown.talk == "1 server tested: 1 work\n", "\(shown)")
    #expect(
      shown.output.hasPrefix("alice@house.test, IMAP at localhost:\(house.imaps) (tls)\nSTAGE"))
    let rows = try test(named() + ["--json"]).rows()
    #expect(
      rows.dropLast().allSatisfy {
        $0["type"] as? String == "test" && $0["status"] as? String == "ok"
      })
    #expect(rows.first?["stage"] as? String == "dns" && rows.first?["ms"] is Int)
    #expect(rows.last?["command"] as? String == "test" && rows.last?["ok"] as? Int == 1)
  }

  @Test func `a test that failed is status 6`() throws {
    let run = try test(named("once-more") + ["--json"])
    #expect(run.status == 6)
    #expect(try run.rows().last?["failed"] as? Int == 1)
    #expect(try run.rows().dropLast().last?["code"] as? String == "login-refused")
  }

  @Test func `a message to oneself`() throws {
    let run = try test(
      named("sender") + [
        "--smtp-host", "localhost", "--smtp-port", "\(house.submission)", "--smtp-security",
        "starttls",
        "--send-to", "sender@\(MailHouse.domain)", "--json",
      ])
    #expect(run.status == 0, "\(run)")
    #expect(
      try run.rows().contains {
        $0["stage"] as? String == "arrive" && $0["status"] as? String == "ok"
      })
  }

  @Test(arguments: [
    ["--host", "localhost"], ["--host", "localhost", "/tmp"], ["--imap-host", "localhost"],
    ["--port", "993"], ["--host", "a b", "--no-login"], ["--smtp-port", "25"],
    ["--no-login", "--deep"], ["--jobs", "0"], ["--host", "localhost", "--no-login", "--target"],
  ]) func `what makes no sense is refused`(_ words: [String]) throws {
    let run = try test(words + ["--password-fd", "0"])
    #expect(run.status == 64, "\(run)")
  }

  // MARK: Accounts

  private func thunderbirdHome(_ user: String = "alice", more: String = "") throws -> String {
    let profile = scratch.path("home/.thunderbird/p.default")
    try FileManager.default.createDirectory(atPath: profile, withIntermediateDirectories: true)
    try
      "[Profile0]\nName=default\nIsRelative=1\nPath=p.default\nDefault=1\n\n[General]\nStartWithLastProfile=1\n"
      .write(
        toFile: scratch.path("home/.thunderbird/profiles.ini"), atomically: false, encoding: .utf8)
    try """
    user_pref("mail.accountmanager.accounts", "account1");
    user_pref("mail.account.account1.server", "server1");
    user_pref("mail.account.account1.identities", "id1");
    user_pref("mail.identity.id1.useremail", "\(user)@\(MailHouse.domain)");
    user_pref("mail.server.server1.type", "pop3");
    user_pref("mail.server.server1.hostname", "localhost");
    user_pref("mail.server.server1.port", \(house.pop3s));
    user_pref("mail.server.server1.socketType", 3);
    user_pref("mail.server.server1.userName", "\(user)@\(MailHouse.domain)");
    user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/localhost");
    \(more)

    """.write(toFile: profile + "/prefs.js", atomically: false, encoding: .utf8)
    return scratch.path("home")
  }

  @Test func `an account as it is, and as a switch would make it`() throws {
    let home = try thunderbirdHome()
    let present = try test([home, "--json"])
    #expect(present.status == 0, "\(present)")
    let row = try #require(try present.rows().first)
    #expect(row["protocol"] as? String == "pop3" && row["account"] as? String == "account1")
    #expect(row["home"] as? String == home && row["client"] as? String == "thunderbird")
    let target = try test(
      [home, "--target", "--imap-host", "localhost", "--imap-port", "\(house.imaps)", "--json"])
    #expect(target.status == 0, "\(target)")
    #expect(try target.rows().first?["protocol"] as? String == "imap")
    #expect(try target.rows().contains { $0["stage"] as? String == "quota" })
  }

  /// Three identities: one sends by the account's own server, one by a server that has another user, one by
  /// the default, which is the first one's.
  @Test func `the servers that the client sends by`() throws {
    func server(_ key: String, _ host: String, _ user: String) -> String {
      """
      user_pref("mail.smtpserver.\(key).hostname", "\(host)");
      user_pref("mail.smtpserver.\(key).port", \(house.submission));
      user_pref("mail.smtpserver.\(key).try_ssl", 2);
      user_pref("mail.smtpserver.\(key).authMethod", 3);
      user_pref("mail.smtpserver.\(key).username", "\(user)");

      """
    }
    let home = try thunderbirdHome(
      more: """
        user_pref("mail.account.account1.identities", "id1,id2,id3");
        user_pref("mail.identity.id2.useremail", "sender@elsewhere.test");
        user_pref("mail.identity.id2.smtpServer", "smtp2");
        user_pref("mail.identity.id3.useremail", "alias@house.test");
        user_pref("mail.smtpservers", "smtp1,smtp2");
        user_pref("mail.smtp.defaultserver", "smtp1");
        """ + "\n" + server("smtp1", "localhost", "alice@\(MailHouse.domain)")
          + server("smtp2", "127.0.0.1", "sender@\(MailHouse.domain)"))
    for target in [[], ["--target", "--imap-host", "localhost", "--imap-port", "\(house.imaps)"]] {
      let run = try test([home, "--json"] + target)
      #expect(run.status == 0, "\(run)")
      let rows = try run.rows().filter { $0["protocol"] as? String == "smtp" }
      let logins = rows.filter { $0["stage"] as? String == "login" }
      #expect(logins.map { $0["host"] as? String } == ["localhost", "127.0.0.1"])
      #expect(logins.map { $0["status"] as? String } == ["ok", "skipped"])
      #expect(logins.map { $0["code"] as? String } == [nil, "other-password"])
      #expect(rows.allSatisfy { $0["account"] as? String == "account1" })
      #expect(rows.first?["security"] as? String == "starttls")
    }
    let named = try test([
      home, "--json", "--smtp-host", "localhost", "--smtp-port", "\(house.submissions)",
    ])
    let ports = Set(
      try named.rows().filter { $0["protocol"] as? String == "smtp" }.map { $0["port"] as? Int })
    #expect(ports == [house.submissions], "the one that is named stands for them")
  }

  /// What `--servers` lists, its outgoing server with it.
  @Test func `by the look-up that plan uses`() throws {
    let home = try thunderbirdHome("sender")
    let file = scratch.path("house.xml")
    func server(_ element: String, _ kind: String, _ port: Int, _ socket: String) -> String {
      "<\(element) type=\"\(kind)\"><hostname>localhost</hostname><port>\(port)</port>"
        + "<socketType>\(socket)</socketType><username>%EMAILADDRESS%</username>"
        + "<authentication>password-cleartext</authentication></\(element)>"
    }
    try """
    <clientConfig version="1.1"><emailProvider id="house.test"><domain>house.test</domain>
    \(server("incomingServer", "imap", house.imaps, "SSL"))
    \(server("outgoingServer", "smtp", house.submission, "STARTTLS"))
    </emailProvider></clientConfig>
    """.write(toFile: file, atomically: false, encoding: .utf8)
    let run = try test(
      [home, "--target", "--servers", file, "--json", "--send-to", "sender@\(MailHouse.domain)"])
    #expect(run.status == 0, "\(run)")
    #expect(try run.rows().compactMap { $0["protocol"] as? String }.last == "smtp")
    #expect(
      try run.rows().contains {
        $0["stage"] as? String == "arrive" && $0["status"] as? String == "ok"
      })
    let unknown = try test([try thunderbirdHome("x"), "--target", "--json"])
    #expect(unknown.status == 3)
    #expect(try unknown.rows().first?["reason"] as? String == "no-imap-settings")
  }

  // MARK: Secrets

  /// Neither in arguments nor the environment nor anything that is written but the connections themselves,
  /// which TLS hides.
  @Test func `the password goes to the server and nowhere else`() throws {
    let trace = scratch.path("trace")
    let run = try test(
      named("wire") + [
        "--deep", "--smtp-host", "localhost", "--smtp-port", "\(house.submissions)", "--json",
      ],
      under: [
        // A process that is traced cannot be looked through for leaks.
        "/usr/bin/strace", "-E", "ASAN_OPTIONS=detect_leaks=0", "-f", "-s", "100000", "-o", trace,
        "-e",
        "trace=read,write,writev,sendto,sendmsg,execve,openat",
      ])
    #expect(run.status == 0, "\(run)")
    let text = try String(contentsOfFile: trace, encoding: .utf8)
    let forms = [
      MailHouse.password, Data(MailHouse.password.utf8).base64EncodedString(),
      Data("\0wire@\(MailHouse.domain)\0\(MailHouse.password)".utf8).base64EncodedString(),
    ]
    let lines = text.split(separator: "\n").filter { line in forms.contains { line.contains($0) } }
    // Read one byte at a time, so that not even that line is there.
    #expect(lines.isEmpty, "\(lines)")
    #expect(text.contains("sendto(") || text.contains("sendmsg("), "the trace shows connections")
    #expect(!forms.contains { (run.output + run.talk).contains($0) })
  }

  @Test func `while it runs it has no password in its arguments and environment`() throws {
    let started = try start(named("wire") + ["--deep", "--json"], password: MailHouse.password)
    var looks = 0
    while started.0.isRunning {
      for file in ["cmdline", "environ"] {
        let path = "/proc/\(started.0.processIdentifier)/\(file)"
        guard let content = FileManager.default.contents(atPath: path), !content.isEmpty else {
          continue
        }
        looks += 1
        #expect(!String(decoding: content, as: UTF8.self).contains(MailHouse.password))
      }
      usleep(5000)
    }
    #expect(try finish(started).status == 0 && looks > 10)
  }

  // MARK: Signals

  /// Ctrl-C while the folder is there.
  @Test func `a signal leaves nothing behind`() throws {
    func isThere() -> Bool {
      house.folders(of: "stopped").contains { $0.contains("profile-rewriter") }
    }
    // The instant is not always hit.
    for _ in 0..<8 {
      let started = try start(
        named("stopped") + ["--deep", "--json"], password: MailHouse.password)
      let end = Date() + 30
      while started.0.isRunning, !isThere(), Date() < end { usleep(500) }
      kill(started.0.processIdentifier, SIGINT)
      let run = try finish(started)
      #expect(!isThere())
      guard run.status == 130 else { continue }
      let rows = try run.rows()
      guard rows.contains(where: { $0["code"] as? String == "stopped" }) else { continue }
      #expect(
        rows.contains { $0["stage"] as? String == "delete" && $0["status"] as? String == "ok" })
      #expect(run.talk.contains("removing what was made on servers"))
      return
    }
    Issue.record("no run was stopped while its folder was there")
  }
}
