import ConfigFormats
import MailBackup
import ProfileRewriter

/// What `backup create` prints: a row for each tree of mail.
struct BackupReport {
  private let json: Bool
  private var table = Table(["PROFILE", "ACCOUNTS", "FOLDERS", "MESSAGES", "SIZE", "BACKUP"])
  private var notes: [String] = []
  private var backups = 0
  private var last: [UInt8] = []
  private var refused = 0
  private var messages = 0
  private var bytes = 0

  init(json: Bool) { self.json = json }

  mutating func add(_ manifest: BackupManifest, at path: [UInt8], _ mail: LocalMail) {
    backups += 1
    last = path
    messages.add(saturating: manifest.messages)
    bytes.add(saturating: manifest.contentBytes)
    guard !json else {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "backup")
          line.add(mail.name)
          line.add("accounts", mail.accounts.map(\.key))
          line.add("status", "written")
          line.add("path", path)
          Self.add(manifest, to: &line)
          line.add("reason", String?.none)
          line.add("text", String?.none)
        })
      StandardOutput.shared.flush()
      return
    }
    table.add([
      .init(text: mail.name.shown), .init(text: Self.names(manifest)),
      .init(text: String(manifest.folders.count)), .init(text: String(manifest.messages)),
      .init(text: Progress.size(manifest.contentBytes)), .init(text: path.printable),
    ])
    let damaged = manifest.damaged
    if damaged > 0 {
      notes.append(
        "\(mail.title.printable): \(Talk.count(damaged, "message")) may not be what was received; they "
          + "are in the backup as they are, and named in its indexes")
    }
    let deleted = manifest.deleted
    if deleted > 0 {
      notes.append(
        "\(mail.title.printable): \(Talk.count(deleted, "deleted message")) that the client had not tidied "
          + "away left out, and named in the indexes")
    }
    if manifest.isCommon {
      notes.append(
        "\(mail.title.printable): these folders may hold other mail than these accounts', which is in "
          + "the backup, too")
    }
  }

  mutating func add(_ refusal: Refusal, _ name: ProfileName, _ accounts: [Account]) {
    refused += 1
    guard !json else {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "backup")
          line.add(name)
          line.add("accounts", accounts.map(\.key))
          line.add("status", "refused")
          line.add("reason", refusal.reason.rawValue)
          line.add("text", Talk.readable(refusal.text))
        })
      return
    }
    let who = accounts.map { $0.key.printable }.joined(separator: ", ")
    notes.append("\(name.shown)\(who.isEmpty ? "" : " " + who): \(refusal.shown)")
  }

  func finish() {
    guard !json else {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "summary")
          line.add("command", "backup create")
          line.add("backups", backups)
          line.add("messages", messages)
          line.add("bytes", bytes)
          line.add("refused", refused)
        })
      return
    }
    if !table.isEmpty { StandardOutput.shared.write(table.rendered(for: .output)) }
    StandardOutput.shared.flush()
    for note in notes { Talk.say(note) }
    if backups == 0, refused == 0 { Talk.say("no POP mail found") }
    if backups > 0 { Talk.say("next: profile-rewriter backup verify \(placeToVerify)") }
  }

  /// The one backup, or the directory that holds them all.
  private var placeToVerify: String {
    let parent = last.prefix(last.lastIndex(of: UInt8(ascii: "/")) ?? 0)
    return Shell.quoted(String(decoding: backups == 1 ? last[...] : parent, as: UTF8.self))
  }

  private static func names(_ manifest: BackupManifest) -> String {
    manifest.accounts.map { "\($0.username)@\($0.host)".printable }.joined(separator: ", ")
  }

  private static func add(_ manifest: BackupManifest, to line: inout JSONObject) {
    line.add("title", manifest.title)
    line.add("folders", manifest.folders.count)
    line.add("messages", manifest.messages)
    line.add("bytes", manifest.contentBytes)
    line.add("damaged", manifest.damaged)
    line.add("deleted", manifest.deleted)
  }

  // MARK: List

  static func listed(_ path: [UInt8], _ result: Result<Backup, Refusal>) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "backup")
      line.add("path", path)
      switch result {
      case .success(let backup):
        let manifest = backup.manifest
        line.add("state", backup.isVerified ? "verified" : "complete")
        line.add("created", manifest.created)
        line.add("client", manifest.client)
        line.add("accounts", manifest.accounts.map { "\($0.username)@\($0.host)" })
        line.add("description", manifest.description)
        add(manifest, to: &line)
      case .failure(let refusal):
        line.add("state", "damaged")
        line.add("reason", refusal.reason.rawValue)
        line.add("text", Talk.readable(refusal.text))
      }
    }
  }

  static func row(_ path: [UInt8], _ result: Result<Backup, Refusal>) -> [Table.Cell] {
    let name = path.split(separator: UInt8(ascii: "/")).last.map { Array($0).printable } ?? ""
    switch result {
    case .success(let backup):
      let manifest = backup.manifest
      return [
        .init(text: manifest.created),
        .init(text: backup.isVerified ? "verified" : "complete", style: .good),
        .init(text: String(manifest.messages)),
        .init(text: Progress.size(manifest.contentBytes)), .init(text: names(manifest)),
        .init(text: manifest.description?.printable ?? "-"), .init(text: name),
      ]
    case .failure:
      return [
        .init(text: "-"), .init(text: "damaged", style: .bad), .init(text: "-"), .init(text: "-"),
        .init(text: "-"), .init(text: "-"), .init(text: name),
      ]
    }
  }
}

/// What `backup verify` prints.
struct VerifyReport {
  private let json: Bool
  private var table = Table(["FOLDER", "MESSAGES", "STATUS", "BACKUP"])
  private var notes: [String] = []
  private var folders = 0
  private var damaged = 0
  private var messages = 0
  private var unread = 0

  init(json: Bool) { self.json = json }

  mutating func add(_ verdict: FolderVerdict, of backup: Backup) {
    folders += 1
    messages += verdict.messages
    if !verdict.problems.isEmpty { damaged += 1 }
    if !verdict.wasRead { unread += 1 }
    let status = verdict.problems.isEmpty ? "sound" : "damaged"
    if json {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "folder")
          line.add("backup", backup.path)
          line.add("folder", verdict.names)
          line.add("status", status)
          line.add("messages", verdict.messages)
          line.add("read", verdict.wasRead)
          line.add("problems", verdict.problems.map { Talk.readable($0) })
        })
      return
    }
    let name = verdict.names.map(\.printable).joined(separator: "/")
    table.add([
      .init(text: name), .init(text: String(verdict.messages)),
      .init(text: status, style: verdict.problems.isEmpty ? .good : .bad),
      .init(
        text: backup.path.split(separator: UInt8(ascii: "/")).last.map { Array($0).printable } ?? ""
      ),
    ])
    for problem in verdict.problems { notes.append("\(name): \(problem)") }
  }

  mutating func add(_ refusal: Refusal, at path: [UInt8]) {
    damaged += 1
    if json {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "folder")
          line.add("backup", path)
          line.add("folder", [String]())
          line.add("status", "damaged")
          line.add("reason", refusal.reason.rawValue)
          line.add("problems", [Talk.readable(refusal.text)])
        })
    } else {
      notes.append("\(path.printable): \(refusal.shown)")
    }
  }

  func finish() {
    guard !json else {
      StandardOutput.shared.writeLine(
        JSONObject.line { line in
          line.add("type", "summary")
          line.add("command", "backup verify")
          line.add("folders", folders)
          line.add("messages", messages)
          line.add("damaged", damaged)
        })
      return
    }
    if !table.isEmpty { StandardOutput.shared.write(table.rendered(for: .output)) }
    StandardOutput.shared.flush()
    for note in notes { Talk.say(note) }
    if unread > 0 {
      Talk.say(
        "\(Talk.count(unread, "folder")) encrypted: the files are what was written, the messages were "
          + "not read (--identity or --decrypt)")
    }
    Talk.say(
      damaged == 0
        ? "\(Talk.count(messages, "message")) in \(Talk.count(folders, "folder")), all sound"
        : "\(damaged) of \(Talk.count(folders, "folder")) damaged")
  }
}
