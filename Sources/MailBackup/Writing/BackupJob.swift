import ConfigFormats
import Foundation
import ProfileRewriter

/// A backup under way. Until it is complete its directory holds `started.json` (the manifest without
/// its folders) and `finished.jsonl` (a folder of the manifest a line), by which a later run goes on.
final class BackupJob {
  static let startedName = "started.json"
  static let finishedName = "finished.jsonl"

  let header: BackupManifest
  /// The backup's directory below the one that holds backups.
  let path: RelativePath
  private let directory: PrivateDirectory
  private var finished: [BackupManifest.Folder]
  private var notes: PrivateFile?
  private var madeDirectories: Set<String> = []

  private init(
    _ header: BackupManifest, _ path: RelativePath, _ directory: PrivateDirectory,
    finished: [BackupManifest.Folder]
  ) {
    self.header = header
    self.path = path
    self.directory = directory
    self.finished = finished
  }

  /// Goes on with an unfinished backup of the same mail, or begins one.
  static func begin(
    _ header: BackupManifest, in directory: PrivateDirectory
  ) throws(Refusal) -> BackupJob {
    for name in try directory.root.list(nil) ?? [] {
      guard let path = RelativePath(name), let started = try started(path, directory),
        started.isSameJob(as: header)
      else { continue }
      return BackupJob(
        started, path, directory, finished: try finishedFolders(path, directory))
    }
    let path = try newDirectory(for: header, directory)
    let file = try directory.create(try below(path, startedName))
    try file.write(try encoded(header))
    try file.finish()
    try directory.sync(path)
    return BackupJob(header, path, directory, finished: [])
  }

  private static func started(
    _ path: RelativePath, _ directory: PrivateDirectory
  ) throws(Refusal) -> BackupManifest? {
    guard try directory.root.kind(path) == .directory,
      try directory.root.kind(try below(path, BackupManifest.fileName)) == nil,
      let bytes = try directory.root.read(try below(path, startedName))
    else { return nil }
    return try? BackupManifest.decoder.decode(BackupManifest.self, from: Data(bytes))
  }

  /// The last line may be torn.
  private static func finishedFolders(
    _ path: RelativePath, _ directory: PrivateDirectory
  ) throws(Refusal) -> [BackupManifest.Folder] {
    let names = (try directory.root.list(path) ?? []).filter {
      String(decoding: $0, as: UTF8.self).hasPrefix(finishedName)
    }
    var folders: [BackupManifest.Folder] = []
    for name in names {
      guard let leaf = RelativePath(name), let bytes = try directory.root.read(path.appending(leaf))
      else { continue }
      folders += bytes.split(separator: UInt8(ascii: "\n")).compactMap {
        try? BackupManifest.decoder.decode(BackupManifest.Folder.self, from: Data($0))
      }
    }
    return folders
  }

  private static func newDirectory(
    for header: BackupManifest, _ directory: PrivateDirectory
  ) throws(Refusal) -> RelativePath {
    let moment = header.created.filter { $0 != ":" && $0 != "-" }
    let who = header.accounts.first.map { "\($0.username)@\($0.host)" } ?? header.title
    let name = BackupNames.safe("\(moment)-\(header.client)-\(who)")
    for number in 1...99 {
      guard let path = RelativePath(number == 1 ? name : "\(name)~\(number)") else { break }
      do throws(Refusal) {
        try directory.makeDirectory(path)
        try directory.requirePrivate(path)
        return path
      } catch {
        guard error.reason == .exists else { throw error }
      }
    }
    throw Refusal(.exists, "too many backups named \(name)")
  }

  // MARK: Folders

  /// Paths below the backup of a folder and its index. What an earlier run left there goes.
  func place(
    for names: [String], _ storage: BackupStorage
  ) throws(Refusal) -> (folder: RelativePath, index: RelativePath) {
    var parent = "mail"
    try makeDirectory(parent)
    for name in names.dropLast() {
      parent += "/" + name
      try makeDirectory(parent)
    }
    let stem = parent + "/" + (names.last ?? "folder")
    let folder = stem + (storage.format == .mbox ? ".mbox" + storage.ending : ".maildir")
    let index = stem + ".index.jsonl" + storage.ending
    guard let folder = RelativePath(folder), let index = RelativePath(index) else {
      throw Refusal(.io, "\(stem.printable) is no path")
    }
    try removeAll(below(folder))
    try removeAll(below(index))
    return (folder, index)
  }

  private func makeDirectory(_ name: String) throws(Refusal) {
    guard madeDirectories.insert(name).inserted else { return }
    let path = try Self.below(self.path, name)
    if try directory.root.kind(path) == .directory { return }
    try directory.makeDirectory(path)
  }

  /// What was written before the run was broken off.
  private func removeAll(_ path: RelativePath) throws(Refusal) {
    switch try directory.root.kind(path) {
    case nil: return
    case .directory:
      for name in try directory.root.list(path) ?? [] {
        if let leaf = RelativePath(name) { try removeAll(path.appending(leaf)) }
      }
      try directory.removeDirectory(path)
    default: try directory.removeFile(path)
    }
  }

  func below(_ path: RelativePath) -> RelativePath { self.path.appending(path) }

  private static func below(_ path: RelativePath, _ name: String) throws(Refusal) -> RelativePath {
    guard let leaf = RelativePath(name) else { throw Refusal(.io, "\(name.printable) is no path") }
    return path.appending(leaf)
  }

  /// A folder that an earlier run has finished, if its source is as it was and its bytes still are
  /// what was written.
  func finished(_ names: [String], source: String) throws(Refusal) -> BackupManifest.Folder? {
    let stem = "mail/" + names.joined(separator: "/") + "."
    guard let record = finished.last(where: { $0.path.hasPrefix(stem) && $0.source == source }),
      let index = RelativePath(record.index), let folder = RelativePath(record.path)
    else { return nil }
    let storage = header.storage
    guard (try? FileDigest.hexadecimal(of: below(index), in: directory.root)) == record.indexSha256
    else { return nil }
    let digest =
      storage.format == .mbox
      ? try? FileDigest.hexadecimal(of: below(folder), in: directory.root)
      : try? MaildirReader.digest(of: below(folder), in: directory.root)
    return digest == record.sha256 ? record : nil
  }

  func note(_ folder: BackupManifest.Folder) throws(Refusal) {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    guard let line = try? encoder.encode(folder) else {
      throw Refusal(.io, "what is finished cannot be noted")
    }
    finished.append(folder)
    if notes == nil { notes = try newNotes() }
    try notes?.write(Array(line) + [UInt8(ascii: "\n")])
    try notes?.flushDurably()
  }

  /// A file of its own for each run: none is ever opened again for writing.
  private func newNotes() throws(Refusal) -> PrivateFile {
    for number in 0..<10_000 {
      let path = try Self.below(self.path, Self.finishedName + (number == 0 ? "" : ".\(number)"))
      do throws(Refusal) {
        let file = try directory.create(path)
        try directory.sync(self.path)
        return file
      } catch {
        guard error.reason == .exists else { throw error }
      }
    }
    throw Refusal(.exists, "this backup was broken off too often; make a new one")
  }

  func sync(_ path: RelativePath) throws(Refusal) { try directory.sync(below(path).parent) }

  // MARK: The end

  func complete(_ manifest: BackupManifest) throws(Refusal) {
    let temporary = try Self.below(path, BackupManifest.fileName + ".new")
    try directory.removeFile(temporary)
    let file = try directory.create(temporary)
    try file.write(try Self.encoded(manifest))
    try file.finish()
    try directory.rename(temporary, to: try Self.below(path, BackupManifest.fileName))
    notes = nil
    for name in try directory.root.list(path) ?? [] {
      let text = String(decoding: name, as: UTF8.self)
      guard text == Self.startedName || text.hasPrefix(Self.finishedName),
        let leaf = RelativePath(name)
      else { continue }
      try directory.removeFile(path.appending(leaf))
    }
    try directory.sync(path)
  }

  private static func encoded(_ manifest: BackupManifest) throws(Refusal) -> [UInt8] {
    guard let data = try? BackupManifest.encoder.encode(manifest) else {
      throw Refusal(.io, "the manifest cannot be written")
    }
    return Array(data) + [UInt8(ascii: "\n")]
  }
}

extension BackupManifest {
  /// Whether an unfinished backup is the one that is asked for.
  fileprivate func isSameJob(as other: BackupManifest) -> Bool {
    var mine = self
    mine.created = other.created
    mine.program = other.program
    mine.folders = other.folders
    return mine == other
  }
}

extension FileDigest {
  static func hexadecimal(of path: RelativePath, in root: OpenRoot) throws(Refusal) -> String {
    try of(path, in: root).sha256.map(IndexEntry.hexadecimal).joined()
  }
}
