import Foundation
import Testing

/// Files that are not what they should be: each is named with its place and a documented reason,
/// nothing of the profile is written, and the profile beside it is done all the same.
@Suite struct BadInputTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var reason: String
    /// Of plan and apply.
    var status: Int32 = 3
    /// What the text must hold.
    var says: [String]
    /// Whether a row names the account, and not the profile as a whole.
    var ofAccount = false
    var spoil: @Sendable (ThunderbirdHome) throws -> Void

    var testDescription: String { name }
  }

  static let prefs: [Case] = [
    .init(name: "empty", reason: "syntax", says: ["prefs.js", "empty", "backup"]) {
      try Data().write(to: $0.prefs)
    },
    .init(
      name: "truncated in a statement", reason: "syntax", says: ["prefs.js", "line", "column"]
    ) { try $0.cutPrefs(after: #"user_pref("mail.identity.id1.fullName","#) },
    .init(
      name: "truncated in a string", reason: "syntax", says: ["never closed", "line", "\n", "^"]
    ) { try $0.cutPrefs(after: #"user_pref("mail.identity.id1.fullName", "Al"#) },
    .init(name: "binary", reason: "syntax", says: ["prefs.js", "line 1, column"]) {
      try Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ 0x80) }).write(to: $0.prefs)
    },
    .init(
      name: "a NUL inside", reason: "syntax", says: ["prefs.js", "line", "\\u{0000}", "NUL byte"]
    ) {
      try Data("\(try $0.readPrefs())user_pref(\"a\", \"b\0c\");\n".utf8).write(to: $0.prefs)
    },
    .init(name: "a directory", reason: "not-regular", says: ["prefs.js is a directory"]) {
      try $0.replace("prefs.js") { mkdir($0, 0o700) }
    },
    .init(name: "a FIFO", reason: "not-regular", says: ["prefs.js is a FIFO"]) {
      try $0.replace("prefs.js") { mkfifo($0, 0o600) }
    },
    .init(name: "a link inside the home", reason: "symlink", says: ["prefs.js is a symbolic"]) {
      try $0.moveAway("prefs.js", to: "other.js", linkTo: "other.js")
    },
    .init(name: "a link out of the home", reason: "symlink", says: ["prefs.js is a symbolic"]) {
      try $0.moveAway("prefs.js", to: "../../../other.js", linkTo: "../../../other.js")
    },
    .init(
      name: "a hard link", reason: "metadata", says: ["prefs.js has 2 names"], ofAccount: true
    ) { home in
      #expect(link(home.prefs.path, home.profile.path + "/same.js") == 0)
    },
    .init(name: "above the limit", reason: "too-large", says: ["prefs.js has 71303168 bytes"]) {
      #expect(truncate($0.prefs.path, 68 << 20) == 0)
    },
  ]

  static let companions: [Case] = [
    .init(
      name: "logins.json broken", reason: "syntax", says: ["logins.json", "line 1, column 11"],
      ofAccount: true
    ) { try $0.write($0.profilePath("logins.json"), #"{"nextId":"#) },
    .init(
      name: "logins.json empty", reason: "syntax", says: ["logins.json", "line 1"], ofAccount: true
    ) { try $0.write($0.profilePath("logins.json"), "") },
    .init(
      name: "logins.json a directory", reason: "not-regular", says: ["logins.json is a directory"],
      ofAccount: true
    ) { try $0.replace("logins.json") { mkdir($0, 0o700) } },
    .init(
      name: "virtualFolders.dat a directory", reason: "not-regular",
      says: ["virtualFolders.dat is a directory"], ofAccount: true
    ) { try $0.replace("virtualFolders.dat") { mkdir($0, 0o700) } },
    .init(
      name: "msgFilterRules.dat binary", reason: "syntax",
      says: ["msgFilterRules.dat", "line 1, column"], ofAccount: true
    ) {
      try Data((0..<300).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ 0x80) }).write(
        to: $0.profile.appendingPathComponent("Mail/pop.example.net-1/msgFilterRules.dat"))
    },
    .init(
      name: "msgFilterRules.dat a FIFO", reason: "not-regular",
      says: ["msgFilterRules.dat is a FIFO"], ofAccount: true
    ) { try $0.replace("Mail/pop.example.net-1/msgFilterRules.dat") { mkfifo($0, 0o600) } },
    .init(name: "user.js a directory", reason: "not-regular", says: ["user.js is a directory"]) {
      try $0.replace("user.js") { mkdir($0, 0o700) }
    },
    .init(
      name: "the lock file a directory", reason: "not-regular",
      says: [".parentlock is a directory"], ofAccount: true
    ) { try $0.replace(".parentlock") { mkdir($0, 0o700) } },
  ]

  private let target = ["--imap-host", "imap.example.net"]

  @Test(arguments: prefs + companions) func isRefusedAndTheOthersAreDone(_ bad: Case) throws {
    let home = try ThunderbirdHome()
    try bad.spoil(home)
    let before = try home.fingerprint()
    let scan = try Program.run(["scan", "--json"] + home.arguments)
    if !bad.ofAccount {
      #expect(scan.status == bad.status, "\(scan.talk)")
      try expect(try #require(scan.rows().first), bad, "state", "blocked")
    }
    for command in ["plan", "apply"] {
      let result = try Program.run([command, "--json"] + target + home.arguments)
      // The lock file is no matter of plan's but of whoever has to take the lock.
      #expect(result.status == bad.status, "\(command): \(result.talk)")
      let row = try #require(result.rows().first)
      if command == "apply" {
        try expect(row, bad, "status", "refused")
      } else {
        try expect(row, bad, "type", "refused")
      }
    }
    #expect(!home.hasState, "a state directory was made for nothing")
    let good = try ThunderbirdHome()
    let both = try Program.run(
      ["apply", "--json", home.home.path, good.home.path, "--state", good.state.path] + target)
    #expect(both.status == bad.status)
    let rows = try both.rows()
    #expect(rows.contains { $0["status"] as? String == "applied" }, "\(both.output)")
    #expect(rows.last?["applied"] as? Int == 1)
    #expect(try good.readPrefs().contains(#""mail.server.server1.type", "imap""#))
    #expect(try home.fingerprint() == before)
    #expect(try home.litter() == [])
  }

  private func expect(
    _ row: [String: Any], _ bad: Case, _ name: String, _ value: String,
    _ place: SourceLocation = #_sourceLocation
  ) throws {
    #expect(row[name] as? String == value, sourceLocation: place)
    #expect(row["reason"] as? String == bad.reason, "\(row)", sourceLocation: place)
    let text = row["text"] as? String ?? ""
    #expect(!text.contains(";;"), "\(text)", sourceLocation: place)
    for part in bad.says { #expect(text.contains(part), "\(text)", sourceLocation: place) }
    #expect((row["account"] is String) == bad.ofAccount, sourceLocation: place)
  }

  // MARK: - What is odd and goes

  @Test func aMissingFinalLineEndComesBackMissing() throws {
    let home = try ThunderbirdHome()
    let text = try home.readPrefs()
    try Data(text.utf8.dropLast()).write(to: home.prefs)
    let before = try home.contents()
    #expect(try Program.run(["apply"] + target + home.arguments).status == 0)
    #expect(try Program.run(["rollback", "--last", "--state", home.state.path]).status == 0)
    #expect(try home.contents() == before)
  }

  /// The client passes over what it cannot read there, and nothing of ours is ever written to them.
  @Test(arguments: ["user.js", "virtualFolders.dat"])
  func anOddFileThatIsOnlyReadStops(_ name: String) throws {
    let home = try ThunderbirdHome()
    try home.write(home.profilePath(name), "user_pref(\"a\", \"\u{1}\n%%% ;\n\n")
    let before = try home.contents()
    let result = try Program.run(["apply", "--json"] + target + home.arguments)
    #expect(result.status == 0, "\(result.output)")
    #expect(try home.contents()[home.profilePath(name)] == before[home.profilePath(name)])
    #expect(try Program.run(["rollback", "--last", "--state", home.state.path]).status == 0)
    #expect(try home.contents() == before)
  }

  // MARK: - Large files

  @Test func fiftyMegabytesAreSwitchedAndComeBack() throws {
    let home = try ThunderbirdHome()
    let line = #"user_pref("zz.padding", "\#(String(repeating: "x", count: 1 << 16))");"# + "\n"
    let padding = Data(String(repeating: line, count: (50 << 20) / line.utf8.count).utf8)
    let original = try Data(contentsOf: home.prefs) + padding
    try original.write(to: home.prefs)
    #expect(try bounded(["apply"] + target + home.arguments).status == 0)
    #expect(try Data(contentsOf: home.prefs) != original)
    #expect(try bounded(["rollback", "--last", "--state", home.state.path]).status == 0)
    #expect(try Data(contentsOf: home.prefs) == original)
  }

  @Test(arguments: [UInt8(0), UInt8(ascii: "x"), UInt8(ascii: "\n"), UInt8(ascii: "\"")])
  func fiftyMegabytesOfNonsenseAreRefused(_ byte: UInt8) throws {
    let home = try ThunderbirdHome()
    try Data(repeating: byte, count: 50 << 20).write(to: home.prefs)
    let result = try bounded(["apply", "--json"] + target + home.arguments)
    let row = try #require(result.rows().first)
    if byte == UInt8(ascii: "\n") {
      // Nothing but empty lines is a profile without accounts.
      #expect(result.status == 0 && row["type"] as? String == "summary")
    } else {
      #expect(result.status == 3)
      #expect(row["reason"] as? String == "syntax")
      #expect((row["text"] as? String ?? "").utf8.count < 4096)
    }
    #expect(!home.hasState)
  }

  /// Twelve times the file in memory and two minutes, in a build without optimisation. A sanitizer
  /// reserves terabytes of addresses, and takes its time.
  private func bounded(_ arguments: [String]) throws -> Program.Result {
    let isSanitized = ProcessInfo.processInfo.environment["SANITIZED"] != nil
    let limits = isSanitized ? "exec timeout 1200" : "ulimit -v 1500000; exec timeout 120"
    return try Program.run(
      ["-c", limits + #" "$0" "$@""#, Program.path] + arguments, as: "/bin/bash")
  }
}

extension ThunderbirdHome {
  fileprivate func cutPrefs(after mark: String) throws {
    let text = try readPrefs()
    let end = try #require(text.range(of: mark)).upperBound
    try Data(text[..<end].utf8).write(to: prefs)
  }

  /// Puts something else in a file's place.
  func replace(_ name: String, _ make: (String) -> Int32) throws {
    let file = profile.appendingPathComponent(name)
    try? FileManager.default.removeItem(at: file)
    #expect(make(file.path) == 0)
  }

  fileprivate func moveAway(_ name: String, to other: String, linkTo target: String) throws {
    let file = profile.appendingPathComponent(name)
    try FileManager.default.moveItem(
      at: file, to: profile.appendingPathComponent(other).standardizedFileURL)
    #expect(symlink(target, file.path) == 0)
  }
}
