import ConfigFormats
import MailUpload
import ProfileRewriter

/// What `upload` prints: one row per folder, and one per message that was not taken.
struct UploadReport {
  private let json: Bool
  private let isDryRun: Bool
  private var table = Table([
    "FOLDER", "MAILBOX", "STATUS", "MESSAGES", "UPLOADED", "THERE", "BYTES",
  ])
  private var notes: [String] = []
  private var accounts: Set<String> = []
  private var folders = 0
  private var uploaded = 0
  private var present = 0
  private var notTaken = 0
  private var bytes = 0
  private var refused = 0

  init(json: Bool, isDryRun: Bool) {
    self.json = json
    self.isDryRun = isDryRun
  }

  mutating func add(_ row: UploadedFolder, of subject: UploadSubject) {
    folders += 1
    accounts.insert(subject.place)
    uploaded += row.uploaded
    present += row.present
    notTaken += row.damaged + row.refusedMessages
    if row.status != .planned { bytes.add(saturating: row.bytes) }
    if json {
      write(line(row, of: subject))
    } else {
      addToTable(row)
    }
  }

  private mutating func addToTable(_ row: UploadedFolder) {
    let local = row.folder.local.names.joined(separator: "/").printable
    let new = row.folder.isNew && row.status == .planned ? " (new)" : ""
    table.add([
      .init(text: local), .init(text: row.folder.shown.printable + new),
      .init(text: row.status.rawValue, style: Self.style(row.status)),
      .init(text: String(row.messages)),
      .init(text: row.status == .planned ? "-" : String(row.uploaded)),
      .init(text: row.status == .planned ? "-" : String(row.present)),
      .init(text: String(row.bytes)),
    ])
    if let refusal = row.refusal { notes.append("\(local): \(refusal.shown)") }
    if row.deleted > 0 {
      notes.append("\(local): \(Talk.count(row.deleted, "deleted message")) not uploaded")
    }
    if row.withoutKeywords > 0 {
      notes.append(
        "\(local): the server does not keep all tags of \(Talk.count(row.withoutKeywords, "message"))"
      )
    }
    if row.doubled > 0 {
      notes.append(
        "\(local): \(Talk.count(row.doubled, "message")) of an interrupted run came in late and "
          + "\(row.doubled == 1 ? "is" : "are") there twice")
    }
  }

  private static func style(_ status: UploadedFolder.Status) -> Terminal.Style {
    switch status {
    case .planned: .plain
    case .done: .good
    case .partial: .notice
    case .refused: .bad
    }
  }

  mutating func add(_ problem: MessageProblem, of subject: UploadSubject) {
    if json {
      write(
        JSONObject.line { line in
          line.add("type", "message")
          line.add(subject)
          line.add(problem.folder)
          line.add("place", problem.place)
          line.add("reason", problem.refusal.reason.rawValue)
          line.add("text", Talk.readable(problem.refusal.text))
        })
    } else {
      notes.append("\(problem.place.printable): \(problem.refusal.shown)")
    }
  }

  mutating func add(_ subject: UploadSubject, _ refusal: Refusal) {
    add(refusal, subject.name, subject.account.key)
  }

  mutating func add(_ refusal: Refusal, _ name: ProfileName, _ account: String?) {
    refused += 1
    if json {
      write(
        JSONObject.line { line in
          line.add("type", "refused")
          line.add(name)
          line.add("account", account)
          line.add("reason", refusal.reason.rawValue)
          line.add("text", Talk.readable(refusal.text))
        })
    } else {
      let place = name.shown + (account.map { " " + $0.printable } ?? "")
      notes.append("\(place): \(refusal.shown)")
    }
  }

  func finish() {
    if json {
      write(summary)
      return
    }
    if !table.isEmpty { StandardOutput.shared.write(table.rendered(for: .output)) }
    StandardOutput.shared.flush()
    for note in notes { Talk.say(note) }
    guard folders > 0 else {
      if refused == 0 { Talk.say("no IMAP account with old mail on this computer: nothing to do") }
      return
    }
    guard !isDryRun else { return Talk.say("nothing was done (--dry-run)") }
    let rest = notTaken > 0 ? ", \(notTaken) not taken" : ""
    Talk.say(
      "\(Talk.count(uploaded, "message")) uploaded (\(bytes) bytes), \(present) there already\(rest)"
    )
  }

  private func write(_ line: [UInt8]) {
    StandardOutput.shared.writeLine(line)
    StandardOutput.shared.flush()
  }

  private func line(_ row: UploadedFolder, of subject: UploadSubject) -> [UInt8] {
    JSONObject.line { line in
      line.add("type", "folder")
      line.add(subject)
      line.add(row.folder)
      line.add("new", row.folder.isNew)
      line.add("status", row.status.rawValue)
      line.add("messages", row.messages)
      line.add("uploaded", row.uploaded)
      line.add("present", row.present)
      line.add("deleted", row.deleted)
      line.add("damaged", row.damaged)
      line.add("refused", row.refusedMessages)
      line.add("without_keywords", row.withoutKeywords)
      line.add("doubled", row.doubled)
      line.add("bytes", row.bytes)
      line.add("reason", row.refusal?.reason.rawValue)
      line.add("text", row.refusal.map { Talk.readable($0.text) })
    }
  }

  private var summary: [UInt8] {
    JSONObject.line { line in
      line.add("type", "summary")
      line.add("command", "upload")
      line.add("dry_run", isDryRun)
      line.add("accounts", accounts.count)
      line.add("folders", folders)
      line.add("uploaded", uploaded)
      line.add("present", present)
      line.add("not_taken", notTaken)
      line.add("bytes", bytes)
      line.add("refused", refused)
    }
  }
}

extension JSONObject {
  fileprivate mutating func add(_ subject: UploadSubject) {
    add(subject.name)
    add("account", subject.account.key)
  }

  fileprivate mutating func add(_ folder: MappedFolder) {
    add("folder", folder.local.names)
    add("mailbox", folder.shown)
  }
}

extension UploadSubject {
  fileprivate var place: String { name.shown + " " + account.key }
}
