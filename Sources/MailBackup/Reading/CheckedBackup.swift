import ConfigFormats
import MailFormats
import ProfileRewriter

/// A backup whose messages are compared with its index as they are read.
public struct CheckedBackup: MailSource {
  private let backup: Backup
  /// Gives what can be read although it is not what was backed up.
  private let takesDamaged: Bool

  public init(_ backup: Backup, takesDamaged: Bool = false) {
    self.backup = backup
    self.takesDamaged = takesDamaged
  }

  public var folders: [MailFolder] { backup.folders }

  /// - Throws: `damaged-backup` for a message that is missing, is not in the index, or is not what the
  ///   index has, unless such are taken.
  public func forEachMessage(
    of folder: MailFolder, _ body: (any LocalMessage) -> Bool
  ) throws(Refusal) {
    guard let record = backup.manifest.folders.first(where: { $0.path == folder.path.text }) else {
      throw Refusal(.notFound, "the backup has no folder \(folder.shown)")
    }
    let pass = MessagePass()
    var failure: Refusal?
    var count = 0
    var isEnded = false
    try backup.forEach(in: record) { message, entry in
      do throws(Refusal) {
        guard let message else {
          if takesDamaged { return true }
          throw damaged(folder, "lacks a message")
        }
        count += 1
        if !takesDamaged { try check(message, entry, folder, pass) }
        isEnded = !body(message)
        return !isEnded
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
    if !isEnded, !takesDamaged, count != record.messages {
      throw damaged(folder, "has \(count) messages, and \(record.messages) in the manifest")
    }
  }

  private func check(
    _ message: BackupMessage, _ entry: IndexEntry?, _ folder: MailFolder, _ pass: MessagePass
  ) throws(Refusal) {
    guard let entry else { throw damaged(folder, "has a message that is not in the index") }
    let (sha256, size, _) = try pass.run(message) { (_) throws(Refusal) in }
    guard size == entry.size, sha256.map(IndexEntry.hexadecimal).joined() == entry.sha256 else {
      throw damaged(folder, "has a message that is not what was backed up (\(message.place))")
    }
  }

  private func damaged(_ folder: MailFolder, _ what: String) -> Refusal {
    Refusal(
      .damagedBackup,
      "\(folder.shown) of \(backup.path.printable) \(what); `backup verify` names all, and "
        + "--even-damaged restores what can be read")
  }
}
