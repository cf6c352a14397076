import ConfigFormats
import Foundation
import MailFormats
import ProfileRewriter

/// What the user wants of a backup.
public struct BackupRequest: Sendable {
  public var storage: BackupStorage
  public var description: String?
  /// Who writes it, for the manifest.
  public var program: String

  public init(storage: BackupStorage, description: String?, program: String) {
    self.storage = storage
    self.description = description
    self.program = program
  }
}

/// What a backup has come to.
public struct BackupProgress: Sendable {
  /// Bytes of the source that are done, and of all there are.
  public var bytes = 0
  public var totalBytes = 0
  public var messages = 0
}

/// Writes the backup of one tree of mail, or goes on with one that was broken off.
public final class BackupWriter {
  private let mail: LocalMail
  private let engine: Engine
  private let directory: PrivateDirectory
  private let request: BackupRequest
  private let progress: (BackupProgress) -> Void
  private var state = BackupProgress()

  /// - Parameters:
  ///   - directory: where backups lie, each in a directory of its own; see ``requireApart(_:_:)``.
  ///   - progress: told after every message; must be quick.
  public init(
    _ mail: LocalMail, of engine: Engine, into directory: PrivateDirectory,
    _ request: BackupRequest,
    progress: @escaping (BackupProgress) -> Void = { _ in }
  ) {
    self.mail = mail
    self.engine = engine
    self.directory = directory
    self.request = request
    self.progress = progress
  }

  /// Refuses to write below what is read, or around it, whatever links lead there. To be asked before
  /// anything is made.
  /// - Parameter path: where backups are to lie, absolute; it need not exist.
  /// - Throws: `inside-source`.
  public static func requireApart(_ path: [UInt8], _ mail: LocalMail) throws(Refusal) {
    let (place, source) = (resolved(path), resolved(mail.root))
    guard
      place == source || place.starts(with: source + [UInt8(ascii: "/")])
        || source.starts(with: place + [UInt8(ascii: "/")])
    else { return }
    throw Refusal(
      .insideSource,
      "\(path.printable) and \(mail.root.printable), which is read, lie one below the other; name a "
        + "directory elsewhere, or the profile's directory as PATH")
  }

  /// The path with the links in it resolved, as far as it exists.
  private static func resolved(_ path: [UInt8]) -> [UInt8] {
    var head = path
    var tail: [UInt8] = []
    while !head.isEmpty {
      let text = head.map { CChar(bitPattern: $0) } + [0]
      if let found = realpath(text, nil) {
        defer { free(found) }
        let real = UnsafeBufferPointer(start: found, count: strlen(found)).map {
          UInt8(bitPattern: $0)
        }
        return (real == [UInt8(ascii: "/")] ? [] : real) + tail
      }
      let slash = head.lastIndex(of: UInt8(ascii: "/")) ?? 0
      tail = Array(head[slash...]) + tail
      head = Array(head[..<slash])
    }
    return tail
  }

  /// - Returns: the backup's directory and manifest; nil where the run is to stop: the same call goes
  ///   on later with the folders that are missing.
  /// - Throws: `client-running`, `stale`, `io`, `program`, and what opening a folder throws.
  public func run() throws(Refusal) -> (path: RelativePath, manifest: BackupManifest)? {
    if let obstacle = engine.obstacle(toReading: mail) { throw obstacle }
    var sources: [String] = []
    var sizes: [Int] = []
    for folder in mail.source.folders {
      sources.append(try digest(of: folder))
      sizes.append(try mail.source.bytes(of: folder))
    }
    state.totalBytes = sizes.saturatingSum
    let job = try BackupJob.begin(header(), in: directory)
    var names = BackupNames()
    var folders: [BackupManifest.Folder] = []
    var isFirst = true
    for (place, (folder, source)) in zip(mail.source.folders, sources).enumerated() {
      let path = names.path(for: folder.names)
      if let done = try job.finished(path, source: source) {
        folders.append(done)
        state.bytes.add(saturating: sizes[place])
        state.messages.add(saturating: done.messages)
        progress(state)
        continue
      }
      if isFirst {
        try requireRoom(for: sizes[place...].saturatingSum, mail.source.folders[place...])
      }
      isFirst = false
      guard let done = try write(folder, path, source, job) else { return nil }
      folders.append(done)
      try job.note(done)
    }
    try requireUnchanged(sources)
    var manifest = job.header
    manifest.folders = folders
    manifest.completed = Self.now()
    try job.complete(manifest)
    return (job.path, manifest)
  }

  /// How little compression leaves, nobody knows before.
  /// - Parameters:
  ///   - bytes: of the folders.
  ///   - folders: that are still to be written.
  private func requireRoom(for bytes: Int, _ folders: ArraySlice<MailFolder>) throws(Refusal) {
    guard request.storage.compression == nil, let room = directory.room, bytes > room else {
      return
    }
    // Where a folder is only said to be so large, that is what is wrong.
    for folder in folders { try mail.source.forEachMessage(of: folder) { _ in false } }
    throw Refusal(
      .io,
      "\(directory.path.printable) has room for \(room) bytes, and the folders take \(bytes); make room, "
        + "compact the folders in the client, or take --compress, and run again")
  }

  private func requireUnchanged(_ sources: [String]) throws(Refusal) {
    for (folder, source) in zip(mail.source.folders, sources) {
      guard try digest(of: folder) == source else {
        throw Refusal(
          .stale,
          "\(folder.shown) changed while the backup was made; close the client and run again, which "
            + "goes on with what is missing")
      }
    }
    if let obstacle = engine.obstacle(toReading: mail) { throw obstacle }
  }

  private func digest(of folder: MailFolder) throws(Refusal) -> String {
    SourceDigest.of(try mail.source.traces(of: folder))
  }

  // MARK: A folder

  private func write(
    _ folder: MailFolder, _ path: [String], _ source: String, _ job: BackupJob
  ) throws(Refusal) -> BackupManifest.Folder? {
    let place = try job.place(for: path, request.storage)
    let sink: any FolderSink =
      switch request.storage.format {
      case .mbox:
        MboxSink(
          try BackupOutput(job.below(place.folder), in: directory, request.storage),
          shouldStop: engine.configuration.shouldStop)
      case .maildir:
        try MaildirSink(
          job.below(place.folder), in: directory, shouldStop: engine.configuration.shouldStop)
      }
    let index = try BackupOutput(job.below(place.index), in: directory, request.storage)
    var record = BackupManifest.Folder(
      names: folder.names, role: folder.role, path: place.folder.text, index: place.index.text,
      messages: 0, damaged: 0, deleted: 0, contentBytes: 0, bytes: 0, sha256: "", indexSha256: "",
      source: source)
    guard try copy(folder, to: sink, index, &record) else { return nil }
    let written = try sink.finish()
    record.bytes = written.size
    record.sha256 = written.sha256.map(IndexEntry.hexadecimal).joined()
    record.indexSha256 = try index.finish().sha256.map(IndexEntry.hexadecimal).joined()
    try job.sync(place.folder)
    return record
  }

  /// - Returns: false where the run is to stop.
  private func copy(
    _ folder: MailFolder, to sink: any FolderSink, _ index: BackupOutput,
    _ record: inout BackupManifest.Folder
  ) throws(Refusal) -> Bool {
    var failure: Refusal?
    var isStopped = false
    var counted = record
    do throws(Refusal) {
      try mail.source.forEachMessage(of: folder) { message in
        isStopped = engine.configuration.shouldStop()
        guard !isStopped else { return false }
        do throws(Refusal) {
          try copy(message, to: sink, index, &counted)
          return true
        } catch {
          failure = error
          return false
        }
      }
    } catch {
      failure = error
    }
    // In the middle of a message.
    if failure?.reason == .interrupted { return false }
    if let failure { throw failure }
    record = counted
    return !isStopped
  }

  private func copy(
    _ message: any LocalMessage, to sink: any FolderSink, _ index: BackupOutput,
    _ counted: inout BackupManifest.Folder
  ) throws(Refusal) {
    let entry: IndexEntry
    if message.isGone {
      let pass = MessagePass(shouldStop: engine.configuration.shouldStop)
      let (sha256, size, _) = try pass.run(message) { (_) throws(Refusal) in }
      entry = IndexEntry(message, sha256: sha256, size: size)
      counted.deleted += 1
    } else {
      entry = try sink.add(message)
      counted.messages += 1
      counted.contentBytes.add(saturating: entry.size)
      if message.damage != nil { counted.damaged += 1 }
      state.messages.add(saturating: 1)
    }
    try index.write(try entry.line)
    state.bytes.add(saturating: entry.size)
    progress(state)
  }

  // MARK: The label

  private func header() -> BackupManifest {
    BackupManifest(
      created: Self.now(), completed: nil, program: request.program,
      description: request.description, client: mail.name.client,
      home: mail.name.home.map { String(decoding: $0, as: UTF8.self) },
      profile: String(decoding: mail.name.profile, as: UTF8.self), title: mail.title,
      isCommon: mail.isCommon, accounts: mail.accounts.map(BackupManifest.Account.init),
      storage: request.storage, folders: [])
  }

  static func now() -> String {
    var moment = time(nil)
    var parts = tm()
    gmtime_r(&moment, &parts)
    return String(unsafeUninitializedCapacity: 32) { buffer in
      buffer.withMemoryRebound(to: CChar.self) { text in
        strftime(text.baseAddress, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
      }
    }
  }
}

extension BackupManifest.Account {
  init(_ account: ProfileRewriter.Account) {
    self.init(
      account: account.key, protocol: account.kind.rawValue, host: account.settings.host,
      port: account.settings.port, username: account.settings.username,
      addresses: account.addresses)
  }
}

/// Names, sizes and times of a folder's files in one number.
enum SourceDigest {
  static func of(_ traces: [FileTrace]) -> String {
    let hash = SHA256Stream()
    for trace in traces {
      (trace.name + Array("\u{0}\(trace.size)\u{0}\(trace.modified)\n".utf8))
        .withUnsafeBytes { hash.update($0) }
    }
    return hash.finish().map(IndexEntry.hexadecimal).joined()
  }
}
