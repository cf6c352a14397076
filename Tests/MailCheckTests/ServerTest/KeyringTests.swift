import Foundation
import Glibc
import ProfileRewriter
import Testing

@testable import MailCheck

/// A user's own keyring, asked as that user: a real gnome-keyring on a session bus of its own.
@Suite struct KeyringTests {
  private let house: MailHouse

  init() throws { house = try MailHouse.shared() }

  @Test func `passwords that Evolution has saved`() throws {
    let session = try KeyringSession()
    let known = try session.evolutionAccount("keyring", house.service(user: "keyring").settings)
    let unknown = try session.evolutionAccount(
      "alice", house.service().settings, savesPassword: false)
    let keyring = DesktopKeyring(owner: session.user, home: Array(session.home.utf8))
    let secret = try keyring.password(by: ["e-source-uid", known])
    #expect(secret.withBytes { String(decoding: $0, as: UTF8.self) } == MailHouse.password)
    let error = #expect(throws: PasswordFailure.self) {
      try keyring.password(by: ["e-source-uid", unknown])
    }
    #expect(error?.text.contains("has no password for this account") == true)
    let rows = try rows(session)
    #expect(
      rows.contains { $0["account"] as? String == known && $0["stage"] as? String == "quota" })
    #expect(
      rows.contains {
        $0["account"] as? String == unknown && $0["code"] as? String == "no-password"
      })
  }

  /// As root over the user's home.
  private func rows(_ session: KeyringSession) throws -> [[String: Any]] {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: bundle).deletingLastPathComponent()
      .appendingPathComponent("profile-rewriter")
    process.arguments = [
      "test", session.home, "--libsecret", "--json", "--ca-file", Certificates.authority,
    ]
    process.environment = ["HOME": "/nonexistent", "LC_ALL": "C.UTF-8"]
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 6, "one has no password: \(text)")
    return try text.split(separator: "\n").map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
  }

  /// Whose keyring it is can take the pipe's other end out of secret-tool.
  @Test(.timeLimit(.minutes(10))) func `an answer that somebody keeps from ending`() throws {
    let pipe = try ProgramPipe()
    defer { close(pipe.reads) }
    #expect(write(pipe.writes, "secret", 6) == 6)
    let error = #expect(throws: PasswordFailure.self) {
      try DesktopKeyring.answer(in: pipe.reads)
    }
    #expect(error?.text.contains("no password can be read") == true)
    #expect(write(pipe.writes, "secret", 6) == 6)
    close(pipe.writes)
    let secret = try DesktopKeyring.answer(in: pipe.reads)
    #expect(secret.withBytes { String(decoding: $0, as: UTF8.self) } == "secret")
  }

  @Test func `somebody who is not logged in`() throws {
    let error = #expect(throws: PasswordFailure.self) {
      try DesktopKeyring(owner: 54321, home: Array("/nonexistent".utf8)).password(
        by: ["e-source-uid", "x"])
    }
    #expect(error?.text.contains("not logged in") == true)
  }
}

/// A desktop session of a user who has no other: bus, keyring, home.
private final class KeyringSession {
  let user: uid_t
  let home: String
  private let scratch: Scratch
  private let runtime: String
  private var programs: [LongLivedProgram] = []

  init() throws {
    try #require(geteuid() == 0, "only root acts as others")
    user = try #require(getpwnam("games")).pointee.pw_uid
    scratch = try Scratch()
    home = scratch.path("home")
    runtime = "/run/user/\(user)"
    try #require(!FileManager.default.fileExists(atPath: runtime), "\(runtime) is somebody's")
    // As a login would make it, where nobody has logged in.
    try FileManager.default.createDirectory(
      atPath: "/run/user", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755]
    )
    for directory in [home, runtime] {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
      )
      chown(directory, user, user)
    }
    programs.append(
      try LongLivedProgram(
        asUser([
          "/usr/bin/dbus-daemon", "--session", "--nofork", "--address=unix:path=\(runtime)/bus",
        ])))
    try wait(for: "\(runtime)/bus")
    let input = Pipe()
    programs.append(
      try LongLivedProgram(
        asUser([
          "/usr/bin/gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets",
        ]),
        input: input.fileHandleForReading.fileDescriptor))
    try input.fileHandleForWriting.write(contentsOf: Data("unlock".utf8))
    try input.fileHandleForWriting.close()
    try wait(for: "\(runtime)/keyring/control")
  }

  deinit {
    for program in programs.reversed() { program.end(SIGTERM) }
    try? FileManager.default.removeItem(atPath: runtime)
  }

  private func asUser(_ words: [String]) -> [String] {
    [
      "/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "/usr/bin/env",
      "-i",
      "HOME=\(home)", "XDG_RUNTIME_DIR=\(runtime)",
      "DBUS_SESSION_BUS_ADDRESS=unix:path=\(runtime)/bus",
      "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8",
    ] + words
  }

  private func wait(for path: String) throws {
    let end = Date() + 30
    while !FileManager.default.fileExists(atPath: path), Date() < end { usleep(20_000) }
    try #require(FileManager.default.fileExists(atPath: path), "\(path)")
  }

  /// An account's file, and its password as Evolution saves it.
  /// - Returns: its uid.
  func evolutionAccount(
    _ uid: String, _ settings: ServerSettings, savesPassword: Bool = true
  ) throws -> String {
    let sources = home + "/.config/evolution/sources"
    try FileManager.default.createDirectory(atPath: sources, withIntermediateDirectories: true)
    let file = "\(sources)/\(uid).source"
    try """
    [Data Source]
    DisplayName=\(uid)
    Enabled=true
    Parent=

    [Mail Account]
    BackendName=imapx

    [Authentication]
    Host=\(settings.host)
    Method=none
    Port=\(settings.port)
    User=\(settings.username)

    [Security]
    Method=ssl-on-alternate-port

    """.write(toFile: file, atomically: false, encoding: .utf8)
    for path in [home + "/.config", home + "/.config/evolution", sources, file] {
      chown(path, user, user)
    }
    guard savesPassword else { return uid }
    let process = Process()
    let input = Pipe()
    let words = asUser([
      "/usr/bin/secret-tool", "store", "--label=Evolution Data Source", "xdg:schema",
      "org.gnome.Evolution.Data.Source", "e-source-uid", uid, "eds-origin", "evolution-data-server",
    ])
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = Array(words.dropFirst())
    process.standardInput = input
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(MailHouse.password.utf8))
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "secret-tool store")
    return uid
  }
}
