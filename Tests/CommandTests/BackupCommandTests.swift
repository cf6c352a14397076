import Foundation
import Testing

/// `backup` as a process, and its files read by programs that know nothing of it: Python's mailbox,
/// sha256sum, age, GnuPG, zstd, xz.
@Suite struct BackupCommandTests {
  /// A message for each thing that an mbox can do to one.
  static let inbox: [(id: String, content: [UInt8], status: String, keys: String)] = [
    ("plain", bytes("Subject: plain\nMessage-ID: <plain@x.test>\n\nbody\n"), "0001", ""),
    (
      "quoted", bytes("Subject: q\nMessage-ID: <quoted@x.test>\n\nFrom a\n>From b\n>>From c\n"),
      "0004", "$label1 work"
    ),
    (
      "crlf", bytes("Subject: c\r\nMessage-ID: <crlf@x.test>\r\n\r\nbody\r\nFrom d\r\n"), "1002", ""
    ),
    (
      "eight", bytes("Subject: e\nMessage-ID: <eight@x.test>\n\n") + [0xE9, 0x80, 0, 0xFF, 0x0A],
      "0000", ""
    ),
    (
      "blank", bytes("Subject: b\nMessage-ID: <blank@x.test>\n\nends in empty lines\n\n\n"), "0000",
      ""
    ),
    (
      "large",
      bytes("Subject: l\nMessage-ID: <large@x.test>\n\n")
        + [UInt8](repeating: UInt8(ascii: "x"), count: 9_000_000) + [0x0A], "0001", ""
    ),
  ]

  static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// The store's own form of a message, as Thunderbird 153 writes it.
  private static func stored(_ content: [UInt8], _ status: String, _ keys: String) -> [UInt8] {
    var lines: [[UInt8]] = []
    for line in content.split(separator: 0x0A, omittingEmptySubsequences: false) {
      let rest = line.drop { $0 == UInt8(ascii: ">") }
      lines.append((rest.starts(with: Array("From ".utf8)) ? [UInt8(ascii: ">")] : []) + line)
    }
    return bytes("From - Tue Nov 24 02:43:51 2026\r\nX-Account-Key: account1\nX-UIDL: u\n")
      + bytes(
        "X-Mozilla-Status: \(status)\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: \(keys)  \n")
      + Array(lines.joined(separator: [0x0A])) + bytes("\r\n")
  }

  private static func home() throws -> ThunderbirdHome {
    let home = try ThunderbirdHome()
    let mail = home.profile.appendingPathComponent("Mail/pop.example.net-1")
    try FileManager.default.createDirectory(at: mail, withIntermediateDirectories: true)
    var store: [UInt8] = []
    for message in inbox { store += stored(message.content, message.status, message.keys) }
    store += stored(bytes("Subject: gone\nMessage-ID: <gone@x.test>\n\nx\n"), "0009", "")
    store += bytes("From - Tue Nov 24 02:43:51 2026\nSubject: cut\nMessage-ID: <cut@x.te")
    try Data(store).write(to: mail.appendingPathComponent("Inbox"))
    try FileManager.default.createDirectory(
      at: mail.appendingPathComponent("Projects.sbd"), withIntermediateDirectories: true)
    try Data().write(to: mail.appendingPathComponent("Projects"))
    try Data(
      stored(bytes("Subject: n\nMessage-ID: <nested@x.test>\n\nno final newline"), "0001", "")
        .dropLast(2)
    ).write(to: mail.appendingPathComponent("Projects.sbd/a%b"))
    return home
  }

  /// Reads every mbox and Maildir below a directory; flags as letters.
  private static let reader = """
    import hashlib, json, mailbox, os, re, sys
    found = {}
    def note(folder, message, raw, flags):
        found.setdefault(folder, {})[message["Message-ID"] or ""] = [hashlib.sha256(raw).hexdigest(), "".join(sorted(flags))]
    for place, directories, files in os.walk(sys.argv[1]):
        for name in files:
            if name.endswith(".mbox"):
                box = mailbox.mbox(os.path.join(place, name), create=False)
                for key in box.keys():
                    raw = re.sub(rb"(?m)^>(>*From )", rb"\\1", box.get_bytes(key).split(b"\\n", 6)[6])
                    note(name[:-5], box[key], raw, box[key].get_flags())
        for name in list(directories):
            if name.endswith(".maildir"):
                box = mailbox.Maildir(os.path.join(place, name), create=False)
                for key in box.keys():
                    note(name[:-8], box[key], box.get_bytes(key), box[key].get_flags())
    print(json.dumps(found))
    """

  private static func read(_ directory: URL) throws -> [String: [String: [String]]] {
    let result = try Program.run(["-c", reader, directory.path], as: "/usr/bin/python3")
    #expect(result.status == 0, "\(result.talk)")
    return try #require(
      JSONSerialization.jsonObject(with: Data(result.stdout)) as? [String: [String: [String]]])
  }

  private static func sha256(_ content: [UInt8]) throws -> String {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try Data(content).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let result = try Program.run([file.path], as: "/usr/bin/sha256sum")
    return String(result.output.prefix(64))
  }

  private static func create(
    _ home: ThunderbirdHome, _ more: [String] = []
  ) throws -> (row: [String: Any], path: URL) {
    let to = home.scratch.appendingPathComponent("backups")
    let result = try Program.run(
      ["backup", "create", home.home.path, "--to", to.path, "--json"] + more,
      environment: ["PATH": "/usr/bin:/bin"])
    #expect(result.status == 0, "\(result.output)\(result.talk)")
    let row = try #require(try result.rows().first)
    return (row, URL(fileURLWithPath: try #require(row["path"] as? String)))
  }

  @Test(arguments: ["mbox", "maildir"])
  func anotherReaderFindsEveryMessageByteForByte(_ format: String) throws {
    let home = try Self.home()
    let before = try home.contents()
    let (row, path) = try Self.create(home, ["--format", format])
    #expect(row["messages"] as? Int == 8)
    #expect(row["deleted"] as? Int == 1)
    #expect(row["damaged"] as? Int == 1)
    let found = try Self.read(path)
    let inbox = try #require(found["Inbox"])
    #expect(inbox.count == 7)
    #expect(inbox.keys.contains("<gone@x.test>") == false)
    for message in Self.inbox {
      let read = try #require(inbox["<\(message.id)@x.test>"], "\(message.id)")
      #expect(read[0] == (try Self.sha256(message.content)), "\(message.id)")
    }
    #expect(inbox["<plain@x.test>"]?[1] == (format == "mbox" ? "OR" : "S"))
    #expect(inbox["<quoted@x.test>"]?[1].contains("F") == true)
    #expect(inbox["<crlf@x.test>"]?[1] == (format == "mbox" ? "AO" : "PR"))
    #expect(found["a%25b"]?.keys.contains("<nested@x.test>") == true)
    #expect(try home.contents() == before, "the source was changed")
    let verified = try Program.run(["backup", "verify", path.path])
    #expect(verified.status == 0, "\(verified.talk)")
  }

  /// A manifest may claim any number, and two folders of it together more than there is.
  @Test func numbersWithoutEndInAManifest() throws {
    let home = try Self.home()
    let (_, path) = try Self.create(home)
    let manifest = path.appendingPathComponent("manifest.json")
    let text = try String(contentsOf: manifest, encoding: .utf8)
      .replacing(
        try Regex("\"(messages|content_bytes|bytes|damaged|deleted)\" : [0-9]+"),
        with: { "\"\($0.output[1].substring ?? "")\" : 9223372036854775807" })
    #expect(text.contains("9223372036854775807"))
    try Data(text.utf8).write(to: manifest)
    for arguments in [["list"], ["list", "--json"], ["verify"], ["verify", "--json"]] {
      let result = try Program.run(["backup"] + arguments + [path.path])
      #expect((0...1).contains(result.status), "\(arguments): \(result.talk)")
    }
    let restored = try Program.run(
      ["backup", "restore", path.path, "--dry-run", "--even-damaged"] + home.arguments)
    #expect(restored.signal == nil, "\(restored.talk)")
  }

  /// The index names what is damaged, and what was left out.
  @Test func nothingIsSilentlyDropped() throws {
    let home = try Self.home()
    let (_, path) = try Self.create(home)
    let index = try String(
      contentsOf: path.appendingPathComponent("mail/Inbox.index.jsonl"), encoding: .utf8)
    let entries = try index.split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(entries.count == 8)
    let cut = try #require(entries.last)
    #expect(cut["damage"] as? String == "truncated")
    #expect((cut["place"] as? String)?.hasPrefix("Inbox at byte ") == true)
    let gone = try #require(entries.first { $0["left_out"] as? Bool == true })
    #expect(gone["message_id"] as? String == "gone@x.test")
    let quoted = try #require(entries.first { $0["message_id"] as? String == "quoted@x.test" })
    #expect(quoted["keywords"] as? [String] == ["$label1", "work"])
    #expect(quoted["flags"] as? [String] == ["flagged"])
  }

  @Test func nobodyElseMayReadIt() throws {
    let home = try Self.home()
    let (_, path) = try Self.create(home)
    let files = try #require(FileManager.default.enumerator(atPath: path.path))
    var count = 0
    while let name = files.nextObject() as? String {
      let attributes = try FileManager.default.attributesOfItem(
        atPath: path.appendingPathComponent(name).path)
      let isDirectory = attributes[.type] as? FileAttributeType == .typeDirectory
      #expect(attributes[.posixPermissions] as? Int == (isDirectory ? 0o700 : 0o600), "\(name)")
      #expect(attributes[.ownerAccountID] as? Int == Int(geteuid()), "\(name)")
      count += 1
    }
    #expect(count > 5)
  }

  @Test func aChangedByteIsFoundAndNoLongerCountsAsVerified() throws {
    let home = try Self.home()
    let (_, path) = try Self.create(home)
    #expect(try Program.run(["backup", "verify", path.path]).status == 0)
    let file = path.appendingPathComponent("mail/Inbox.mbox")
    var content = try Data(contentsOf: file)
    content[content.count / 2] ^= 1
    try content.write(to: file)
    let result = try Program.run(["backup", "verify", path.path, "--json"])
    #expect(result.status == 1)
    let bad = try result.rows().filter { $0["status"] as? String == "damaged" }
    #expect(bad.count == 1)
    #expect("\(bad)".contains("large@x.test"), "\(bad)")
    let applied = try Self.apply(home)
    #expect(applied["reason"] as? String == "no-backup")
  }

  private static func apply(_ home: ThunderbirdHome) throws -> [String: Any] {
    let result = try Program.run(
      ["apply"] + home.arguments + [
        "--imap-host", "imap.example.net", "--json", "--require-backup",
        home.scratch.appendingPathComponent("backups").path,
      ])
    return try #require(try result.rows().first)
  }

  @Test func aSwitchCanAskForAVerifiedBackupOfTheMailAsItIs() throws {
    let home = try Self.home()
    try FileManager.default.createDirectory(
      at: home.scratch.appendingPathComponent("backups"), withIntermediateDirectories: true)
    let none = try Self.apply(home)
    #expect(none["reason"] as? String == "no-backup")
    let (_, path) = try Self.create(home)
    #expect((try Self.apply(home))["text"].map { "\($0)" }?.contains("not verified") == true)
    #expect(try Program.run(["backup", "verify", path.path]).status == 0)
    let inbox = home.profile.appendingPathComponent("Mail/pop.example.net-1/Inbox")
    let content = try Data(contentsOf: inbox)
    try (content + Data("\n".utf8)).write(to: inbox)
    #expect((try Self.apply(home))["text"].map { "\($0)" }?.contains("has changed") == true)
    let (_, second) = try Self.create(home)
    #expect(try Program.run(["backup", "verify", second.path]).status == 0)
    #expect((try Self.apply(home))["status"] as? String == "applied")
  }

  /// Mail from before an account delivered into another one lies in its own folders still.
  @Test func mailInTwoPlacesIsTwoBackupsAndASwitchAsksForBoth() throws {
    let bob = ThunderbirdHome.Account(key: 2, user: "bob@example.net")
    let home = try ThunderbirdHome(
      accounts: [.init(key: 1), bob],
      extraPrefs: [#"user_pref("mail.server.server2.deferred_to_account", "account1");"#])
    let message = "From - Tue Nov 24 02:43:51 2026\nMessage-ID: <old@x.test>\n\nx\n\n"
    try home.write(home.profilePath("Mail/pop.example.net-2/Inbox"), message)
    let to = home.scratch.appendingPathComponent("backups").path
    let result = try Program.run(["backup", "create", home.home.path, "--to", to, "--json"])
    #expect(result.status == 0, "\(result.output)\(result.talk)")
    let paths = try result.rows().compactMap { $0["path"] as? String }
    #expect(paths.count == 2)
    func apply() throws -> [String: Any] {
      try #require(
        try Program.run(
          ["apply"] + home.arguments + [
            "--match", "bob@example.net", "--imap-host", "imap.example.net", "--json",
            "--require-backup", to,
          ]
        ).rows().first)
    }
    for path in paths {
      #expect((try apply())["reason"] as? String == "no-backup")
      #expect(try Program.run(["backup", "verify", path]).status == 0)
    }
    #expect((try apply())["status"] as? String == "applied")
  }

  @Test func itIsNeverWrittenBelowWhatItReads() throws {
    let home = try Self.home()
    let link = home.scratch.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: home.home)
    for place in [home.home.path + "/backup", link.path + "/backup", home.scratch.path] {
      let result = try Program.run(["backup", "create", home.home.path, "--to", place, "--json"])
      #expect(result.status == 3, "\(place)")
      #expect(try result.rows().first?["reason"] as? String == "inside-source")
    }
    #expect(
      !FileManager.default.fileExists(atPath: home.home.appendingPathComponent("backup").path))
  }

  @Test func aBackupThatWasBrokenOffIsGoneOnWith() throws {
    let home = try Self.home()
    let first = try Self.create(home)
    // As a run leaves it that was killed after the first folder.
    let files = FileManager.default
    let manifest = first.path.appendingPathComponent("manifest.json")
    var parsed = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: manifest)) as? [String: Any])
    let folders = try #require(parsed["folders"] as? [[String: Any]])
    parsed["folders"] = []
    parsed["completed"] = nil
    try JSONSerialization.data(withJSONObject: parsed).write(
      to: first.path.appendingPathComponent("started.json"))
    try JSONSerialization.data(withJSONObject: folders[0]).write(
      to: first.path.appendingPathComponent("finished.jsonl"))
    try files.removeItem(at: manifest)
    let inbox = first.path.appendingPathComponent("mail/Inbox.mbox")
    let inode = try files.attributesOfItem(atPath: inbox.path)[.systemFileNumber] as? Int
    try Data("torn".utf8).write(to: first.path.appendingPathComponent("mail/Projects/a%25b.mbox"))

    let unfinished = try Program.run(["backup", "verify", first.path.path])
    #expect(unfinished.status == 1)
    let second = try Self.create(home)
    #expect(second.path == first.path)
    #expect(try files.attributesOfItem(atPath: inbox.path)[.systemFileNumber] as? Int == inode)
    #expect(try Program.run(["backup", "verify", second.path.path]).status == 0)
    #expect(try !files.contentsOfDirectory(atPath: second.path.path).contains("started.json"))
  }

  @Test(arguments: ["zstd", "xz"])
  func ageOpensWhatWasEncryptedToIt(_ compression: String) throws {
    let home = try Self.home()
    let key = home.scratch.appendingPathComponent("key").path
    let made = try Program.run(["-o", key], as: "/usr/bin/age-keygen")
    let recipient = try #require(
      made.talk.split(separator: " ").last.map {
        $0.trimmingCharacters(in: .whitespacesAndNewlines)
      })
    let (_, path) = try Self.create(home, ["--compress", compression, "--encrypt-to", recipient])
    let ending = compression == "zstd" ? "zst" : "xz"
    let shell =
      "age -d -i '\(key)' '\(path.path)/mail/Inbox.mbox.\(ending).age' | \(compression) -dc"
    let opened = try Program.run(
      ["-c", shell], environment: ["PATH": "/usr/bin:/bin"], as: "/bin/sh")
    #expect(opened.output.hasPrefix("From - Tue Nov 24 "))
    let closed = try Program.run(["backup", "verify", path.path, "--json"])
    #expect(closed.status == 0)
    #expect(try closed.rows().first?["read"] as? Bool == false)
    let read = try Program.run(
      ["backup", "verify", path.path, "--identity", key, "--json"],
      environment: ["PATH": "/usr/bin:/bin"])
    #expect(read.status == 0, "\(read.talk)")
    #expect(try read.rows().first?["read"] as? Bool == true)
  }

  /// GnuPG would look for a recipient it has no key of in the network, and believe what it finds: whoever
  /// answers there would read the mail. It would have to start this.
  @Test func noKeyIsTakenFromTheNetwork() throws {
    let home = try Self.home()
    let keys = home.scratch.appendingPathComponent("gnupg")
    try FileManager.default.createDirectory(
      at: keys, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    let asked = home.scratch.appendingPathComponent("asked")
    let program = home.scratch.appendingPathComponent("dirmngr")
    try Data("#!/bin/sh\n: > '\(asked.path)'\nexit 1\n".utf8).write(to: program)
    try #require(chmod(program.path, 0o755) == 0)
    try Data("dirmngr-program \(program.path)\n".utf8).write(
      to: keys.appendingPathComponent("gpg.conf"))
    let result = try Program.run(
      [
        "backup", "create", home.home.path, "--json", "--encrypt-to", "nobody@example.net", "--to",
        home.scratch.appendingPathComponent("backups").path,
      ], environment: ["PATH": "/usr/bin:/bin", "GNUPGHOME": keys.path])
    #expect(result.status != 0 && result.talk.contains("nobody@example.net"), "\(result.talk)")
    #expect(!FileManager.default.fileExists(atPath: asked.path))
  }

  @Test func whatToRunNextIsWhole() throws {
    let home = try Self.home()
    let to = home.scratch.appendingPathComponent("backups").path
    let result = try Program.run(["backup", "create", home.home.path, "--to", to])
    let next = try #require(result.talk.firstMatch(of: /next: profile-rewriter (.*)/)).output.1
    #expect(next.contains(to), "\(result.talk)")
    #expect(try Program.run(next.split(separator: " ").map(String.init)).status == 0)
  }

  // MARK: restore

  /// With Local Folders, as the client makes them at its first start.
  private static func fresh() throws -> ThunderbirdHome {
    let home = try ThunderbirdHome()
    let prefs = home.profile.appendingPathComponent("prefs.js")
    let text = try String(contentsOf: prefs, encoding: .utf8)
    let local = """
      user_pref("mail.accountmanager.localfoldersserver", "server90");
      user_pref("mail.server.server90.type", "none");
      user_pref("mail.server.server90.name", "Local Folders");
      user_pref("mail.server.server90.hostname", "Local Folders");
      user_pref("mail.server.server90.directory-rel", "[ProfD]Mail/Local Folders");

      """
    try (text + local).write(to: prefs, atomically: false, encoding: .utf8)
    try FileManager.default.createDirectory(
      at: home.profile.appendingPathComponent("Mail/Local Folders"),
      withIntermediateDirectories: true)
    return home
  }

  @Test(arguments: [[], ["--format", "maildir"], ["--compress", "zstd", "--encrypt-to", "KEY"]])
  func whatIsRestoredIsWhatWasBackedUp(_ storage: [String]) throws {
    let home = try Self.home()
    let key = home.scratch.appendingPathComponent("key").path
    let made = try Program.run(["-o", key], as: "/usr/bin/age-keygen")
    let recipient = made.talk.split(separator: " ").last.map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let (_, path) = try Self.create(home, storage.map { $0 == "KEY" ? recipient ?? "" : $0 })
    let fresh = try Self.fresh()
    let state = ["--state", fresh.scratch.appendingPathComponent("restore-state").path]
    let before = try fresh.contents()
    let path2 = ["PATH": "/usr/bin:/bin"]
    let arguments = ["backup", "restore", path.path, fresh.home.path] + state
    let keys = storage.contains("KEY") ? ["--identity", key] : []
    if !keys.isEmpty {
      let closed = try Program.run(arguments, environment: path2)
      #expect(closed.status == 1 && closed.talk.contains("--identity"), "\(closed.talk)")
      #expect(try fresh.contents() == before)
    }
    let planned = try Program.run(arguments + keys + ["--dry-run", "--json"], environment: path2)
    #expect(planned.status == 0, "\(planned.talk)")
    #expect(try fresh.contents() == before)
    let result = try Program.run(
      arguments + keys + ["--json", "--into", "Back"], environment: path2)
    #expect(result.status == 0, "\(result.output)\(result.talk)")
    let rows = try result.rows().filter { $0["type"] as? String == "folder" }
    #expect(
      rows.map { $0["messages"] as? Int }
        == (try planned.rows().dropLast().map { $0["messages"] as? Int }))
    #expect(rows.first?["target"] as? [String] == ["Local Folders", "Back", "Inbox"])
    let restored = fresh.profile.appendingPathComponent("Mail/Local Folders/Back.sbd/Inbox")
    let store = [UInt8](try Data(contentsOf: restored))
    for message in Self.inbox where message.id != "crlf" && message.id != "quoted" {
      #expect(Self.holds(store, message.content), "\(message.id)")
    }
    let undone = try Program.run(["rollback", "--last"] + state)
    #expect(undone.status == 0, "\(undone.talk)")
    #expect(try fresh.contents() == before)
  }

  private static func holds(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    Data(bytes).range(of: Data(part)) != nil
  }

  /// A backup that is not what was written is not put back unless that is asked for, and not by halves.
  @Test func aDamagedBackupIsRefused() throws {
    let home = try Self.home()
    defer { withExtendedLifetime(home) {} }
    let (_, path) = try Self.create(home)
    let mbox = path.appendingPathComponent("mail/Inbox.mbox")
    var content = [UInt8](try Data(contentsOf: mbox))
    let place = try #require(Data(content).range(of: Data("Subject: e".utf8)))
    content[place.upperBound - 1] = UInt8(ascii: "E")
    try Data(content).write(to: mbox)
    let fresh = try Self.fresh()
    let before = try fresh.contents()
    let state = ["--state", fresh.scratch.appendingPathComponent("restore-state").path]
    let refused = try Program.run(
      ["backup", "restore", path.path, fresh.home.path, "--json"] + state)
    #expect(try refused.rows().first?["reason"] as? String == "damaged-backup")
    #expect(try fresh.contents() == before)
    let forced = try Program.run(
      ["backup", "restore", path.path, fresh.home.path, "--even-damaged"] + state)
    #expect(forced.status == 0, "\(forced.talk)")
  }
}
