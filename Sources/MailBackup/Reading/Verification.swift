import ConfigFormats
import Foundation
import MailFormats
import ProfileRewriter

/// What a folder of a backup was found to be.
public struct FolderVerdict: Sendable, Hashable {
  public var names: [String]
  /// Messages that were read, or, where nothing could be decrypted, that the manifest has.
  public var messages: Int
  /// What is wrong, one sentence each.
  public var problems: [String]
  /// The messages themselves were read. Not so of what is encrypted and was not to be decrypted: then
  /// only the files' own hashes are known to be right.
  public var wasRead: Bool
}

/// Reads a backup from end to end and compares it with its manifest and its indexes.
public struct Verification {
  private let backup: Backup
  private let shouldStop: () -> Bool
  private let progress: (Int, Int) -> Void
  /// Of one folder, no more than these are named.
  private static let mostNamed = 20

  /// - Parameter progress: told bytes and messages as they are read.
  public init(
    _ backup: Backup, shouldStop: @escaping () -> Bool = { false },
    progress: @escaping (_ bytes: Int, _ messages: Int) -> Void = { _, _ in }
  ) {
    self.backup = backup
    self.shouldStop = shouldStop
    self.progress = progress
  }

  /// - Returns: a verdict for each folder, in order; nil where the run is to stop.
  public func run(_ emit: (FolderVerdict) -> Void) throws(Refusal) -> Bool {
    var isSound = true
    for folder in backup.manifest.folders {
      if shouldStop() { return false }
      let verdict = check(folder)
      if shouldStop() { return false }
      isSound = isSound && verdict.problems.isEmpty
      emit(verdict)
    }
    try VerifiedMark.remove(from: backup)
    if isSound { try VerifiedMark.write(backup) }
    return true
  }

  private func check(_ folder: BackupManifest.Folder) -> FolderVerdict {
    var verdict = FolderVerdict(
      names: folder.names, messages: folder.messages, problems: [],
      wasRead: backup.keys.opens(backup.manifest.storage))
    do throws(Refusal) {
      try checkFiles(folder, &verdict)
      if verdict.wasRead { try checkMessages(folder, &verdict) }
    } catch {
      verdict.problems.append(error.text)
    }
    return verdict
  }

  private func checkFiles(
    _ folder: BackupManifest.Folder, _ verdict: inout FolderVerdict
  ) throws(Refusal) {
    guard let path = RelativePath(folder.path), let index = RelativePath(folder.index) else {
      throw Refusal(.damagedBackup, "the manifest names a path that is none")
    }
    let root = backup.directory.root
    let digest =
      switch backup.manifest.storage.format {
      case .mbox: try FileDigest.hexadecimal(of: path, in: root)
      case .maildir: try MaildirReader.digest(of: path, in: root)
      }
    if digest != folder.sha256 {
      verdict.problems.append("\(folder.path.printable): not the bytes that were written")
    }
    if try FileDigest.hexadecimal(of: index, in: root) != folder.indexSha256 {
      verdict.problems.append("\(folder.index.printable): not the bytes that were written")
    }
  }

  private func checkMessages(
    _ folder: BackupManifest.Folder, _ verdict: inout FolderVerdict
  ) throws(Refusal) {
    let pass = MessagePass(shouldStop: shouldStop)
    var count = 0
    var problems: [String] = []
    var more = 0
    func say(_ text: String) {
      if problems.count < Self.mostNamed { problems.append(text) } else { more += 1 }
    }
    var bytes = 0
    var failure: Refusal?
    try backup.forEach(in: folder) { message, entry in
      guard let message else {
        say("message \(Self.name(entry, count)) is missing")
        return !shouldStop()
      }
      count += 1
      do throws(Refusal) {
        let (sha256, size, _) = try pass.run(message) { (_) throws(Refusal) in }
        bytes.add(saturating: size)
        progress(size, 1)
        guard let entry else {
          say("\(message.place) is not in the index")
          return !shouldStop()
        }
        if sha256.map(IndexEntry.hexadecimal).joined() != entry.sha256 || size != entry.size {
          say("message \(Self.name(entry, count)) is not what was received")
        }
        let stored = message.stored.marks
        if backup.manifest.storage.format == .mbox, stored.flags != entry.mboxFlags {
          say("message \(Self.name(entry, count)) has other flags than the index")
        }
      } catch {
        failure = error
        return false
      }
      return !shouldStop()
    }
    if let failure { throw failure }
    if count != folder.messages { say("\(count) messages, and \(folder.messages) in the manifest") }
    if bytes != folder.contentBytes {
      say("\(bytes) bytes of messages, and \(folder.contentBytes) in the manifest")
    }
    if more > 0 { problems.append("and \(more) more") }
    verdict.messages = count
    verdict.problems += problems
  }

  private static func name(_ entry: IndexEntry?, _ number: Int) -> String {
    entry?.messageId.map { "<\($0.printable)>" } ?? "number \(number)"
  }
}

extension IndexEntry {
  /// The flags that X-Mozilla-Status can hold.
  fileprivate var mboxFlags: MessageFlags { marks.flags.subtracting(.draft) }
}

/// `verified.json`: that this very manifest's backup was read from end to end, and found sound.
struct VerifiedMark: Codable {
  static let fileName = "verified.json"

  var verified: String
  var manifestSha256: String

  static func write(_ backup: Backup) throws(Refusal) {
    let mark = VerifiedMark(
      verified: BackupWriter.now(),
      manifestSha256: backup.manifestDigest.map(IndexEntry.hexadecimal).joined())
    guard let name = RelativePath(fileName), let data = try? BackupManifest.encoder.encode(mark)
    else { return }
    let file = try backup.directory.create(name)
    try file.write(Array(data) + [UInt8(ascii: "\n")])
    try file.finish()
    try backup.directory.sync(nil)
  }

  static func remove(from backup: Backup) throws(Refusal) {
    guard let name = RelativePath(fileName) else { return }
    try backup.directory.removeFile(name)
  }

  /// Whether the backup has such a mark.
  static func isOn(_ backup: Backup) -> Bool {
    guard let name = RelativePath(fileName), let bytes = try? backup.directory.root.read(name),
      let mark = try? BackupManifest.decoder.decode(VerifiedMark.self, from: Data(bytes))
    else { return false }
    return mark.manifestSha256 == backup.manifestDigest.map(IndexEntry.hexadecimal).joined()
  }
}
