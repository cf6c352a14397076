import ConfigFormats
import MailCheck
import ProfileRewriter

/// What is to be brought where.
public struct UploadOrder: Sendable {
  /// The account as it is now: IMAP.
  public var account: ServerSettings
  public var source: any MailSource
  /// Names from the top to the folder that is to hold all others, the inbox too; nil: each goes to
  /// its own place.
  public var into: [String]?
  /// Upload what fits although not all does.
  public var untilFull = false
  /// Only look, and make nothing.
  public var isDryRun = false
  /// Count first, so that progress can say how much is left.
  public var countsFirst = false

  public init(account: ServerSettings, source: any MailSource) {
    self.account = account
    self.source = source
  }
}

/// Who is told, and what a run goes by.
public struct UploadSurroundings {
  public var stateDirectory: [UInt8]
  public var connection = ConnectionSettings()
  /// Seconds without a change on the server after which nothing more is expected of a connection
  /// that broke in an earlier run.
  public var quiet = 3.0
  /// Seconds to wait before each attempt to connect again after a connection has broken; as many attempts
  /// are made without any message getting through in between. Empty: a run ends with its connection.
  public var reconnectDelays = [1.0, 5.0, 20.0]
  public var shouldStop: () -> Bool = { false }
  public var emit: (UploadEvent) -> Void = { _ in }
  public var progress: (UploadProgress) -> Void = { _ in }
  /// A connection has broken, and is to be made again.
  public var reconnecting: (Refusal) -> Void = { _ in }

  public init(stateDirectory: [UInt8]) { self.stateDirectory = stateDirectory }
}

/// One account's local mail on its way to the account's server.
public final class AccountUpload {
  private let order: UploadOrder
  private let around: UploadSurroundings
  private let session: UploadSession
  private var reconnection: Reconnection
  private var progress = UploadProgress()
  private var totals: [MailFolder: MailTotals] = [:]

  /// Logs in, once; again only where that connection breaks later.
  /// - Throws: `login-refused`, `server-unreachable`, `unsupported`.
  public init(_ order: UploadOrder, _ password: Secret, _ around: UploadSurroundings)
    throws(Refusal)
  {
    self.order = order
    self.around = around
    session = try UploadSession(order.account, password, around.connection)
    reconnection = Reconnection(delays: around.reconnectDelays)
  }

  /// Uploads, or looks.
  /// - Throws: what concerns the account as a whole; a folder's own failure stands in its row.
  public func run() throws(Refusal) {
    let mapping = FolderMapping(try session.layout(), into: order.into)
    let folders = mapping.map(order.source.folders)
    if order.isDryRun {
      try plan(folders)
    } else {
      try upload(folders)
    }
    session.logout()
  }

  private func plan(_ folders: [MappedFolder]) throws(Refusal) {
    for folder in folders where !around.shouldStop() {
      var row = UploadedFolder(folder)
      row.status = .planned
      do throws(Refusal) {
        let totals = try order.source.totals(of: folder.local, shouldStop: around.shouldStop)
        row.messages = totals.messages
        row.bytes = totals.bytes
      } catch {
        row.status = .refused
        row.refusal = error
      }
      around.emit(.folder(row))
    }
  }

  private func upload(_ folders: [MappedFolder]) throws(Refusal) {
    let turn = try UploadTurn.take(order.account, around.stateDirectory)
    guard
      let record = try UploadRecord.open(stateDirectory: around.stateDirectory, create: true)
    else { return }
    let room = order.untilFull ? nil : try RoomLeft(session)
    if room != nil || order.countsFirst { try count(folders) }
    if let room { try requireRoom(room, folders, record) }
    for folder in folders {
      if around.shouldStop() { break }
      let row = upload(folder, record)
      around.emit(.folder(row))
      guard let refusal = row.refusal else { continue }
      // What holds for the whole account is not tried for every folder.
      if !session.isUsable || refusal.reason == .overQuota { throw refusal }
    }
    withExtendedLifetime(turn) {}
  }

  private func count(_ folders: [MappedFolder]) throws(Refusal) {
    for folder in folders where !around.shouldStop() {
      // What cannot be read is said when its turn comes.
      totals[folder.local] = try? order.source.totals(
        of: folder.local, shouldStop: around.shouldStop)
    }
    progress.totalMessages = totals.values.map(\.messages).saturatingSum
    progress.totalBytes = totals.values.map(\.bytes).saturatingSum
  }

  // MARK: Room

  /// Compares first what can be told without reading mail; only where that does not fit is it looked
  /// for what the server has already.
  private func requireRoom(_ room: RoomLeft, _ folders: [MappedFolder], _ record: UploadRecord)
    throws(Refusal)
  {
    var all = MailTotals()
    for folder in folders {
      let local = totals[folder.local] ?? MailTotals()
      var done = (messages: 0, bytes: 0)
      if !folder.isNew, let selected = try? select(folder),
        let recorded = try? recorded(folder, selected, record)
      {
        done = try recorded.done()
      }
      all.messages += max(local.messages - done.messages, 0)
      all.bytes.add(saturating: max(local.bytes.subtracting(saturating: done.bytes), 0))
    }
    guard !room.holds(all) else { return }
    let missing = try missing(folders, record)
    guard !room.holds(missing), !around.shouldStop() else { return }
    throw room.refusal(for: missing)
  }

  /// What the server lacks.
  private func missing(_ folders: [MappedFolder], _ record: UploadRecord) throws(Refusal)
    -> MailTotals
  {
    var missing = MailTotals()
    for folder in folders {
      guard !folder.isNew else {
        missing.messages += totals[folder.local]?.messages ?? 0
        missing.bytes.add(saturating: totals[folder.local]?.bytes ?? 0)
        continue
      }
      let selected = try select(folder)
      let counting = FolderUpload(
        session, UploadedFolder(folder), selected, try recorded(folder, selected, record),
        sizeLimit: try session.sizeLimit(of: folder.mailbox), mode: .count, report: { _ in })
      try forEachMessage(of: folder) { message throws(Refusal) in try counting.add(message) }
      try counting.finish()
      missing.messages += counting.missing
      missing.bytes.add(saturating: counting.missingBytes)
    }
    return missing
  }

  // MARK: A folder

  /// Goes on where the connection breaks: what has been recorded and what has come in is not sent again.
  private func upload(_ folder: MappedFolder, _ record: UploadRecord) -> UploadedFolder {
    var said: Set<String> = []
    let before = progress
    var row = attempt(folder, record, &said)
    while let refusal = row.refusal, session.wasLost {
      do throws(Refusal) {
        guard try reconnect(after: refusal) else { return row }
      } catch {
        row.refusal = error
        return row
      }
      (progress.messages, progress.bytes) = (before.messages, before.bytes)
      let again = attempt(folder, record, &said)
      if again.uploaded + again.arrived > 0 { reconnection.noteSuccess() }
      row = again.continued(from: row)
    }
    return row
  }

  /// - Returns: false where the run is to end as it is.
  /// - Throws: `login-refused` and what else another attempt would not change: a password that is refused
  ///   now is not tried again.
  private func reconnect(after refusal: Refusal) throws(Refusal) -> Bool {
    while !around.shouldStop(), reconnection.wait(around.shouldStop) {
      around.reconnecting(refusal)
      do throws(Refusal) {
        try session.reconnect()
        return true
      } catch {
        guard error.reason == .serverUnreachable else { throw error }
      }
    }
    return false
  }

  /// - Parameter said: messages whose problem has been told.
  private func attempt(
    _ folder: MappedFolder, _ record: UploadRecord, _ said: inout Set<String>
  ) -> UploadedFolder {
    var row = UploadedFolder(folder)
    var known = said
    defer { said = known }
    do throws(Refusal) {
      if folder.isNew { try session.create(folder.mailbox) }
      var selected = try select(folder)
      guard !selected.isReadOnly else {
        throw Refusal(.serverRefused, "the server lets nobody write to this folder")
      }
      let recorded = try recorded(folder, selected, record)
      let interrupted = InterruptedUpload(
        session: session, mailbox: folder.mailbox, record: recorded, quiet: around.quiet)
      let lost = try interrupted.settle(&selected)
      row.arrived = lost.arrived
      let limit = try session.sizeLimit(of: folder.mailbox)
      let work = FolderUpload(session, row, selected, recorded, sizeLimit: limit) {
        [around] problem in
        if known.insert(problem.place).inserted { around.emit(.message(problem)) }
      }
      row = upload(work, folder)
      if row.refusal == nil { row.doubled = try interrupted.doubled(lost) }
    } catch {
      row.refusal = error
      if row.status == .done { row.status = row.messages > 0 ? .partial : .refused }
    }
    return row
  }

  private func upload(_ work: FolderUpload, _ folder: MappedFolder) -> UploadedFolder {
    var failure: Refusal?
    do throws(Refusal) {
      try forEachMessage(of: folder) { message throws(Refusal) in
        try work.add(message)
        progress.messages += 1
        progress.bytes.add(saturating: message.size)
        around.progress(progress)
      }
      if around.shouldStop() { try work.stop() } else { try work.finish() }
    } catch {
      failure = error
      // What is under way may still be answered.
      if session.isUsable { try? work.stop() }
    }
    var row = work.row
    row.refusal = failure
    if failure != nil || around.shouldStop() { row.status = .partial }
    return row
  }

  private func forEachMessage(
    of folder: MappedFolder, _ body: (any LocalMessage) throws(Refusal) -> Void
  ) throws(Refusal) {
    var failure: Refusal?
    do throws(Refusal) {
      try order.source.forEachMessage(of: folder.local) { message in
        do throws(Refusal) {
          try body(message)
        } catch {
          failure = error
        }
        return failure == nil && !around.shouldStop()
      }
    } catch {
      // Where the run is to stop it stops, as between two messages.
      guard error.reason == .interrupted else { throw error }
    }
    if let failure { throw failure }
  }

  private func select(_ folder: MappedFolder) throws(Refusal) -> IMAPSelected {
    try session.ask { client throws(IMAPFailure) in try client.select(folder.mailbox) }
  }

  private func recorded(_ folder: MappedFolder, _ selected: IMAPSelected, _ record: UploadRecord)
    throws(Refusal) -> RecordedMailbox
  {
    guard let validity = selected.mailbox.validity else {
      throw Refusal(.unsupported, "the server numbers no messages here (UIDVALIDITY)")
    }
    let recorded = try RecordedMailbox(
      record, host: order.account.host, username: order.account.username, name: folder.mailbox,
      validity: validity)
    if try isAnother(selected, than: recorded) { try recorded.forget() }
    return recorded
  }

  /// Whether the mailbox was made anew under the same UIDVALIDITY: UIDNEXT grows with every message, and
  /// never falls (RFC 9051, 2.3.1.1). That messages are missing proves nothing: their reader may
  /// have deleted them, and does not want them again.
  private func isAnother(
    _ selected: IMAPSelected, than recorded: RecordedMailbox
  ) throws(Refusal) -> Bool {
    guard let next = selected.mailbox.nextUID, next > 0, try recorded.highestUID() >= next else {
      return false
    }
    // A server whose UIDNEXT is not even true of what it shows tells nothing by it.
    guard selected.mailbox.messages > 0 else { return true }
    let uids = try session.ask { client throws(IMAPFailure) in try client.allUIDs() }
    return uids.allSatisfy { $0 < next }
  }
}

/// Two uploads to one account at once would both find a message missing.
enum UploadTurn {
  static func take(_ account: ServerSettings, _ stateDirectory: [UInt8]) throws(Refusal)
    -> ProfileGuard?
  {
    guard let state = try StateDirectory.open(stateDirectory, create: true) else { return nil }
    do throws(Refusal) {
      return try state.guardWork(
        "upload", on: Array("\(account.username)@\(account.host.lowercased())".utf8))
    } catch {
      guard error.reason == .busy else { throw error }
      throw Refusal(.busy, "another upload to this account is at work; wait for it")
    }
  }
}
