import ConfigFormats
import Foundation
import MailFormats
import ProfileRewriter

/// How an encrypted backup is opened.
public struct BackupKeys: Sendable {
  /// age's file with the key, absolute.
  public var identity: String?
  /// Ask GnuPG, which has its own keys.
  public var asksGnuPG: Bool

  public init(identity: String? = nil, asksGnuPG: Bool = false) {
    self.identity = identity
    self.asksGnuPG = asksGnuPG
  }

  func opens(_ storage: BackupStorage) -> Bool {
    storage.recipients.isEmpty || (storage.usesAge ? identity != nil : asksGnuPG)
  }
}

/// A complete backup, opened for reading.
public final class Backup: MailSource {
  public let manifest: BackupManifest
  /// SHA-256 of the manifest's own bytes.
  let manifestDigest: [UInt8]
  let directory: PrivateDirectory
  let keys: BackupKeys

  public var path: [UInt8] { directory.path }

  /// - Parameter path: the backup's own directory, absolute.
  /// - Throws: `not-found` where that is none, `damaged-backup` for one that was not finished or
  ///   cannot be read.
  public init(_ path: [UInt8], keys: BackupKeys = BackupKeys()) throws(Refusal) {
    directory = try PrivateDirectory(path, create: false)
    self.keys = keys
    guard let name = RelativePath(BackupManifest.fileName),
      let bytes = try directory.root.read(name)
    else { throw try Self.noManifest(directory) }
    do {
      manifest = try BackupManifest.decoder.decode(BackupManifest.self, from: Data(bytes))
    } catch {
      throw Refusal(
        .damagedBackup, "\(path.printable)/\(BackupManifest.fileName) cannot be read: \(error)")
    }
    guard manifest.format == BackupManifest.formatName,
      manifest.version <= BackupManifest.currentVersion
    else {
      throw Refusal(
        .damagedBackup, "\(path.printable) is of a later version, or no backup of this program")
    }
    manifestDigest = SHA256.hash(bytes)
  }

  private static func noManifest(_ directory: PrivateDirectory) throws(Refusal) -> Refusal {
    if let started = RelativePath(BackupJob.startedName),
      try directory.root.kind(started) != nil
    {
      return Refusal(
        .damagedBackup,
        "\(directory.path.printable) was never finished; `backup create` with the same options goes on"
      )
    }
    return Refusal(
      .notFound, "\(directory.path.printable) is no backup: it has no \(BackupManifest.fileName)")
  }

  /// Every backup in a directory, complete or not, by name.
  public static func all(
    in path: [UInt8], keys: BackupKeys = BackupKeys()
  ) throws(Refusal) -> [(path: [UInt8], Result<Backup, Refusal>)] {
    let directory = try PrivateDirectory(path, create: false)
    var found: [(path: [UInt8], Result<Backup, Refusal>)] = []
    for name in try directory.root.list(nil) ?? [] {
      guard let leaf = RelativePath(name), try directory.root.kind(leaf) == .directory else {
        continue
      }
      let place = directory.root.absolute(leaf)
      let backup = Result { () throws(Refusal) in try Backup(place, keys: keys) }
      if case .failure(let refusal) = backup, refusal.reason == .notFound { continue }
      found.append((place, backup))
    }
    return found
  }

  /// Whether it was read from end to end, and found sound, since it was made.
  public var isVerified: Bool { VerifiedMark.isOn(self) }

  // MARK: Messages

  public var folders: [MailFolder] {
    manifest.folders.compactMap { folder in
      RelativePath(folder.path).map {
        MailFolder(
          names: folder.names, role: folder.role, path: $0,
          format: manifest.storage.format == .mbox ? .mbox : .maildir)
      }
    }
  }

  /// Gives the messages with what the index has of them, those that were left out excepted.
  /// - Throws: `damaged-backup` where folder and index do not agree; `program`, `io`.
  public func forEachMessage(
    of folder: MailFolder, _ body: (any LocalMessage) -> Bool
  ) throws(Refusal) {
    guard let record = manifest.folders.first(where: { $0.path == folder.path.text }) else {
      throw Refusal(.notFound, "the backup has no folder \(folder.shown)")
    }
    try forEach(in: record) { message, entry in
      guard let message, entry != nil else { return true }
      return body(message)
    }
  }

  /// Message and index entry side by side; nil for what one of them lacks.
  func forEach(
    in record: BackupManifest.Folder, _ body: (BackupMessage?, IndexEntry?) -> Bool
  ) throws(Refusal) {
    guard keys.opens(manifest.storage) else {
      throw Refusal(
        .program,
        "\(path.printable) is encrypted; "
          + (manifest.storage.usesAge ? "name the key with --identity" : "give --decrypt"))
    }
    let lines = IndexLines(try source(record.index))
    var isOver = false
    var failure: Refusal?
    func give(_ message: BackupMessage?) -> Bool {
      do throws(Refusal) {
        var entry = try lines.next()
        while let next = entry, !next.isInFolder { entry = try lines.next() }
        if message == nil, entry == nil { return false }
        isOver = !body(message.map { $0.with(entry) }, entry)
        return !isOver
      } catch {
        failure = error
        return false
      }
    }
    switch manifest.storage.format {
    case .mbox:
      let reading = MboxReading(
        source: try source(record.path), folder: record.path, dialect: .mboxrd)
      try reading.forEachMessage { give(BackupMessage($0, entry: nil)) }
      if failure == nil, !isOver { while give(nil) {} }
    case .maildir:
      try MaildirReader(self, record).forEach(lines) { message, entry in
        body(message, entry)
      }
    }
    if let failure { throw failure }
  }

  func source(_ name: String) throws(Refusal) -> any WindowSource {
    guard let path = RelativePath(name), let file = try directory.root.watchedFile(path) else {
      throw Refusal(.damagedBackup, "\(name.printable) of \(self.path.printable) is missing")
    }
    guard manifest.storage.isPiped else { return file }
    return try PipeInput(Program.reading(manifest.storage, identity: keys.identity), file)
  }
}

/// A message of a backup, with what the index has of it.
struct BackupMessage: LocalMessage {
  let stored: any LocalMessage
  let entry: IndexEntry?

  init(_ stored: any LocalMessage, entry: IndexEntry?) {
    self.stored = stored
    self.entry = entry
  }

  func with(_ entry: IndexEntry?) -> BackupMessage { BackupMessage(stored, entry: entry) }

  var place: String { stored.place }
  var marks: MessageMarks { entry?.marks ?? stored.marks }
  var messageID: [UInt8]? { stored.messageID }
  var uidl: [UInt8]? { entry?.uidl.map { Array($0.utf8) } }
  var isGone: Bool { false }
  var size: Int { stored.size - (isLonger ? 1 : 0) }
  var damage: MessageDamage? { entry?.damage ?? stored.damage }

  /// The mbox has a line end that the message has not.
  private var isLonger: Bool { entry?.noFinalNewline == true }

  func read(_ take: (UnsafeRawBufferPointer) -> Bool) throws(Refusal) {
    guard isLonger else { return try stored.read(take) }
    var left = size
    try stored.read { bytes in
      let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(left))
      left -= part.count
      return part.isEmpty || take(part)
    }
  }
}

/// The lines of an index, one after the other.
final class IndexLines {
  private let window: FileWindow
  private var place = 0
  private var isStarted = false
  private static let longest = 4 << 20

  init(_ source: any WindowSource) { window = FileWindow(source, capacity: 1 << 18) }

  func next() throws(Refusal) -> IndexEntry? {
    if !isStarted {
      isStarted = true
      try window.advance(keeping: 0)
    }
    while true {
      if let end = ByteSearch.index(of: ByteSearch.newline, in: window.bytes, from: place) {
        defer { place = end + 1 }
        guard let entry = IndexEntry.read(window.bytes[place..<end]) else {
          throw Refusal(.damagedBackup, "an index has a line that cannot be read")
        }
        return entry
      }
      if window.isEnd {
        guard place == window.bytes.count else {
          throw Refusal(.damagedBackup, "an index ends in the middle of a line")
        }
        return nil
      }
      if place == 0 {
        guard window.capacity < Self.longest else {
          throw Refusal(.damagedBackup, "an index has a line without end")
        }
        window.grow()
      }
      try window.advance(keeping: place)
      place = 0
    }
  }
}

/// A folder of a backup that is a Maildir.
struct MaildirReader {
  let backup: Backup
  let record: BackupManifest.Folder

  init(_ backup: Backup, _ record: BackupManifest.Folder) {
    self.backup = backup
    self.record = record
  }

  /// By the index; then what lies there and is not in it.
  func forEach(
    _ lines: IndexLines, _ body: (BackupMessage?, IndexEntry?) -> Bool
  ) throws(Refusal) {
    guard let folder = RelativePath(record.path) else {
      throw Refusal(.damagedBackup, "\(record.path.printable) is no path")
    }
    var files = Set(try Self.files(of: folder, in: backup.directory.root))
    while let entry = try lines.next() {
      guard entry.isInFolder else { continue }
      guard let name = entry.file, files.remove(Array(name.utf8)) != nil,
        let file = RelativePath("cur/" + name)
      else {
        guard body(nil, entry) else { return }
        continue
      }
      guard try give(folder.appending(file), entry, body) else { return }
    }
    for name in files.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      guard let file = RelativePath(Array("cur/".utf8) + name) else { continue }
      guard try give(folder.appending(file), nil, body) else { return }
    }
  }

  private func give(
    _ path: RelativePath, _ entry: IndexEntry?, _ body: (BackupMessage?, IndexEntry?) -> Bool
  ) throws(Refusal) -> Bool {
    guard let file = try backup.directory.root.watchedFile(path) else { return body(nil, entry) }
    var answer = true
    try MaildirFile(file).give { answer = body(BackupMessage($0, entry: entry), entry) }
    return answer
  }

  static func files(of folder: RelativePath, in root: OpenRoot) throws(Refusal) -> [[UInt8]] {
    guard let cur = RelativePath("cur") else { return [] }
    return try root.list(folder.appending(cur)) ?? []
  }

  static func digest(of folder: RelativePath, in root: OpenRoot) throws(Refusal) -> String {
    var lines: [(name: [UInt8], sha256: [UInt8])] = []
    for name in try files(of: folder, in: root) {
      guard let leaf = RelativePath(Array("cur/".utf8) + name) else { continue }
      lines.append((name, try FileDigest.of(folder.appending(leaf), in: root).sha256))
    }
    return MaildirDigest.of(lines).map(IndexEntry.hexadecimal).joined()
  }
}
